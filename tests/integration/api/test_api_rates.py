"""For how long an exchange rate holds: over REST, and in a model as code."""

from apps.audit.models import Entry
from apps.datasets.models import Dataset
from apps.model.domain.difference import Status
from apps.model.domain.parsing import parse_yaml
from apps.model.domain.writing import write_yaml
from apps.model.selectors import export_model
from tests.integration.api.conftest import Program
from tests.integration.api.test_api_habits import fields
from tests.integration.api.test_api_model import apply, plan, said
from tests.integration.model.test_model_rules import faults

MODEL = """\
version: 1
datasets:
  fx:
    name: Rates
    row_key: [day, currency]
    columns:
      - {name: day, source: day, type: date, role: time}
      - {name: currency, source: currency, type: text, role: currency}
      - {name: rate, source: rate, type: decimal, role: rate}
    rate_days: 366
"""
AT = "datasets/fx/rates"


def test_a_model_says_for_how_long_a_rate_holds(in_acme, actor) -> None:
    assert said(apply(actor, MODEL), Status.CREATED) == {"datasets:fx"}
    assert Dataset.objects.get(key="fx").rate_days == 366
    exported = write_yaml(export_model(actor=actor))
    assert "rate_days: 366" in exported
    assert parse_yaml(exported)[0].datasets["fx"].rate_days == 366
    assert not said(apply(actor, exported), Status.CREATED, Status.CHANGED), "the second time nothing"
    for text, days in ((MODEL.replace("366", "7"), 7), (MODEL.replace("    rate_days: 366\n", ""), 31)):
        (change,) = plan(actor, text).changes
        assert [(part.where, part.after) for part in change.fields] == [("rate_days", days)]
        apply(actor, text)
        assert Dataset.objects.get(key="fx").rate_days == days
    assert Entry.objects.filter(act="dataset.rate_days_set").count() == 3
    assert "rate_days" not in write_yaml(export_model(actor=actor)), "31 days are as usual"


def test_what_holds_no_rates_has_no_days(in_acme, actor) -> None:
    plain = MODEL.replace("role: rate}", "role: measure}").replace("role: currency}", "role: dimension}")
    ((line, told),) = faults(actor, plain)
    assert line == 10
    assert "Only data with a column of exchange rates" in told
    ((line, _told),) = faults(actor, MODEL.replace("366", "3661"))
    assert line == 10


def test_rest_reads_and_says_it(api: Program, program, orders: str, mia, actor) -> None:
    assert api.get("datasets/orders/rates").status_code == 404
    assert api.put("datasets/orders/rates", {"days": 5}).status_code == 422
    apply(actor, MODEL)
    assert api.get(AT).json() == {"days": 366}
    for strange in ({"days": -1}, {"days": 3661}, {"days": "x"}, {}):
        assert fields(api.put(AT, strange)) == ["days"], strange
    assert api.put(AT, {"days": 10}).json() == {"days": 10}
    assert api.get(AT).json() == {"days": 10}
    assert program(mia.actor, "data:read").put(AT, {"days": 11}).status_code == 403
    assert Dataset.objects.get(key="fx").rate_days == 10

"""What is to hold for the rows of a dataset, and when they are expected: over REST, and in a model as code."""

from apps.datasets import selectors
from apps.datasets.models import Check, Dataset
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
  orders:
    name: Orders
    columns:
      - {name: day, source: day, type: date, role: time}
      - {name: store, source: store, type: text, role: dimension}
      - {name: amount, source: amount, type: decimal, role: measure}
    checks:
      - {kind: range, columns: [amount], low: 0, severity: refuse}
      - {kind: range, columns: [day], low: 2026-01-01}
      - {kind: one_of, columns: [store], values: [North, South]}
    rhythm: {every: week, hour: 9, time_zone: Asia/Shanghai, weekday: 2}
"""
AT = "datasets/orders"


def test_a_model_carries_checks_and_the_rhythm(in_acme, actor) -> None:
    assert said(apply(actor, MODEL), Status.CREATED) == {"datasets:orders"}
    dataset = Dataset.objects.get(key="orders")
    assert [(check.kind, check.low, check.severity) for check in selectors.checks_of(dataset)] == [
        ("range", "0", "refuse"), ("range", "2026-01-01", "warn"), ("one_of", "", "warn"),
    ]  # fmt: skip
    assert selectors.rhythm_of(dataset).weekday == 2
    exported = write_yaml(export_model(actor=actor))
    assert parse_yaml(exported)[0] == parse_yaml(MODEL)[0]
    assert not said(apply(actor, exported), Status.CREATED, Status.CHANGED), "the second time nothing"
    silent = MODEL[: MODEL.index("    checks:")]
    assert not said(apply(actor, silent), Status.CREATED, Status.CHANGED), "what is not said stays"
    (change,) = plan(actor, silent + "    checks: []\n").changes
    assert [part.where for part in change.fields] == ["checks"]
    apply(actor, silent + "    checks: []\n")
    assert not selectors.checks_of(dataset).exists()
    assert Check.objects.count() == 3
    wrong = MODEL.replace("low: 0", "low: x").replace("[North, South]", "[]").replace("Asia/Shanghai", "Mars/One")
    complaints = [told for _line, told in faults(actor, wrong)]
    for words in ("“x” is not a number", "List the values", "no time zone “Mars/One”"):
        assert any(words in told for told in complaints), words


def test_checks_rhythm_and_quality_over_rest(in_acme, actor, api: Program) -> None:
    apply(actor, MODEL)
    told = api.get(f"{AT}/checks").json()["checks"]
    assert (told[0]["sentence"], told[0]["failing"]) == ("“amount” is at least 0", None)
    wish = [{"kind": "filled", "columns": ["store"]}, {"kind": "range", "columns": ["store"], "low": "1"}]
    refused = api.put(f"{AT}/checks", {"checks": wish})
    assert refused.status_code == 422
    assert fields(refused) == ["1.columns"]
    assert api.put(f"{AT}/checks", {"checks": wish[:1]}).json()["checks"][0]["kind"] == "filled"
    assert api.get(f"{AT}/rhythm").json()["rhythm"]["every"] == "week"
    daily = {"every": "workday", "hour": 8, "time_zone": "UTC"}
    assert api.put(f"{AT}/rhythm", {"rhythm": daily}).json()["rhythm"]["hour"] == 8
    assert api.get(f"{AT}/quality").json()["late_from"] is not None, "nothing was ever loaded"
    assert api.put(f"{AT}/rhythm", {"rhythm": None}).json() == {"rhythm": None}
    assert api.get(f"{AT}/quality").json() == {
        "version": None, "late_from": None, "warnings": [], "rows": None, "columns": None,
    }  # fmt: skip

"""Amounts of several currencies: from uploads of rows and rates to values in the company's currency, and what is said
where a rate is missing or corrected."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.urls import reverse

from apps.datasets import services as data
from apps.datasets.models import Dataset, DatasetVersion
from apps.kernel.issue import Refusal
from apps.metrics import selectors, services
from apps.metrics.models import Metric, MetricValue
from apps.metrics.services import planning
from apps.metrics.services.jobs import CALENDAR
from apps.work.services import enqueue
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
SALES = [
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "customer", "name": "customer", "type": "text", "role": "entity"},
    {"source": "currency", "name": "currency", "type": "text", "role": "currency"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "money"},
    {"source": "units", "name": "units", "type": "integer", "role": "measure"},
]
RATES = [
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "currency", "name": "currency", "type": "text", "role": "currency"},
    {"source": "rate", "name": "rate", "type": "decimal", "role": "rate"},
]
KEY = ["day", "currency"]
ROWS = [
    ("2026-01-05", "ann", "CNY", 100, 1),
    ("2026-01-09", "ann", "USD", 10, 2),
    ("2026-02-10", "bob", "usd", 10, 1),
    ("2026-02-28", "bob", "CNY", 50, 1),
    ("2026-03-02", "cid", "USD", "1.5", 4),
    ("2026-03-31", "cid", "CNY", 1, 1),
]
SUM = {"measure": {"dataset": "sales", "how": "sum", "column": "amount"}, "unit": {"kind": "currency"}}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch):
    """The first day after March."""
    noon = datetime(2026, 4, 1, 4, tzinfo=UTC)
    monkeypatch.setattr(planning, "timezone", SimpleNamespace(now=lambda: noon))


@pytest.fixture
def rates(upload):
    return lambda *rows, **more: upload("fx", rows, RATES, KEY, **more)


def value(key: str, start: date = JAN, **where) -> MetricValue:
    return MetricValue.objects.get(metric__key=key, grain="month", period_start=start, **{"dimension": "", **where})


def test_from_rows_and_rates_to_a_value_and_a_corrected_rate_to_a_restated_one(
    upload, rates, define, run_work, actor
) -> None:
    upload("sales", ROWS, SALES)
    rates(("2026-01-01", "USD", 7), ("2026-02-01", "USD", "7.1"), ("2026-03-01", "USD", "7.2"))
    define("revenue", "aggregate", **SUM, dimensions=["currency"])
    run_work()
    assert m.totals("revenue") == {JAN: 170, FEB: 121, MAR: Decimal("11.8")}
    assert m.cells("revenue", dimension="currency")[FEB, "USD"] == 71
    assert m.states("revenue")[FEB] == "final"

    def versions(start: date) -> set[tuple[str, int]]:
        named = DatasetVersion.objects.filter(pk__in=value("revenue", start).dataset_versions)
        return {(version.dataset.key, version.number) for version in named.select_related("dataset")}

    assert versions(FEB) == {("sales", 1), ("fx", 1)}
    assert "in CNY, by the exchange rate of its day" in selectors.in_words(selectors.definition_of("revenue"))

    runs = {start: value("revenue", start).run_id for start in (JAN, FEB, MAR)}
    rates(("2026-02-01", "USD", "7.3"))
    restated = value("revenue", FEB)
    assert (restated.value, restated.state, restated.former_value) == (123, "restated", 121)
    assert restated.reason["params"] == {"versions": "Fx v2"}
    assert versions(FEB) == {("sales", 1), ("fx", 2)}
    assert {start for start, run in runs.items() if value("revenue", start).run_id != run} == {FEB}


def test_a_missing_rate_is_no_value_until_it_is_there(upload, rates, define, run_work) -> None:
    upload("sales", [*ROWS, ("2026-02-03", "ann", "JPY", 900, 1), ("2026-02-03", "ann", None, 1, 1)], SALES)
    define("revenue", "aggregate", **SUM, dimensions=["currency"])
    define("orders", "aggregate", measure={"dataset": "sales", "how": "count"})
    define("rolling", "cumulative", measure=SUM["measure"], trailing=2)
    define("double", "formula", expression="revenue * 2")
    define("only", "aggregate", measure=SUM["measure"] | {
        "filters": [{"column": "currency", "op": "eq", "values": ["CNY"]}]})  # fmt: skip
    define("raw", "aggregate", **SUM, convert=False)
    run_work()
    assert m.totals("revenue") == {JAN: None, FEB: None, MAR: None}
    assert m.totals("only") == {JAN: 100, FEB: 50, MAR: 1}
    assert m.totals("raw") == {JAN: 110, FEB: 961, MAR: Decimal("2.5")}
    assert m.totals("orders") == {JAN: 2, FEB: 4, MAR: 2}
    missing = value("revenue", FEB)
    assert missing.state == "undefined"
    assert "there are no exchange rates" in missing.reason["message"]
    assert missing.reason["params"] == {"rows": 2, "currencies": "JPY, USD", "day": "2026-02-03", "home": "CNY"}

    rates(("2026-01-01", "USD", 7), ("2026-02-01", "USD", "7.1"), ("2026-03-01", "USD", "7.2"))
    assert m.totals("revenue") == {JAN: 170, FEB: None, MAR: Decimal("11.8")}
    assert m.totals("double") == {JAN: 340, FEB: None, MAR: Decimal("23.6")}
    assert m.totals("rolling") == {JAN: None, FEB: None, MAR: None}
    missing = value("revenue", FEB)
    assert missing.reason["params"] == {
        "rows": 1, "currencies": "JPY", "day": "2026-02-03", "home": "CNY", "rates": "Fx", "days": 31,
    }  # fmt: skip
    assert value("revenue", FEB, dimension="currency", member="USD").value == 71
    assert value("revenue", FEB, dimension="currency", member="JPY").state == "undefined"
    assert "without a currency" in value("revenue", FEB, dimension="currency", member="").reason["message"]

    upload("sales", [*ROWS, ("2026-02-03", "ann", "JPY", 900, 1)], SALES, mode="replace")
    rates(("2026-02-03", "JPY", "0.05"))
    assert m.totals("revenue") == {JAN: 170, FEB: 166, MAR: Decimal("11.8")}
    assert m.totals("rolling") == {JAN: None, FEB: 336, MAR: Decimal("177.8")}


def test_how_long_a_rate_holds_is_a_setting_and_the_currency_of_the_company_another(
    upload, rates, define, run_work, actor, monkeypatch
) -> None:
    upload("sales", ROWS, SALES)
    dataset = rates(("2026-01-01", "USD", 7))
    define("revenue", "aggregate", **SUM)
    run_work()
    assert m.totals("revenue") == {JAN: 170, FEB: None, MAR: None}
    data.set_rate_days(actor=actor, dataset_id=dataset.pk, days=366)
    run_work()
    assert m.totals("revenue") == {JAN: 170, FEB: 120, MAR: Decimal("11.5")}
    with pytest.raises(Refusal, match="0 to 3660"):
        data.set_rate_days(actor=actor, dataset_id=dataset.pk, days=3661)
    with pytest.raises(Refusal, match="no exchange rates"):
        data.set_rate_days(actor=actor, dataset_id=Dataset.objects.get(key="sales").pk, days=3)


def test_every_kind_that_reads_amounts(upload, rates, define, run_work) -> None:
    upload("sales", ROWS, SALES)
    rates(("2026-01-01", "USD", 7), ("2026-02-01", "USD", "7.1"), ("2026-03-01", "USD", "7.2"))
    rich = [{"measure": SUM["measure"], "op": "gt", "value": 100}]
    define("rich", "entity_count", entity="customer", conditions=rich)
    define("share", "entity_share", entity="customer", conditions=rich, base={"dataset": "sales"})
    define("mrr", "recurring", dataset="sales", entity="customer", column="amount")
    define("churn", "recurring", dataset="sales", entity="customer", column="amount", figure="churn")
    define("level", "stock", dataset="sales", entity=["customer"], column="amount", carry_days=60)
    define("mean", "ratio", numerator=SUM["measure"], denominator={"dataset": "sales", "how": "count"})
    define("worth", "aggregate", measure={"dataset": "sales", "how": "sum", "expression": "amount * units"})
    run_work()
    found = {
        key: [m.totals(key)[start] for start in (JAN, FEB, MAR)] for key in Metric.objects.values_list("key", flat=True)
    }
    assert found == {
        "rich": [1, 1, 0], "share": [1, 1, 0], "mrr": [170, 121, Decimal("11.8")], "churn": [0, 170, 121],
        "level": [70, 120, 51], "mean": [85, Decimal("60.5"), Decimal("5.9")], "worth": [240, 121, Decimal("44.2")],
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_step_by_step_equals_from_the_start(seed: int, upload, rates, define, run_work) -> None:
    """Rows and rates come in any order; a rate comes, is corrected, or comes late."""
    chance = random.Random(seed)
    first = date(2025, 11, 3)

    def day(most: int = 100) -> str:
        return (first + timedelta(days=chance.randrange(most))).isoformat()

    def some_sales() -> list[tuple]:
        return [
            (day(), f"c{chance.randrange(5)}", chance.choice(["CNY", "USD", "EUR"]), chance.randint(1, 9999) / 100, 1)
            for _ in range(12)
        ]

    upload("sales", some_sales(), SALES)
    by = {"grains": ["week", "month"], "dimensions": ["currency"]}
    define("revenue", "aggregate", **SUM, **by)
    define("rolling", "aggregate", measure=SUM["measure"] | {"how": "avg"}, trailing=2)
    define("rich", "entity_count", entity="customer", conditions=[{"measure": SUM["measure"], "op": "gt", "value": 90}])
    define("new", "recurring", dataset="sales", entity="customer", column="amount", figure="new")
    define("level", "stock", dataset="sales", entity=["customer"], column="amount", carry_days=20)
    for _ in range(4):
        if chance.random() < 0.4:
            upload("sales", some_sales(), SALES)
        else:
            told = {(day(), chance.choice(["USD", "EUR"])): chance.randint(1, 99) / 10 for _ in range(6)}
            rates(*((at, code, rate) for (at, code), rate in told.items()))
    stepwise = _everything()
    for metric in Metric.objects.all():
        metric.computed_from |= {CALENDAR: "another one"}
        metric.save()
    enqueue("metrics.compute_all", subject="all")
    run_work()
    assert {key: part[:3] for key, part in _everything().items()} == {key: part[:3] for key, part in stepwise.items()}
    assert len(stepwise) > 30


def _everything() -> dict[tuple, tuple]:
    return {
        (row.metric.key, row.grain, row.period_start, row.dimension, row.member): (
            row.value, row.n, "final" if row.state == "restated" else row.state,
        )
        for row in MetricValue.objects.select_related("metric")
    }  # fmt: skip


def test_the_rows_behind_a_value_show_the_rates_it_names(upload, rates, define, run_work, actor) -> None:
    upload("sales", ROWS, SALES)
    rates(("2026-01-01", "USD", 7), ("2026-03-01", "USD", "7.2"), ("2026-02-01", "USD", "7.1"))
    define("revenue", "aggregate", **SUM)
    run_work()
    services.request_rows(actor=actor, value_id=value("revenue").pk, side="numerator", page=1)
    run_work()
    page = selectors.rows_kept(value("revenue").pk, "numerator", 1)
    assert page.columns == ["day", "customer", "currency", "amount", "units", "_rate", "_rate_day", "_converted_amount"]
    assert [row[2:] for row in page.rows] == [
        ["2026-01-05", "ann", "CNY", "100", "1", "1", "", "100"],
        ["2026-01-09", "ann", "USD", "10", "2", "7", "2026-01-01", "70"],
    ]


def test_only_one_table_of_rates(upload, rates, actor, run_work) -> None:
    rates(("2026-01-01", "USD", 7))
    with pytest.raises(Refusal) as refused:
        upload("other", [("2026-01-01", "USD", 7)], RATES, KEY)
    assert "in “Fx” already" in str(refused.value.issues[0])


def test_the_pages_say_it(upload, rates, define, run_work, client_of, ada) -> None:
    """The page of the rates with its setting, the note of a value, its rows, and the form's one question."""
    upload("sales", ROWS, SALES)
    fx = rates(("2026-01-01", "USD", 7), ("2026-02-01", "USD", "7.1"), ("2026-03-01", "USD", "7.2"))
    define("revenue", "aggregate", **SUM)
    run_work()
    client = client_of(ada)
    page, setting = reverse("datasets:detail", args=[fx.pk]), reverse("datasets:rate_days", args=[fx.pk])
    assert 'name="days" value="31"' in client.get(page).content.decode()
    assert "what one unit of a currency is worth in CNY" in client.get(page).content.decode()
    assert "is worth in" not in client.get(reverse("datasets:detail", args=[_sales().pk])).content.decode()
    refused = client.post(setting, {"days": "99999"})
    assert (refused.status_code, Dataset.objects.get(pk=fx.pk).rate_days) == (422, 31)
    assert client.post(setting, {"days": "40"}).status_code == 302
    assert Dataset.objects.get(pk=fx.pk).rate_days == 40
    run_work()

    note = client.get(reverse("metrics:explain", args=[value("revenue").pk])).content.decode()
    assert "the last rate of Fx (version 1) on or before the row&#x27;s day, 40 days old at most" in note
    services.request_rows(actor=ada.actor, value_id=value("revenue").pk, side="numerator", page=1)
    run_work()
    rows = client.get(reverse("metrics:rows", args=[value("revenue").pk])).content.decode()
    for heading in ("Exchange rate", "Rate of", "amount in CNY"):
        assert f'<th scope="col">{heading}</th>' in rows
    form = client.get(reverse("metrics:edit", args=["revenue"])).content.decode()
    assert "Amounts in several currencies" in form


def _sales() -> Dataset:
    return Dataset.objects.get(key="sales")

"""Splits by what a customer file says: by hand for each date, upload by upload, and in a formula."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.kernel.issue import Refusal
from apps.metrics import selectors, services
from apps.metrics.models import Metric, MetricValue
from apps.metrics.services.jobs import EVER, jobs
from apps.metrics.services.sources import sources
from apps.work.services import enqueue
from apps.workspaces.scope import current_workspace
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
MOVES = [
    {"source": "since", "name": "since", "type": "date", "role": "time"},
    {"source": "who", "name": "who", "type": "text", "role": "entity"},
    {"source": "City", "name": "city", "type": "text", "role": "dimension"},
]
CITY = {"column": "city", "dataset": "moves", "on": "who", "entity": "customer"}
SALES = [
    ("2026-01-01", "0", "x", "North", "paid", 1), ("2026-01-10", "1", "a", "North", "paid", 10),
    ("2026-01-31", "2", "a", "North", "paid", 5), ("2026-02-10", "3", "a", "South", "paid", 7),
    ("2026-01-15", "4", "b", "South", "paid", 20), ("2026-02-28", "5", "b", "South", "paid", 30),
]  # fmt: skip
HISTORY = [
    ("2025-06-01", "a", "Bern"), ("2026-01-20", "a", "Basel"), ("2026-02-28", "a", "Chur"), ("2026-02-01", "b", "Bern"),
]  # fmt: skip


def _by(key: str, month: date) -> dict[str, Decimal]:
    return {member: value for (start, member), value in m.cells(key, dimension="city").items() if start == month}


def _define(define) -> None:
    for as_of in ("period_end", "event", "latest"):
        define(
            f"by_{as_of}", "aggregate", measure=m.measure("sum", "amount"), entity_dimensions=[{**CITY, "as_of": as_of}]
        )


def test_by_hand_for_each_date(upload, define, run_work) -> None:
    """Who was not in the file by then has a member of their own: the members add up to the total."""
    upload("moves", HISTORY, MOVES, row_key=["who", "since"])
    upload("orders", SALES, row_key=["order_id"])
    _define(define)
    run_work()
    assert _by("by_period_end", JAN) == {"Basel": 15, "": 21}
    assert _by("by_period_end", FEB) == {"Chur": 7, "Bern": 30}
    assert _by("by_event", JAN) == {"Bern": 10, "Basel": 5, "": 21}
    assert _by("by_event", FEB) == {"Basel": 7, "Bern": 30}
    assert _by("by_latest", JAN) == {"Chur": 15, "Bern": 20, "": 1}
    value = MetricValue.objects.filter(metric__key="by_event", dimension="city").first()
    versions = {str(step) for step in value.dataset_versions}
    assert versions == {source.version_id for source in sources(["moves", "orders"]).values()}
    sentence = selectors.in_words(selectors.metric_for("by_period_end").definition)
    assert sentence.endswith("in total and for each City of Moves at the end of the period.")


def test_the_rows_behind_a_member(upload, define, run_work, actor) -> None:
    upload("moves", HISTORY, MOVES, row_key=["who", "since"])
    upload("orders", SALES, row_key=["order_id"])
    told = {"entity_dimensions": [{**CITY, "as_of": "period_end"}]}
    define("rolling", "aggregate", measure=m.measure("sum", "amount"), trailing=2, **told)
    run_work()
    value = MetricValue.objects.get(metric__key="rolling", dimension="city", period_start=FEB, member="Chur")
    assert value.value == 22
    services.request_rows(actor=actor, value_id=value.pk)
    run_work()
    page = selectors.rows_kept(value.pk, "numerator", 1)
    assert [row[3] for row in page.rows] == ["1", "2", "3"]


def test_a_file_with_one_row_for_each_knows_only_now(upload, define, run_work) -> None:
    upload("moves", HISTORY, MOVES, row_key=["who"])
    upload("orders", SALES, row_key=["order_id"])
    _define(define)
    run_work()
    for key in ("by_period_end", "by_event", "by_latest"):
        assert _by(key, JAN) == {"Chur": 15, "Bern": 20, "": 1}
    sentence = selectors.in_words(selectors.metric_for("by_event").definition)
    assert sentence.endswith("in total and for each City of Moves.")


def test_a_later_row_of_the_file_is_computed_from_its_period_on(upload, define, run_work) -> None:
    upload("moves", HISTORY, MOVES, row_key=["who", "since"])
    upload("orders", SALES, row_key=["order_id"])
    _define(define)
    run_work()
    metrics = list(Metric.objects.select_related("current_version"))
    upload("moves", [("2026-02-05", "b", "Chur")], MOVES, row_key=["who", "since"])
    calendar = current_workspace().calendar
    found, today = sources(["moves", "orders"]), date(2026, 3, 5)
    planned = {job.key: job for job in jobs(metrics, found, calendar, today, selectors.known())}
    for key in ("by_event", "by_period_end"):
        assert [period.start for period in planned[key].periods("month")] == [FEB]
    assert planned["by_latest"].span == EVER
    assert _by("by_period_end", FEB) == {"Chur": 37}
    assert _by("by_event", FEB) == {"Basel": 7, "Chur": 30}
    assert _by("by_latest", JAN) == {"Chur": 35, "": 1}


def test_a_formula_takes_only_members_that_mean_the_same(upload, define, run_work) -> None:
    upload("moves", HISTORY, MOVES, row_key=["who", "since"])
    upload("orders", SALES, row_key=["order_id"])
    _define(define)
    buyers = [{"measure": m.measure("count"), "op": "ge", "value": 1}]
    told = {"entity_dimensions": [{**CITY, "as_of": "period_end"}]}
    define("buyers", "entity_count", entity="customer", conditions=buyers, **told)
    define("each", "formula", expression="by_period_end / buyers", dimensions=["city"])
    with pytest.raises(Refusal) as refusal:
        define("wrong", "formula", expression="by_event / buyers", dimensions=["city"])
    assert [issue.where for issue in refusal.value.issues] == ["dimensions.0"]
    assert "does not mean the same in “by_event”, “buyers”" in refusal.value.issues[0].in_words()
    run_work()
    assert _by("buyers", FEB) == {"Chur": 1, "Bern": 1}
    assert _by("each", JAN) == {"Basel": 15, "": Decimal("10.5")}


def _everything() -> dict:
    rows = MetricValue.objects.select_related("metric")
    return {
        (row.metric.key, row.grain, row.period_start, row.dimension, row.member): (row.value, row.numerator, row.n)
        for row in rows
    }


def test_upload_by_upload_equals_from_the_start(upload, define, run_work) -> None:
    chance = random.Random(7)

    def day(most: int = 110) -> str:
        return (date(2025, 12, 20) + timedelta(days=chance.randrange(most))).isoformat()

    def sales(first: int) -> list[tuple]:
        return [
            (day(), str(first + n), chance.choice("abcde") if n % 9 else None, "North", "paid", chance.randint(1, 99))
            for n in range(25)
        ]

    def moves() -> list[tuple]:
        return [(day(), chance.choice("abcf"), chance.choice(["Bern", "Chur", None])) for _ in range(6)]

    upload("moves", moves(), MOVES)
    upload("orders", sales(0), row_key=["order_id"])
    activity, twice = (
        {"dataset": "orders", "entity": "customer"},
        [{"measure": m.measure("count"), "op": "ge", "value": 2}],
    )
    for as_of in ("period_end", "event", "latest"):
        told = {"entity_dimensions": [{**CITY, "as_of": as_of}]}
        define(f"sum_{as_of}", "aggregate", measure=m.measure("sum", "amount"), grains=["week", "month"], **told)
        define(f"twice_{as_of}", "entity_count", entity="customer", conditions=twice, trailing=2, **told)
        define(f"new_{as_of}", "lifecycle", activity=activity, figure="new", **told)
        define(f"kept_{as_of}", "retention", activity=activity, intervals=2, **told)
        define(f"again_{as_of}", "repeat", activity=activity, within_days=15, **told)
        define(f"level_{as_of}", "stock", dataset="orders", entity=["customer"], column="amount", **told)
    run_work()
    for step in range(3):
        if step == 1:
            upload("orders", sales(15), row_key=["order_id"])
        else:
            upload("moves", moves()[:2], MOVES)
        grown = _everything()
        MetricValue.objects.all().delete()
        Metric.objects.update(computed_from={}, computed_version=None)
        enqueue("metrics.compute_all", subject="all")
        run_work()
        fresh = _everything()
        assert {k: (v, fresh.get(k)) for k, v in grown.items() if v != fresh.get(k)} == {}, step
        assert grown.keys() == fresh.keys()
        assert any(key[3] == "city" and key[4] == "" for key in fresh)

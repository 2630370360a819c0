"""What is computed upload by upload equals what is computed from the start, whatever is uploaded."""

import random
import shutil
from datetime import date, timedelta

import pytest

from apps.datasets.models import root
from apps.datasets.services.sweeping import ROLLUPS
from apps.metrics.domain.values import NO_LONGER_COVERED
from apps.metrics.models import Metric, MetricValue
from apps.metrics.services.jobs import CALENDAR
from apps.work.services import enqueue
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

FIRST = date(2025, 11, 3)
SPAN = 120
REGIONS = ("North", "South", "West", None)
NAMES = {f"c{number}": f"{10 - number}, Ltd." for number in range(1, 10)}
"""Other names of the customers, in another order."""

FEES = [
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "region", "name": "region", "type": "text", "role": "dimension"},
    {"source": "fee", "name": "fee", "type": "decimal", "role": "measure"},
]


def _day(chance: random.Random, first: int, last: int) -> str:
    return (FIRST + timedelta(days=chance.randint(first, last))).isoformat()


def _orders(chance: random.Random) -> list[tuple]:
    """Some orders of some weeks; ids repeat, so that an upload corrects rows of earlier ones, and moves their day."""
    first = chance.randint(0, SPAN - 30)
    return [
        (
            _day(chance, first, first + chance.randint(3, 30)),
            str(number),
            f"c{chance.randint(1, 9)}",
            chance.choice(REGIONS),
            chance.choice(("paid", "open")),
            None if chance.random() < 0.1 else chance.randint(1, 9999) / 100,
        )
        for number in chance.sample(range(60), chance.randint(1, 25))
    ]


def _fees(chance: random.Random) -> list[tuple]:
    first = chance.randint(0, SPAN - 20)
    count = chance.randint(1, 8)
    return [(_day(chance, first, first + 20), chance.choice(REGIONS), chance.randint(1, 99)) for _ in range(count)]


def _define_everything(define) -> None:
    grains = ["day", "week", "month", "quarter"]
    by = {"grains": grains, "dimensions": ["region"]}
    paid = [{"column": "status", "op": "eq", "values": ["paid"]}]
    define("revenue", "aggregate", measure=m.measure("sum", "amount", filters=paid), **by)
    define("customers", "aggregate", measure=m.measure("distinct", "customer"), **by)
    define("mean", "aggregate", measure=m.measure("avg", "amount"), **by)
    define("middle", "aggregate", measure=m.measure("median", "amount"), **by)
    define("rolling", "aggregate", measure=m.measure("distinct", "customer"), trailing=3, dimensions=["region"])
    define("weekly", "aggregate", measure=m.measure("sum", "amount"), trailing=4, grains=["week"])
    define(
        "fee_share", "ratio", numerator=m.measure("sum", "fee", "fees"), denominator=m.measure("sum", "amount"), **by
    )
    define("arpu", "formula", expression="revenue / customers", **by)
    define("deep", "formula", expression="arpu * 2 - coalesce(fee_share, 0)", **by)
    define("gained", "formula", expression="revenue - prior(revenue, 1)", **by)
    define("growth", "formula", expression="deep / prior(deep, 2) - coalesce(prior(gained, 3), 1) * 1000000", **by)
    define("then", "formula", expression="prior(arpu, 2)", **by)


def _define_entities(define) -> None:
    """Kinds that look around: at the whole history, some periods ahead, to the start of the year."""
    activity = {"dataset": "orders", "entity": "customer"}
    twice = [{"measure": m.measure("count"), "op": "ge", "value": 2}]
    region = {"dimensions": ["region"]}
    define("twice", "entity_count", entity="customer", conditions=twice, grains=["week", "month"], **region)
    define("twice_share", "entity_share", entity="customer", conditions=twice, base={"dataset": "orders"}, trailing=2)
    for figure in ("new", "churned", "reactivated"):
        define(f"life_{figure}", "lifecycle", activity=activity, figure=figure, grains=["week", "month"], **region)
    define("kept", "retention", activity=activity, intervals=3, interval=2, grains=["week"], **region)
    define("later", "retention", activity=activity, intervals=3, variant="unbounded", cohort="active")
    for figure in ("mrr", "expansion", "grr"):
        define(f"rec_{figure}", "recurring", dataset="orders", entity="customer", column="amount", figure=figure)
    define("so_far", "cumulative", measure=m.measure("sum", "amount"), to_date="quarter", grains=["day", "month"])
    define("ninth", "aggregate", measure={**m.measure("percentile", "amount"), "share": "0.9"})
    define("again", "repeat", activity=activity, within_days=20, grains=["week", "month"], **region)
    define("level", "stock", dataset="orders", entity=["customer"], column="amount", carry_days=25, **region)
    define("mean_level", "stock", dataset="orders", entity=["customer"], column="amount", at="average", grains=["week"])
    define("promoted", "nps", dataset="orders", column="amount", trailing=2)
    paid = {**activity, "filters": [{"column": "status", "op": "eq", "values": ["paid"]}]}
    define("bought", "conversion", start=activity, goal=paid, within_days=9, grains=["week", "month"], **region)
    define("way", "funnel", steps=[activity, paid, activity], within_days=25, order="strict", grains=["week"], **region)
    goal = {"type": "linear", "floor": 0, "goal": 9}
    parts = [{"metric": key, "scale": goal} for key in ("twice", "life_new", "life_churned")]
    define("health", "score", groups=[{"name": {"en": "All"}, "weight": 1, "parts": parts}])


def _everything() -> dict[tuple, tuple]:
    """All values without their history: a restated value is a final one that somebody saw before."""
    found = {}
    for row in MetricValue.objects.select_related("metric"):
        state = "final" if row.state == "restated" else row.state
        if row.reason.get("message") == NO_LONGER_COVERED:
            continue  # kept only to say that there was a value
        place = (row.metric.key, row.grain, row.period_start, row.dimension, row.member)
        reason = {} if row.state == "restated" else row.reason
        found[place] = (row.value, row.numerator, row.denominator, row.n, state, reason, row.period_end)
    return found


def _from_the_start(run_work) -> dict[tuple, tuple]:
    shutil.rmtree(root() / ROLLUPS, ignore_errors=True)
    MetricValue.objects.all().delete()
    Metric.objects.update(computed_from={}, computed_version=None)
    enqueue("metrics.compute_all", subject="all")
    run_work()
    return _everything()


@pytest.mark.parametrize("seed", [1, 2])
def test_step_by_step_equals_from_the_start(seed: int, upload, define, run_work) -> None:
    chance = random.Random(seed)
    upload("orders", _orders(chance), row_key=["order_id"])
    upload("fees", _fees(chance), FEES)
    _define_everything(define)
    run_work()
    for step in range(3):
        kind = chance.choice(["orders", "orders", "fees", "anew"])
        if kind == "fees":
            upload("fees", _fees(chance), FEES)
        elif kind == "orders":
            upload("orders", _orders(chance), row_key=["order_id"])
        else:
            upload("orders", _orders(chance) + _orders(chance), row_key=["order_id"], mode="replace")
        if chance.random() < 0.5 or step == 2:
            grown = _everything()
            fresh = _from_the_start(run_work)
            assert grown.keys() == fresh.keys(), step
            assert {k: (v, fresh[k]) for k, v in grown.items() if v != fresh[k]} == {}, step
            assert len(fresh) > 100


def test_kinds_that_look_around_step_by_step_in_parts_and_by_other_names_equal_from_the_start(
    upload, define, run_work
) -> None:
    chance = random.Random(3)
    upload("orders", _orders(chance), row_key=["order_id"])
    _define_entities(define)
    run_work()
    for mode in ("append", "replace"):
        rows = _orders(chance)
        upload("orders", rows, row_key=["order_id"], mode=mode)
    grown = _everything()
    fresh = _from_the_start(run_work)
    assert grown.keys() == fresh.keys()
    assert {k: (v, fresh[k]) for k, v in grown.items() if v != fresh[k]} == {}
    assert len(fresh) > 100
    renamed = [(day, order, NAMES[customer], *rest) for day, order, customer, *rest in chance.sample(rows, len(rows))]
    upload("orders", renamed[: len(rows) // 2], row_key=["order_id"], mode="replace")
    upload("orders", renamed[len(rows) // 2 :], row_key=["order_id"])
    parts = _everything()
    assert {k: (parts.get(k), fresh.get(k)) for k in {*parts, *fresh} if parts.get(k) != fresh.get(k)} == {}


def test_another_calendar_is_computed_from_the_start(upload, define, run_work, in_acme) -> None:
    upload("orders", _orders(random.Random(5)))
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), grains=["week", "quarter"])
    run_work()
    before = _everything()
    in_acme.week_start, in_acme.fiscal_year_start = 7, 2
    enqueue("metrics.compute_all", subject="all")
    run_work()
    after = _everything()
    assert not MetricValue.objects.filter(state="no_data").exists()
    assert {place[2].isoweekday() for place in after if place[1] == "week"} == {7}
    assert {place[2].month % 3 for place in after if place[1] == "quarter"} == {2}
    total = sum(row[0] for place, row in before.items() if place[1] == "week" and row[0])
    assert sum(row[0] for place, row in after.items() if place[1] == "week" and row[0]) == total
    assert m.metric("revenue").computed_from[CALENDAR] == "Asia/Shanghai 7 2"

"""Plans: what they say, what does not fit, and that they travel exactly."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.engine.plan import Aggregation, ColumnType, Condition, How, Op
from apps.engine.plans import MeasurePlan, issues_of
from apps.engine.requests import (
    ColumnMapping,
    FileEntry,
    FileShape,
    Load,
    Loaded,
    Mapping,
    Measure,
    Measured,
    MeasureRow,
    Role,
    Rows,
)
from apps.kernel.issue import Issue
from apps.kernel.period import Calendar, Grain

TYPES = {
    "customer": ColumnType.TEXT,
    "amount": ColumnType.DECIMAL,
    "paid": ColumnType.BOOLEAN,
    "on": ColumnType.DATE,
    "at": ColumnType.DATETIME,
    "n": ColumnType.INTEGER,
}
BIG = Condition("amount", Op.GT, (Decimal("100.50"),))
PAID = Condition("paid", Op.EQ, (True,))
RATIO = MeasurePlan(
    "arpu",
    Grain.MONTH,
    12,
    Aggregation(How.SUM, "amount", (BIG, PAID)),
    Aggregation(How.DISTINCT, "customer"),
    split_by="paid",
    first=date(2026, 1, 1),
)


def test_a_plan_reads_as_words() -> None:
    assert RATIO.in_words() == (
        "sum of amount where amount is more than 100.50 and paid is True divided by number of different customer, "
        "by month, over the last 12 periods, for each paid"
    )
    assert Aggregation(How.COUNT).in_words() == "number of rows"
    assert Condition("n", Op.NOT_IN, (1, 2)).in_words() == "n is none of 1, 2"
    assert Condition("n", Op.IS_NULL).in_words({"%(column)s is empty": "%(column)s 为空"}.get) == "n 为空"


ENTRY = FileEntry("/data/a.parquet", "2026-06", 3, 99, date(2026, 6, 1), date(2026, 6, 30))
MAPPING = Mapping((ColumnMapping("日期", "on", ColumnType.DATE, Role.TIME, True),), ("on",))


@pytest.mark.parametrize(
    "message",
    [
        RATIO,
        Condition("at", Op.LT, (datetime(2026, 1, 1, 8, tzinfo=UTC),)),
        Condition("customer", Op.IN, ("2026-01-01", "1")),
        Measure((ENTRY,), Calendar("Asia/Shanghai", 7, 4), (RATIO,)),
        Rows((ENTRY,), RATIO, (date(2026, 6, 1), date(2026, 7, 1)), "", "denominator"),
        Measured((MeasureRow("a", date(2026, 1, 1), None, Decimal("0.10"), None, 3, "new"),), {"a": "SELECT 1"}),
        Load("/a.csv", "a.csv", "", MAPPING, "u1", ("/b.parquet",), "append", "/out", "UTC"),
        Loaded((ENTRY,), 3, 2, 1, 0, None, None, None, None, "/r", {"bad_date": 1}),
        FileShape("csv", issues=(Issue("a.csv", "%(n)s", {"n": 3}, blocking=False),), preview=(("a",), ("b",))),
    ],
)
def test_messages_travel_exactly(message) -> None:
    again = type(message).from_json(json.loads(json.dumps(message.to_json())))
    assert again == message
    assert repr(again) == repr(message)


def test_a_float_never_travels() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        Condition("amount", Op.EQ, (0.1,)).to_json()  # type: ignore[arg-type]


def test_a_plan_that_fits_has_no_issues() -> None:
    assert issues_of(RATIO, TYPES) == []
    on = Condition("on", Op.GE, (date(2026, 1, 1),))
    at = Condition("at", Op.LT, (datetime(2026, 1, 1),))
    assert issues_of(MeasurePlan("x", Grain.DAY, 1, Aggregation(How.MEDIAN, "n", (on, at))), TYPES) == []


@pytest.mark.parametrize(
    ("side", "says"),
    [
        (Aggregation(How.SUM), "needs a column"),
        (Aggregation(How.SUM, "customer"), "needs a column of numbers"),
        (Aggregation(How.DISTINCT, "nobody"), "no column “nobody”; the data has customer, amount"),
        (Aggregation(How.COUNT, None, (Condition("ghost", Op.IS_NULL),)), "no column “ghost”"),
        (Aggregation(How.COUNT, None, (Condition("amount", Op.EQ),)), "does not take 0 values"),
        (Aggregation(How.COUNT, None, (Condition("amount", Op.IS_NULL, (1,)),)), "does not take 1 values"),
        (Aggregation(How.COUNT, None, (Condition("amount", Op.IN),)), "does not take 0 values"),
        (Aggregation(How.COUNT, None, (Condition("amount", Op.EQ, ("12",)),)), "not of the type"),
        (Aggregation(How.COUNT, None, (Condition("amount", Op.EQ, (True,)),)), "not of the type"),
        (Aggregation(How.COUNT, None, (Condition("amount", Op.EQ, (Decimal("NaN"),)),)), "not of the type"),
        (Aggregation(How.COUNT, None, (Condition("paid", Op.EQ, (1,)),)), "not of the type"),
        (Aggregation(How.COUNT, None, (Condition("on", Op.EQ, ("2026-01-01",)),)), "not of the type"),
        (Aggregation(How.COUNT, None, (Condition("customer", Op.LT, ("a",)),)), "has no order"),
    ],
)
def test_what_does_not_fit_is_said(side: Aggregation, says: str) -> None:
    (issue,) = issues_of(MeasurePlan("x", Grain.DAY, 1, side), TYPES)
    assert says in str(issue)


def test_all_issues_at_once() -> None:
    bad = Aggregation(How.AVG, "customer", (Condition("ghost", Op.IS_NULL),))
    plan = MeasurePlan("x", Grain.DAY, 0, bad, Aggregation(How.COUNT), split_by="nowhere")
    assert len(issues_of(plan, TYPES)) == 5

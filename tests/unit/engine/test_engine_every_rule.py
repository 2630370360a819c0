"""What no other test reads: what a plan says where it does not fit the columns there are."""

from decimal import Decimal

import pytest

from apps.engine import (
    Aggregation,
    ColumnType,
    Condition,
    Conversion,
    EntityPlan,
    FunnelPlan,
    FunnelStep,
    How,
    LifecyclePlan,
    MeasurePlan,
    Op,
    RepeatPlan,
    RetentionPlan,
    Threshold,
)
from apps.engine.expression import Arithmetic, Cell, Number, Sign
from apps.engine.plans import Base, Plan, issues_of
from apps.kernel.period import Grain

TYPES = {
    "customer": ColumnType.TEXT, "number": ColumnType.INTEGER, "amount": ColumnType.DECIMAL, "day": ColumnType.DATE,
    "paid": ColumnType.BOOLEAN,
}  # fmt: skip
COUNT, OFTEN = Aggregation(How.COUNT), Threshold(Aggregation(How.COUNT), Op.GE, 1)
MONTH, STEPS = Grain.MONTH, (FunnelStep(), FunnelStep())


def long_sum(terms: int) -> Arithmetic:
    found: Arithmetic | Cell = Cell("amount")
    for _ in range(terms):
        found = Arithmetic(Sign.PLUS, found, Number(Decimal(1)))
    assert isinstance(found, Arithmetic)
    return found


def measured(how: How, column: str | None = "amount", **parts: object) -> MeasurePlan:
    return MeasurePlan("x", MONTH, 1, Aggregation(how, column, **parts))


RULES: list[tuple[Plan, str]] = [
    (measured(How.SUM, None, expression=long_sum(200)), "The expression has 401 parts; the most is 200."),
    (
        MeasurePlan("x", MONTH, 1, Aggregation(How.AVG, "amount"), COUNT),
        "An average already is a ratio: it takes no denominator and is none.",
    ),
    (
        MeasurePlan("x", MONTH, 2, COUNT, to_date=Grain.YEAR),
        "A value covers the last periods or the time since the start of one, not both.",
    ),
    (EntityPlan("x", MONTH, "customer", ()), "Say what has to be reached: at least one condition."),
    (FunnelPlan("x", MONTH, "customer", STEPS[:1], 7), "A funnel has 2 to 10 steps, not 1."),
    (
        FunnelPlan("x", MONTH, "customer", (FunnelStep(), FunnelStep(entity="number")), 7),
        "“number” is integer, but “customer” is text: they never are the same.",
    ),
    (RetentionPlan("x", MONTH, "customer", 0), "A retention curve has 1 to 400 intervals, not 0."),
    (RetentionPlan("x", MONTH, "customer", 1, minimum=0), "Being active takes 1 or more rows, not 0."),
    (RepeatPlan("x", MONTH, "customer", 0), "A window has 1 to 3660 days, not 0."),
    (
        MeasurePlan("x", MONTH, 1, COUNT, money=(Conversion(("amount",), "customer", "CNY", days=-1),)),
        "A rate holds for 0 to 3660 days, not -1.",
    ),
    (
        MeasurePlan("x", MONTH, 1, COUNT, money=(Conversion(("amount",), "number", "CNY"),)),
        "“number” must hold the codes of currencies; it is integer.",
    ),
    (
        LifecyclePlan("x", MONTH, "customer", (Condition("amount", Op.GT, (Decimal(1), Decimal(2))),)),
        "“gt” on “amount” does not take 2 values.",
    ),
]


@pytest.mark.parametrize(("plan", "words"), RULES, ids=[words[:40] for _, words in RULES])
def test_a_plan_that_does_not_fit_says_why(plan: Plan, words: str) -> None:
    assert words in [issue.in_words(lambda text: text) for issue in issues_of(plan, TYPES)]


def test_five_faults_are_five_issues() -> None:
    wrong = Threshold(Aggregation(How.MEDIAN, "customer"), Op.IN, Decimal("NaN"))
    plan = EntityPlan("x", MONTH, "nobody", (wrong,), Base((Condition("paid", Op.GT, (True,)),)), 0, "nowhere")
    said = [issue.in_words(lambda text: text) for issue in issues_of(plan, TYPES)]
    assert len(said) == len(set(said)) == 8
    for words in (
        "no column “nowhere”",
        "no column “nobody”",
        "compare a number",
        "of each entity",
        "has no order for",
    ):
        assert any(words in line for line in said), words


HOSTILE = ("amount) FROM read_csv('/etc/passwd') --", "x\"; ATTACH '/tmp/x'; --", "(" * 5_000, "x" * 100_000)


@pytest.mark.parametrize("column", HOSTILE, ids=lambda text: text[:12])
def test_a_hostile_column_is_a_column_that_is_not_there(column: str) -> None:
    plan = measured(How.SUM, column, where=(Condition(column, Op.EQ, (column,)),))
    assert [issue.message for issue in issues_of(plan, TYPES)] == [
        "There is no column “%(column)s”; the data has %(columns)s."
    ] * 2

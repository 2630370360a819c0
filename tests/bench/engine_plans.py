"""A plan (or a few) of each kind, as a definition comes to it; and what their answers are compared by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from apps.engine import (
    Aggregation,
    Base,
    Condition,
    Conversion,
    EntityPlan,
    FunnelPlan,
    FunnelStep,
    How,
    LifecyclePlan,
    MeasurePlan,
    MeasureRow,
    Op,
    Plan,
    RecurringPlan,
    RepeatPlan,
    RetentionPlan,
    StockPlan,
    Threshold,
)
from apps.kernel.period import Calendar, Grain, Span
from tests.bench.engine_data import LAST, MONTHS

CALENDAR = Calendar("Asia/Shanghai")
MONTH, WHO = Grain.MONTH, "customer"
COUNT, REVENUE = Aggregation(How.COUNT), Aggregation(How.SUM, "amount")
BUYERS = Aggregation(How.DISTINCT, WHO)
PAID = (Condition("paid", Op.EQ, (True,)),)
MONEY = Conversion(("amount",), "channel", "K0", "rates", "currency", "rate", days=31)
"""Channels as if they were currencies."""


def _step(name: str) -> FunnelStep:
    return FunnelStep((Condition("step", Op.EQ, (name,)),), moment="moment")


KINDS: dict[str, tuple[Plan, ...]] = {
    "aggregate": (
        MeasurePlan("sum", MONTH, 1, REVENUE), MeasurePlan("count", MONTH, 1, COUNT),
        MeasurePlan("distinct", MONTH, 1, BUYERS),
    ),
    "percentile": (MeasurePlan("p90", MONTH, 1, Aggregation(How.PERCENTILE, "amount", share=Decimal("0.9"))),),
    "ratio": (MeasurePlan("ratio", MONTH, 1, REVENUE, BUYERS),),
    "nps": (MeasurePlan("nps", MONTH, 1, Aggregation(How.NPS, "score")),),
    "entity_count": (EntityPlan("often", MONTH, WHO, (Threshold(COUNT, Op.GE, 3),)),),
    "entity_share": (EntityPlan("much", MONTH, WHO, (Threshold(REVENUE, Op.GT, Decimal(1000)),), Base()),),
    "conversion": (MeasurePlan("converted", MONTH, 1, REVENUE, money=(MONEY,)),),
    "cumulative": (MeasurePlan("year", MONTH, 12, REVENUE),),
    "repeat": (RepeatPlan("repeat", MONTH, WHO, 30, (), "moment"),),
    "funnel": (FunnelPlan("funnel", MONTH, WHO, (_step("visit"), _step("signup"), _step("paid")), 30),),
    "stock": (StockPlan("stock", MONTH, (WHO,), "amount", carry_days=31),),
    "recurring": (RecurringPlan("recurring", MONTH, WHO, "amount"),),
    "lifecycle": (LifecyclePlan("lifecycle", MONTH, WHO),),
    "retention": (RetentionPlan("retention", MONTH, WHO, 12),),
}  # fmt: skip

ADDITIVE: tuple[Plan, ...] = tuple(
    MeasurePlan(f"additive_{at}", MONTH, 1, side)
    for at, side in enumerate(
        (
            REVENUE, COUNT, Aggregation(How.SUM, "amount", PAID), Aggregation(How.COUNT, None, PAID),
            Aggregation(How.SUM, "score"), Aggregation(How.COUNT, "score", PAID), Aggregation(How.MAX, "amount"),
            Aggregation(How.COUNT, None, (Condition("amount", Op.GT, (Decimal(1000),)),)),
        )
    )
)  # fmt: skip
ENTITY: tuple[Plan, ...] = (
    *KINDS["entity_count"], *KINDS["recurring"], *KINDS["lifecycle"], *KINDS["retention"],
    RetentionPlan("active", MONTH, WHO, 12, minimum=2),
)  # fmt: skip
HISTORIES = ("recurring", "lifecycle", "retention")
"""Kinds of which a row may say something about any later month."""
LOCAL = tuple(kind for kind in KINDS if kind not in HISTORIES)
SEVERAL: dict[str, tuple[Plan, ...]] = {
    "additive": ADDITIVE,
    "entity": ENTITY,
    "local": tuple(plan for kind in LOCAL for plan in KINDS[kind]),
    "histories": tuple(plan for kind in HISTORIES for plan in KINDS[kind]),
    "all": tuple(plan for plans in KINDS.values() for plan in plans),
}
"""Metrics of one data set that are asked for together."""
ADDED = {"mrr", "new", "expansion", "contraction", "churn", "reactivation"}


def plans_of(kind: str, dimensions: Iterable[str]) -> tuple[Plan, ...]:
    """The plans of a kind in total, or by each of some dimensions."""
    plans = SEVERAL.get(kind) or KINDS[kind]
    if not dimensions:
        return plans
    return tuple(replace(plan, id=f"{plan.id}/{by}", split_by=by) for by in dimensions for plan in plans)


def after_a_month(plan: Plan) -> Plan:
    """The plan for the months that rows of the last one can change, by its own account: what an upload of them asks."""
    changed = Span(MONTHS[-1], LAST + timedelta(days=1))
    return replace(plan, first=max(plan.touched(changed, CALENDAR).start, MONTHS[0]))


Told = tuple[str, str, str, str, str, str]


def told(rows: Iterable[MeasureRow]) -> list[Told]:
    """Answers in the form that SQL written by hand gives, too: plan, day, member, series, numerator, denominator."""
    return sorted(
        (row.plan, str(row.period_start), row.member or "", row.series, number(row.numerator), number(row.denominator))
        for row in rows
        if _is_compared(row)
    )


def _is_compared(row: MeasureRow) -> bool:
    """Quotients of recurring revenue are sums of what is compared; cells of a curve beyond the data say nothing."""
    if row.plan.startswith("recurring"):
        return row.series in ADDED
    if row.plan.startswith("retention"):
        return (row.period_start.year - 2023) * 12 + row.period_start.month - 1 + int(row.series) < 36
    return not row.plan.startswith("funnel") or bool(row.series)


def number(value: object) -> str:
    """A figure as text, whatever type it came in."""
    return "" if value is None else f"{Decimal(str(value)).normalize():f}"

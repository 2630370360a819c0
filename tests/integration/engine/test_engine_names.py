"""A user's columns may have any name that a column can have, also those that our own queries use."""

from datetime import date, timedelta
from pathlib import Path

from apps.engine import (
    Aggregation,
    Attribute,
    Base,
    Cohort,
    Condition,
    EntityPlan,
    FunnelPlan,
    FunnelStep,
    How,
    LifecyclePlan,
    MeasurePlan,
    Op,
    RecurringPlan,
    RepeatPlan,
    RetentionPlan,
    StockPlan,
    Threshold,
    Variant,
)
from apps.kernel.period import Grain
from tests.integration.engine.engine_ask import ask, behind, load_rows

PLAIN = ("who", "at", "amount", "store", "moment", "left_on")
NASTY = [
    ("entity", "period_start", "n", "member", "k", "span_end"),
    ("member", "span_start", "v0", "entity", "counted", "joined"),
    ("k", "day", "rows", "n", "start", "ended"),
    ("counted", "start", "amount", "joined", "far", "bits"),
    ("hits", "base", "count", "period_start", "first", "total"),
]
TYPES = (
    ("text", "entity"), ("date", "time"), ("decimal", "measure"), ("text", "dimension"), ("datetime", "attribute"),
    ("date", "attribute"),
)  # fmt: skip


def _rows() -> list[list]:
    rows = []
    for n in range(120):
        day = date(2026, 1, 1) + timedelta(days=(n * n * 5) % 100)
        end = day + timedelta(days=30) if n % 3 else ""
        rows.append([f"c{n % 11}" if n % 10 else "", day, n % 17 - 2, "nsw"[n % 3], f"{day} 0{n % 9}:00", end])
    return rows


def _plans(names: tuple[str, ...]) -> list:
    who, at, amount, store, moment, left_on = names
    where = (Condition(store, Op.IN, ("n", "s")), Condition(who, Op.NE, ("c3",)))
    total, count = Aggregation(How.SUM, amount, where), Aggregation(How.COUNT)
    often, both = Threshold(count, Op.GE, 2), Threshold(total, Op.GT, 3, "more")
    step, month = FunnelStep(where, moment=moment), Grain.MONTH
    base = Base(where, "more", at, left_on)
    return [
        MeasurePlan("m1", month, 1, total, count, split_by=store),
        MeasurePlan("m2", month, 2, total, Aggregation(How.DISTINCT, who)),
        MeasurePlan("m3", Grain.QUARTER, 1, total, split_by=who),
        EntityPlan("e1", month, who, (often, Threshold(total, Op.GT, 3)), split_by=store),
        EntityPlan("e2", month, who, (often, both), Base(where), split_by=store),
        EntityPlan("e3", month, who, (often,), base, split_by=store),
        EntityPlan("e4", month, who, (often, both), base, trailing=2),
        LifecyclePlan("l1", month, who, where, split_by=store),
        RetentionPlan("r1", month, who, 3, where, split_by=store),
        RetentionPlan("r2", month, who, 3, (), Variant.UNBROKEN, Cohort.ACTIVE),
        RecurringPlan("g1", month, who, amount, where, split_by=store),
        RepeatPlan("p1", month, who, 20, where, moment, split_by=store),
        RepeatPlan("p2", month, who, 20, where),
        FunnelPlan("f1", month, who, (step, FunnelStep((), "more", "", moment)), 30, split_by=store),
        StockPlan("s1", month, (who,), amount, "closing", 20, where, split_by=store),
        StockPlan("s2", month, (who, store), amount, "average", 20),
        *(
            MeasurePlan(f"a{as_of}", month, 1, total, attribute=Attribute("more", store, who, "", as_of, moment))
            for as_of in ("period_end", "event", "latest")
        ),
        EntityPlan("a1", month, who, (often, both), base, attribute=Attribute("more", store, who)),
    ]


def test_whatever_the_columns_are_called(tmp_path: Path) -> None:
    def figures(names: tuple[str, ...]) -> tuple[dict, list]:
        columns = [(name, kind, role) for name, (kind, role) in zip(names, TYPES, strict=True)]
        files, tables = load_rows(tmp_path, columns, _rows()), {"more": load_rows(tmp_path, columns, _rows()[::-2])}
        plans = _plans(names)
        period = (date(2026, 2, 1), date(2026, 3, 1))
        members = {plan.id: "s" if plan.split_by == names[3] or plan.attribute else None for plan in plans}
        options = {"f1": {"series": "1"}, "r1": {"series": "1"}, "r2": {"series": "0"}}
        looked = [
            behind(tmp_path, files, plan, period, member=members[plan.id], tables=tables, **options.get(plan.id, {}))
            for plan in plans
            if plan.id != "m3"
        ]
        return ask(tmp_path, files, *plans, tables=tables), looked

    wanted = figures(PLAIN)
    assert {key[0] for key in wanted[0]} == {plan.id for plan in _plans(PLAIN)}
    assert sum(map(bool, wanted[1])) > 12
    for names in NASTY:
        assert figures(names) == wanted, names

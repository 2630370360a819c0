"""Plans of every kind, on the rows of `apps.engine.agreement_data`: what two engines are compared by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from apps.engine.attribute import AsOf, Attribute
from apps.engine.conversion import Conversion
from apps.engine.expression import Arithmetic, Cell, Number, Sign
from apps.engine.plan import Aggregation, Condition, How, Op, Planned
from apps.engine.plans import (
    At,
    Base,
    Cohort,
    EntityPlan,
    FunnelPlan,
    FunnelStep,
    LifecyclePlan,
    MeasurePlan,
    Order,
    Plan,
    RecurringPlan,
    RepeatPlan,
    RetentionPlan,
    StockPlan,
    Threshold,
    Variant,
)
from apps.kernel.period import Grain

QUANTILES = frozenset({How.MEDIAN, How.PERCENTILE})

_POSITIVE = (Condition("amount", Op.GT, (Decimal(10),)),)
_PAID = (Condition("paid", Op.EQ, (True,)),)
_COUNT = Aggregation(How.COUNT)
_WINTER = (date(2020, 12, 31), date(2021, 2, 1))
_CONDITIONS = (
    Condition("store", Op.EQ, ("south ",)),
    Condition("store", Op.NE, ("north",)),
    Condition("store", Op.IN, ("o'hara", "100%", "back\\slash", "西")),
    Condition("store", Op.NOT_IN, ("north", "North")),
    Condition("store", Op.IS_NULL),
    Condition("customer", Op.NOT_NULL),
    Condition("amount", Op.GE, (Decimal("10.00"),)),
    Condition("amount", Op.LT, (Decimal("10.0000000001"),)),
    Condition("units", Op.LE, (Decimal("6.5"),)),
    Condition("paid", Op.NE, (True,)),
    Condition("moment", Op.GT, (date(2020, 12, 31),)),
    Condition("day", Op.GE, (date(2021, 1, 4),)),
)


def kind_of(plan: Planned) -> str:
    """The kind that a plan is switched on or off with: its family, percentiles, conversions of currencies and members
    of other data sets apart."""
    if plan.conversions():
        return "money"
    family = type(plan).__name__.removesuffix("Plan").lower()
    hows = {side.how for side in plan.sides()} if isinstance(plan, MeasurePlan) else set()
    if hows & QUANTILES:
        return "percentile"
    return family if plan.attribute is None else "attribute"


def cases() -> dict[str, tuple[Plan, ...]]:
    """The plans of each kind, by `kind_of`."""
    found: dict[str, list[Plan]] = {}
    makers = (_measures, _entities, _histories, _repeats, _funnels, _stocks, _money, _attributes)
    for plans in (maker() for maker in makers):
        for at, plan in enumerate(plans):
            kind = kind_of(plan)
            found.setdefault(kind, []).append(replace(plan, id=f"{kind}-{at}"))
    return {kind: tuple(plans) for kind, plans in found.items()}


def _measures() -> Iterator[Plan]:
    product = Arithmetic(Sign.TIMES, Cell("units"), Arithmetic(Sign.MINUS, Cell("price"), Number(Decimal("0.5"))))
    sides = [
        _COUNT,
        *(Aggregation(how, "amount") for how in (How.SUM, How.MIN, How.MAX, How.AVG, How.MEDIAN)),
        Aggregation(How.SUM, "units", _PAID),
        Aggregation(How.MEDIAN, "units", _PAID),
        Aggregation(How.AVG, "price", _POSITIVE),
        Aggregation(How.COUNT, "amount", _PAID),
        Aggregation(How.DISTINCT, "customer"),
        Aggregation(How.DISTINCT, "store", _POSITIVE),
        Aggregation(How.NPS, "units"),
        *(Aggregation(How.PERCENTILE, "amount", _PAID, share=Decimal(share)) for share in ("0.9", "0.1", "0.999")),
        Aggregation(How.SUM, expression=product),
        Aggregation(How.MAX, where=_PAID, expression=product),
        *(Aggregation(How.COUNT, None, (condition,)) for condition in _CONDITIONS),
    ]
    for at, side in enumerate(sides):
        yield MeasurePlan("", list(Grain)[at % len(Grain)], 1, side, split_by="store" if at % 3 == 2 else None)
        yield MeasurePlan("", Grain.MONTH, 1, side, split_by=("paid", None, "units")[at % 3])
    revenue, buyers = Aggregation(How.SUM, "amount", _PAID), Aggregation(How.DISTINCT, "customer")
    for grain in Grain:
        yield MeasurePlan("", grain, 1, revenue, buyers)
        yield MeasurePlan("", grain, 1, revenue, _COUNT, first=_WINTER[0], last=_WINTER[1])
    yield MeasurePlan("", Grain.MONTH, 3, revenue, buyers, split_by="store", first=_WINTER[0], last=_WINTER[1])
    yield MeasurePlan("", Grain.WEEK, 4, buyers, first=_WINTER[0], last=_WINTER[1])
    yield MeasurePlan("", Grain.MONTH, 1, revenue, buyers, first=_WINTER[0], to_date=Grain.YEAR)


def _entities() -> Iterator[Plan]:
    often, much = Threshold(_COUNT, Op.GE, 2), Threshold(Aggregation(How.SUM, "amount"), Op.GT, Decimal("10.00"))
    for grain in Grain:
        yield EntityPlan("", grain, "customer", (often, much))
    for how, value in ((How.AVG, Decimal("100.5")), (How.MIN, 10), (How.MAX, 10)):
        yield EntityPlan("", Grain.MONTH, "customer", (Threshold(Aggregation(how, "amount"), Op.LE, value),), Base())
    yield EntityPlan("", Grain.MONTH, "customer", (Threshold(_COUNT, Op.EQ, 0),), Base(_PAID), split_by="store")
    yield EntityPlan("", Grain.WEEK, "customer", (often,), trailing=4, first=_WINTER[0], last=_WINTER[1])
    stores = Threshold(Aggregation(How.DISTINCT, "store"), Op.NE, 1)
    yield EntityPlan("", Grain.QUARTER, "customer", (stores, often), Base(_POSITIVE), split_by="paid")
    there = Base((Condition("plan", Op.NE, ("basic",)),), "people", "joined", "left_on")
    yield EntityPlan("", Grain.MONTH, "customer", (often,), there, first=_WINTER[0])
    joined = Threshold(_COUNT, Op.GE, 1, "people")
    yield EntityPlan("", Grain.QUARTER, "customer", (often, joined))


def _histories() -> Iterator[Plan]:
    for grain in Grain:
        yield LifecyclePlan("", grain, "customer")
        yield RecurringPlan("", grain, "customer", "amount")
        yield RetentionPlan("", grain, "customer", 4)
    yield LifecyclePlan("", Grain.MONTH, "customer", _PAID, known_since=date(2019, 12, 1), split_by="store")
    yield LifecyclePlan("", Grain.MONTH, "customer", first=date(2020, 6, 1), last=date(2020, 9, 30))
    yield RecurringPlan("", Grain.MONTH, "customer", "units", _POSITIVE, split_by="paid")
    for variant in Variant:
        for cohort in Cohort:
            yield RetentionPlan("", Grain.MONTH, "customer", 6, (), variant, cohort, split_by="store")
            yield RetentionPlan("", Grain.WEEK, "customer", 9, _PAID, variant, cohort, minimum=2)


def _repeats() -> Iterator[Plan]:
    for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER):
        yield RepeatPlan("", grain, "customer", 30)
        yield RepeatPlan("", grain, "customer", 7, _PAID, "moment", split_by="store")
        yield RepeatPlan("", grain, "customer", 1, (), "moment", ties=True)


def _funnels() -> Iterator[Plan]:
    steps = (FunnelStep(moment="moment"), FunnelStep(_PAID, moment="moment"), FunnelStep(_POSITIVE, moment="moment"))
    for order in Order:
        yield FunnelPlan("", Grain.MONTH, "customer", steps, 30, order)
        yield FunnelPlan("", Grain.QUARTER, "customer", (FunnelStep(), FunnelStep(_PAID)), 7, order, ties=True)
    yield FunnelPlan("", Grain.WEEK, "customer", steps[:2], 14, split_by="store", first=_WINTER[0], last=_WINTER[1])
    yield FunnelPlan("", Grain.MONTH, "customer", (FunnelStep(_PAID), FunnelStep((), "people")), 90)


def _stocks() -> Iterator[Plan]:
    for at in At:
        yield StockPlan("", Grain.MONTH, ("customer", "store"), "amount", at, 20, first=_WINTER[0], last=_WINTER[1])
        yield StockPlan("", Grain.QUARTER, ("customer",), "units", at, 3, _PAID, split_by="store")


def _money() -> Iterator[Plan]:
    """Conversions with rates that are soon too old, and with none."""
    prices = Aggregation(How.SUM, "price")
    soon = Conversion(("price",), "currency", "CNY", "rates", "currency", "rate", days=2)
    for money in (replace(soon, days=31), soon, Conversion(("price",), "currency", "CNY")):
        yield MeasurePlan("", Grain.MONTH, 1, prices, _COUNT, split_by="currency", money=(money,))
        yield MeasurePlan("", Grain.WEEK, 4, Aggregation(How.AVG, "price"), first=_WINTER[0], money=(money,))
        each = Aggregation(How.MAX, "price", (Condition("price", Op.GT, (Decimal(1),)),))
        yield MeasurePlan("", Grain.MONTH, 1, each, Aggregation(How.COUNT, "price", _PAID), money=(money,))
        yield MeasurePlan("", Grain.QUARTER, 1, Aggregation(How.MIN, "price", _PAID), prices, money=(money,))
        much = Threshold(prices, Op.GT, Decimal("1234.5"))
        yield EntityPlan("", Grain.MONTH, "customer", (much,), money=(money,))
        yield RecurringPlan("", Grain.QUARTER, "customer", "price", _PAID, money=(money,))
        yield StockPlan("", Grain.MONTH, ("customer",), "price", At.CLOSING, 20, money=(money,))


def _attributes() -> Iterator[Plan]:
    """Every family by members that another data set says."""
    often, revenue = Threshold(_COUNT, Op.GE, 2), Aggregation(How.SUM, "amount", _PAID)
    for as_of in AsOf:
        city = Attribute("moves", "city", "customer", "who", as_of, "since")
        floor = Attribute("moves", "floor", "customer", "who", as_of)
        yield MeasurePlan("", Grain.MONTH, 1, revenue, Aggregation(How.DISTINCT, "customer"), attribute=city)
        yield MeasurePlan("", Grain.WEEK, 4, revenue, first=_WINTER[0], last=_WINTER[1], attribute=floor)
        yield EntityPlan("", Grain.QUARTER, "customer", (often,), Base(), attribute=floor)
        yield LifecyclePlan("", Grain.MONTH, "customer", attribute=city)
        yield RetentionPlan("", Grain.QUARTER, "customer", 3, attribute=floor)
        yield RecurringPlan("", Grain.MONTH, "customer", "amount", attribute=floor)
        yield RepeatPlan("", Grain.MONTH, "customer", 30, attribute=city)
        yield FunnelPlan("", Grain.MONTH, "customer", (FunnelStep(), FunnelStep(_PAID)), 7, ties=True, attribute=floor)
        yield StockPlan("", Grain.QUARTER, ("customer",), "units", At.OPENING, 40, attribute=city)
    there = Base((), "people", "joined", "left_on")
    moved = Attribute("moves", "city", "customer", "who", AsOf.PERIOD_END)
    yield EntityPlan("", Grain.MONTH, "customer", (often,), there, first=_WINTER[0], last=_WINTER[1], attribute=moved)

"""From definitions to the engine's plans: which data set each is asked of, and which of its series is the figure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from apps import engine
from apps.kernel.period import Grain
from apps.metrics.domain import expression, formula
from apps.metrics.domain.definition import (
    Activity,
    AggregateDefinition,
    Aggregation,
    ConversionDefinition,
    CumulativeDefinition,
    Definition,
    EntityCountDefinition,
    EntityDimension,
    EntityShareDefinition,
    Filter,
    FunnelDefinition,
    LifecycleDefinition,
    NpsDefinition,
    RatioDefinition,
    RecurringDefinition,
    RepeatDefinition,
    RetentionDefinition,
    Step,
    StockDefinition,
    split_from,
    steps_of,
    tables_of,
    trailing_of,
)
from apps.metrics.domain.fields import typed
from apps.metrics.domain.kinds import DayRule, day_rule
from apps.metrics.services.sources import Source

Types = Mapping[str, Mapping[str, str]]
"""Column types by data set key and column key."""


@dataclass(frozen=True)
class Shape:
    """What all plans of a metric at one grain and dimension have in common."""

    grain: Grain
    split_by: str | None
    first: date
    last: date
    attribute: engine.Attribute | None = None

    def rows(self) -> engine.MeasurePlan:
        """How many rows each period and member has."""
        return engine.MeasurePlan(id="", trailing=1, numerator=engine.Aggregation(engine.How.COUNT), **self.parts())

    def parts(self) -> dict[str, Any]:
        return {"grain": self.grain, "split_by": self.split_by, "first": self.first, "last": self.last,
                "attribute": self.attribute}  # fmt: skip


def attribute_of(dimension: EntityDimension, file: Source) -> engine.Attribute:
    """A dimension of a file of entities in the engine's terms. A file that keeps one row of each knows no history."""
    as_of = engine.AsOf.LATEST if file.row_key == (dimension.on,) else engine.AsOf(dimension.as_of)
    return engine.Attribute(file.key, dimension.column, dimension.named_by, dimension.on, as_of, file.moment)


def conditions(filters: tuple[Filter, ...], types: Mapping[str, str]) -> tuple[engine.Condition, ...]:
    """Conditions in the engine's terms, their values typed."""
    return tuple(
        engine.Condition(
            condition.column,
            engine.Op(condition.op),
            tuple(typed(value, types[condition.column]) for value in condition.values),
        )
        for condition in filters
    )


def aggregation(measure: Aggregation, types: Mapping[str, str]) -> engine.Aggregation:
    """A part of a definition in the engine's terms."""
    arithmetic = None if measure.expression is None else _arithmetic(expression.parse(measure.expression))
    where = conditions(measure.filters, types)
    return engine.Aggregation(engine.How(measure.how), measure.column, where, measure.share, arithmetic)


def _arithmetic(node: formula.Node) -> engine.Cell | engine.Number | engine.Arithmetic:
    """An expression over columns in the engine's terms, from left to right."""
    if isinstance(node, formula.Name):
        return engine.Cell(node.key)
    if isinstance(node, formula.Number):
        return engine.Number(_plain(node.value))
    if isinstance(node, formula.Negative):
        return engine.Arithmetic(engine.Sign.TIMES, engine.Number(-1), _arithmetic(node.operand))
    assert isinstance(node, formula.Sum | formula.Product)  # noqa: S101 - the parser lets nothing else through
    first, *more = node.terms if isinstance(node, formula.Sum) else node.factors
    whole = _arithmetic(first.node)
    for part in more:
        whole = engine.Arithmetic(engine.Sign(part.sign), whole, _arithmetic(part.node))
    return whole


def series_of(definition: Definition) -> str:
    """Which series of its plan is the metric's own figure."""
    if isinstance(definition, LifecycleDefinition | RecurringDefinition):
        return definition.figure
    return str(definition.interval) if isinstance(definition, RetentionDefinition) else ""


def plans_of(definition: Definition, shape: Shape, types: Types) -> Iterator[tuple[str, Any]]:
    """The plans of a definition, each with the key of the data set it is asked of: two for a ratio of two data sets."""
    builder = _BUILDERS[type(definition)]
    yield from builder(definition, shape, types)


def _aggregate(definition: AggregateDefinition | CumulativeDefinition, shape: Shape, types: Types) -> Iterator[Any]:
    measure = definition.measure
    window: dict[str, Any] = {"trailing": trailing_of(definition)}
    if isinstance(definition, CumulativeDefinition) and definition.to_date is not None:
        window["to_date"] = definition.to_date
    numerator = aggregation(measure, types[measure.dataset])
    yield measure.dataset, engine.MeasurePlan(id="", numerator=numerator, **window, **shape.parts())


def _ratio(definition: RatioDefinition, shape: Shape, types: Types) -> Iterator[Any]:
    above, below = definition.numerator, definition.denominator
    sides = [aggregation(side, types[side.dataset]) for side in (above, below)]
    common = {"id": "", "trailing": definition.trailing, **shape.parts()}
    if above.dataset == below.dataset:
        yield above.dataset, engine.MeasurePlan(numerator=sides[0], denominator=sides[1], **common)
        return
    yield above.dataset, engine.MeasurePlan(numerator=sides[0], **common)
    yield below.dataset, engine.MeasurePlan(numerator=sides[1], **common)


def _entities(
    definition: EntityCountDefinition | EntityShareDefinition, shape: Shape, types: Types
) -> Iterator[tuple[str, Any]]:
    main = definition.conditions[0].measure.dataset
    thresholds = tuple(
        engine.Threshold(
            aggregation(condition.measure, types[condition.measure.dataset]),
            engine.Op(condition.op),
            _plain(condition.value),
            table="" if condition.measure.dataset == main else condition.measure.dataset,
        )
        for condition in definition.conditions
    )
    base = None
    if isinstance(definition, EntityShareDefinition):
        own, where = definition.base, conditions(definition.base.filters, types[definition.base.dataset])
        base = engine.Base(where)
        if own.started is not None:
            base = engine.Base(where, table=own.dataset, started=own.started, ended=own.ended or "")
    yield (
        main,
        engine.EntityPlan(
            id="",
            entity=definition.entity,
            conditions=thresholds,
            base=base,
            trailing=definition.trailing,
            **shape.parts(),
        ),
    )


def _plain(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value


def _of_activity(activity: Activity, types: Types) -> dict[str, Any]:
    return {"id": "", "entity": activity.entity, "where": conditions(activity.filters, types[activity.dataset])}


def _lifecycle(definition: LifecycleDefinition, shape: Shape, types: Types) -> Iterator[tuple[str, Any]]:
    plan = engine.LifecyclePlan(
        known_since=definition.known_since, **_of_activity(definition.activity, types), **shape.parts()
    )
    yield definition.activity.dataset, plan


def _retention(definition: RetentionDefinition, shape: Shape, types: Types) -> Iterator[tuple[str, Any]]:
    plan = engine.RetentionPlan(
        intervals=definition.intervals,
        variant=engine.Variant(definition.variant),
        cohort=engine.Cohort(definition.cohort),
        minimum=definition.minimum,
        **_of_activity(definition.activity, types),
        **shape.parts(),
    )
    yield definition.activity.dataset, plan


def _recurring(definition: RecurringDefinition, shape: Shape, types: Types) -> Iterator[tuple[str, Any]]:
    where = conditions(definition.filters, types[definition.dataset])
    plan = engine.RecurringPlan(id="", entity=definition.entity, column=definition.column, where=where, **shape.parts())
    yield definition.dataset, plan


def _repeat(definition: RepeatDefinition, shape: Shape, types: Types) -> Iterator[tuple[str, Any]]:
    plan = engine.RepeatPlan(
        within_days=definition.within_days,
        moment=definition.moment,
        **_of_activity(definition.activity, types),
        **shape.parts(),
    )
    yield definition.activity.dataset, plan


def _way(definition: ConversionDefinition | FunnelDefinition, shape: Shape, types: Types) -> Iterator[tuple[str, Any]]:
    steps = tuple(step for _, step in steps_of(definition))
    plan = engine.FunnelPlan(
        id="",
        entity=steps[0].entity,
        steps=tuple(_step(step, steps[0], types) for step in steps),
        within_days=definition.within_days,
        order=engine.Order(definition.order),
        ties=day_rule(steps) == DayRule.SAME_DAY,
        **shape.parts(),
    )
    yield steps[0].dataset, plan


def _step(step: Step, first: Step, types: Types) -> engine.FunnelStep:
    """A step in the engine's terms; what it has in common with the first one is not named again."""
    table = "" if step.dataset == first.dataset else step.dataset
    entity = "" if step.entity == first.entity else step.entity
    return engine.FunnelStep(conditions(step.filters, types[step.dataset]), table, entity, step.moment)


def without_tables(plan: Any, empty: Collection[str]) -> Any:
    """The plan of a funnel with the steps of `empty` data sets never done: the engine refuses one without files."""
    if not isinstance(plan, engine.FunnelPlan) or not any(step.table in empty for step in plan.steps[1:]):
        return plan
    never = engine.FunnelStep((engine.Condition(plan.entity, engine.Op.IS_NULL),))
    return replace(plan, steps=tuple(never if step.table in empty else step for step in plan.steps))


def _stock(definition: StockDefinition, shape: Shape, types: Types) -> Iterator[tuple[str, Any]]:
    plan = engine.StockPlan(
        id="",
        entity=definition.entity,
        column=definition.column,
        at=engine.At(definition.at),
        carry_days=definition.carry_days,
        where=conditions(definition.filters, types[definition.dataset]),
        **shape.parts(),
    )
    yield definition.dataset, plan


def _nps(definition: NpsDefinition, shape: Shape, types: Types) -> Iterator[tuple[str, Any]]:
    where = conditions(definition.filters, types[definition.dataset])
    numerator = engine.Aggregation(engine.How.NPS, definition.column, where)
    plan = engine.MeasurePlan(id="", trailing=definition.trailing, numerator=numerator, **shape.parts())
    yield definition.dataset, plan


_BUILDERS: dict[type, Callable[..., Iterator[tuple[str, Any]]]] = {
    AggregateDefinition: _aggregate,
    CumulativeDefinition: _aggregate,
    RatioDefinition: _ratio,
    EntityCountDefinition: _entities,
    EntityShareDefinition: _entities,
    LifecycleDefinition: _lifecycle,
    RetentionDefinition: _retention,
    RecurringDefinition: _recurring,
    NpsDefinition: _nps,
    RepeatDefinition: _repeat,
    StockDefinition: _stock,
    ConversionDefinition: _way,
    FunnelDefinition: _way,
}


def facts_of(definition: Definition) -> tuple[str, ...]:
    """The data sets whose rows say which members are alive in a period."""
    tables = tables_of(definition)
    return tuple(key for key in split_from(definition) if key not in tables)

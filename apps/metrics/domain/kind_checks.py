"""Do the kinds that follow entities fit the data sets they read?"""

from __future__ import annotations

from collections.abc import Iterator

from apps.kernel.issue import N_, Issue
from apps.metrics.domain.definition import (
    Activity,
    ConversionDefinition,
    Definition,
    EntityCountDefinition,
    EntityDimension,
    EntityShareDefinition,
    FunnelDefinition,
    LifecycleDefinition,
    NpsDefinition,
    RecurringDefinition,
    RepeatDefinition,
    RetentionDefinition,
    Step,
    StockDefinition,
    rows_from,
    split_from,
    steps_of,
)
from apps.metrics.domain.fields import (
    DAY_TYPES,
    MOMENT_TYPES,
    NUMBER_TYPES,
    Known,
    KnownColumn,
    KnownDataset,
    column_issues,
    dataset_of,
    filters_issues,
    no_column,
)
from apps.metrics.domain.parts import BUILT_IN_DIMENSIONS


def issues(definition: Definition, known: Known) -> Iterator[Issue]:
    """Everything that does not fit, each at the path of its field."""
    if isinstance(definition, EntityCountDefinition | EntityShareDefinition):
        yield from _entity_issues(definition, known)
    if isinstance(definition, LifecycleDefinition | RetentionDefinition | RepeatDefinition):
        yield from _activity_issues("activity", definition.activity, known)
    if isinstance(definition, RepeatDefinition) and definition.moment is not None:
        dataset = known.datasets.get(definition.activity.dataset)
        if dataset is not None:
            yield from column_issues("moment", definition.moment, dataset, MOMENT_TYPES)
    if isinstance(definition, ConversionDefinition | FunnelDefinition):
        for where, step in steps_of(definition):
            yield from _step_issues(where, step, known)
        yield from _other_entities(definition, known)
    if isinstance(definition, StockDefinition | RecurringDefinition | NpsDefinition):
        yield from _column_kind_issues(definition, known)
    for index, dimension in enumerate(definition.entity_dimensions):
        yield from _entity_dimension_issues(f"entity_dimensions.{index}", dimension, definition, known)


def _entity_issues(definition: EntityCountDefinition | EntityShareDefinition, known: Known) -> Iterator[Issue]:
    named = dict.fromkeys(condition.measure.dataset for condition in definition.conditions)
    if isinstance(definition, EntityShareDefinition):
        named.setdefault(definition.base.dataset)
    for key in named:
        dataset = known.datasets.get(key)
        if dataset is not None:
            yield from column_issues("entity", definition.entity, dataset)
    if not isinstance(definition, EntityShareDefinition):
        return
    dataset_or_issue = dataset_of("base", definition.base.dataset, known)
    if isinstance(dataset_or_issue, Issue):
        yield dataset_or_issue
        return
    if definition.base.started is None and definition.base.dataset != definition.conditions[0].measure.dataset:
        message = N_("Say in which column of %(dataset)s it started, or take the data set of the first condition.")
        yield Issue("base.started", message, {"dataset": dataset_or_issue.name})
    yield from filters_issues("base", definition.base.filters, dataset_or_issue)
    for name, column in (("started", definition.base.started), ("ended", definition.base.ended)):
        if column is not None:
            yield from column_issues(f"base.{name}", column, dataset_or_issue, DAY_TYPES)


def _activity_issues(where: str, activity: Activity, known: Known) -> Iterator[Issue]:
    dataset = dataset_of(where, activity.dataset, known)
    if isinstance(dataset, Issue):
        yield dataset
        return
    yield from column_issues(f"{where}.entity", activity.entity, dataset)
    yield from filters_issues(where, activity.filters, dataset)


def _step_issues(where: str, step: Step, known: Known) -> Iterator[Issue]:
    dataset = dataset_of(where, step.dataset, known)
    if isinstance(dataset, Issue):
        yield dataset
        return
    yield from column_issues(f"{where}.entity", step.entity, dataset)
    if step.moment is not None:
        yield from column_issues(f"{where}.moment", step.moment, dataset, MOMENT_TYPES)
    yield from filters_issues(where, step.filters, dataset)


def _other_entities(definition: Definition, known: Known) -> Iterator[Issue]:
    """Steps whose entities are of another type than those of the first step: nobody would ever be found again."""
    (_, first), *later = steps_of(definition)
    wanted = _entity_column(first, known)
    for where, step in later:
        column = _entity_column(step, known)
        if wanted is not None and column is not None and column.type != wanted.type:
            message = N_("“%(column)s” is of another type than “%(other)s” of the first step: they never are the same.")
            yield Issue(
                f"{where}.entity", message, {"column": column.label or column.key, "other": wanted.label or wanted.key}
            )


def _entity_column(step: Step, known: Known) -> KnownColumn | None:
    dataset = known.datasets.get(step.dataset)
    return dataset.columns.get(step.entity) if dataset else None


def _column_kind_issues(
    definition: StockDefinition | RecurringDefinition | NpsDefinition, known: Known
) -> Iterator[Issue]:
    dataset = dataset_of("", definition.dataset, known)
    if isinstance(dataset, Issue):
        yield dataset
        return
    if isinstance(definition, StockDefinition):
        for index, column in enumerate(definition.entity):
            yield from column_issues(f"entity.{index}", column, dataset)
    elif isinstance(definition, RecurringDefinition):
        yield from column_issues("entity", definition.entity, dataset)
    yield from column_issues("column", definition.column, dataset, NUMBER_TYPES)
    yield from filters_issues("", definition.filters, dataset)


def _entity_dimension_issues(
    where: str, dimension: EntityDimension, definition: Definition, known: Known
) -> Iterator[Issue]:
    if not rows_from(definition):
        message = N_("It has no rows of its own. Name the dimension among its dimensions, as its metrics have it.")
        yield Issue(where, message)
        return
    if dimension.column in BUILT_IN_DIMENSIONS:
        message = N_("“%(column)s” is the name of a built-in dimension. Rename the column in the data set.")
        yield Issue(f"{where}.column", message, {"column": dimension.column})
    dataset = dataset_of(where, dimension.dataset, known)
    if isinstance(dataset, Issue):
        yield dataset
        return
    yield from column_issues(f"{where}.column", dimension.column, dataset)
    yield from column_issues(f"{where}.on", dimension.on, dataset)
    for key in split_from(definition):
        if key in known.datasets:
            yield from _named_by_issues(where, dimension, known.datasets[key], dataset)
    of_file = isinstance(definition, EntityShareDefinition) and definition.base.started is not None
    if of_file and dimension.as_of == "event" and not dataset.keeps_one_row(dimension.on):
        message = N_("All customers of a file are counted, also those without a row: choose the end of the period.")
        yield Issue(f"{where}.as_of", message)


def _named_by_issues(where: str, dimension: EntityDimension, rows: KnownDataset, file: KnownDataset) -> Iterator[Issue]:
    """Whether the rows know whom to look up, by the same type of name as the file."""
    at = f"{where}.entity" if dimension.entity else f"{where}.on"
    named, on = rows.columns.get(dimension.named_by), file.columns.get(dimension.on)
    if named is None:
        yield no_column(at, dimension.named_by, rows)
    elif on is not None and named.type != on.type:
        message = N_("“%(column)s” is of another type than “%(other)s” of %(dataset)s: nobody would be found.")
        filled = {"column": named.label or named.key, "other": on.label or on.key, "dataset": file.name}
        yield Issue(at, message, filled)

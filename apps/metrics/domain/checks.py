"""Does a definition fit what there is: the data sets, their columns and types, the other metrics?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from apps.kernel.issue import N_, Issue
from apps.metrics.domain import formula, formula_checks, graph, kind_checks
from apps.metrics.domain.definition import (
    Definition,
    FormulaDefinition,
    ScoreDefinition,
    is_derived,
    measures_of,
    split_from,
)
from apps.metrics.domain.fields import (
    SPLIT_ROLES,
    Known,
    KnownColumn,
    KnownDataset,
    Scalar,
    listed,
    measure_issues,
    typed,
)
from apps.metrics.domain.parts import BUILT_IN_DIMENSIONS
from apps.metrics.domain.score_checks import weight_issues
from apps.metrics.domain.score_time import read_by
from apps.metrics.domain.scoring import metrics_of

__all__ = [
    "Known",
    "KnownColumn",
    "KnownDataset",
    "Scalar",
    "inputs_of",
    "issues",
    "listed",
    "typed",
]


def inputs_of(definition: Definition) -> tuple[str, ...]:
    """Keys of the metrics a formula or score reads; none for other kinds, or where it cannot be read."""
    if isinstance(definition, ScoreDefinition):
        return read_by(definition)
    if not isinstance(definition, FormulaDefinition):
        return ()
    try:
        return formula.names(formula.parse(definition.expression))
    except formula.FormulaError:
        return ()


def issues(definition: Definition, known: Known) -> list[Issue]:
    """Everything in `definition` that does not fit `known`, each at the path of its field; empty if it can be used."""
    found = [issue for where, measure in measures_of(definition) for issue in measure_issues(where, measure, known)]
    found += kind_checks.issues(definition, known)
    found += _dimension_issues(definition, known)
    if isinstance(definition, FormulaDefinition):
        found += _formula_issues(definition, known)
    if isinstance(definition, ScoreDefinition):
        found += _score_issues(definition, known)
    found += _user_issues(definition, known)
    found += _unit_issues(definition, known)
    return found


def _dimension_issues(definition: Definition, known: Known) -> Iterator[Issue]:
    read = [known.datasets[key] for key in split_from(definition) if key in known.datasets]
    for index, dimension in enumerate(definition.dimensions):
        if dimension in BUILT_IN_DIMENSIONS and not is_derived(definition):
            message = N_("“%(column)s” is the name of a built-in dimension. Rename the column in the data set.")
            yield Issue(f"dimensions.{index}", message, {"column": dimension})
            continue
        for dataset in read:
            column = dataset.columns.get(dimension)
            if column is None or column.role not in SPLIT_ROLES:
                message = N_("“%(column)s” is no dimension of %(dataset)s. Its dimensions: %(columns)s.")
                columns = [key for key, c in dataset.columns.items() if c.role in SPLIT_ROLES]
                filled = {"column": dimension, "dataset": dataset.name, "columns": listed(columns)}
                yield Issue(f"dimensions.{index}", message, filled)


def _formula_issues(definition: FormulaDefinition, known: Known) -> Iterator[Issue]:
    yield from formula_checks.issues(definition, known)
    read = inputs_of(definition)
    if definition.key not in read:
        yield from _cycle_issues(definition, known)
    for key in read:
        if key in known.metrics and key != definition.key:
            yield from _input_issues(definition, key, known.metrics[key])
    yield from _meaning_issues(definition, known, [key for key in read if key != definition.key])


def _cycle_issues(definition: Definition, known: Known) -> Iterator[Issue]:
    cycle = graph.find_cycle({definition.key: inputs_of(definition), **_others(definition, known)})
    if cycle and definition.key in cycle:
        at = cycle.index(definition.key)
        around = (*cycle[at:-1], *cycle[:at], definition.key)
        message = N_("The formula would need its own result: %(path)s.")
        where = "expression" if isinstance(definition, FormulaDefinition) else "groups"
        yield Issue(where, message, {"path": " → ".join(around)})


def _others(definition: Definition, known: Known) -> dict[str, tuple[str, ...]]:
    return {key: inputs_of(other) for key, other in known.metrics.items() if key != definition.key}


def _score_issues(definition: ScoreDefinition, known: Known) -> Iterator[Issue]:
    named = [
        (f"groups.{at}.parts.{index}.metric", part.metric)
        for at, group in enumerate(definition.groups)
        for index, part in enumerate(group.parts)
    ]
    named += [(f"caps.{index}.metric", cap.metric) for index, cap in enumerate(definition.caps)]
    for where, key in named:
        if key not in known.metrics and key != definition.key:
            message = N_("There is no metric “%(key)s”. There are: %(metrics)s.")
            others = [other for other in known.metrics if other != definition.key]
            yield Issue(where, message, {"key": key, "metrics": listed(others)})
    yield from weight_issues(definition)
    yield from _cycle_issues(definition, known)
    for key in metrics_of(definition):
        if key in known.metrics and key != definition.key:
            yield from _input_issues(definition, key, known.metrics[key])


def _input_issues(definition: Definition, key: str, used: Definition) -> Iterator[Issue]:
    for index, grain in enumerate(definition.grains):
        if grain not in used.grains:
            message = N_("“%(key)s” has no values by %(grain)s, only by %(grains)s.")
            yield Issue(f"grains.{index}", message, {"key": key, "grain": grain.value, "grains": listed(used.grains)})
    for index, dimension in enumerate(definition.dimensions):
        if dimension not in used.split_names:
            message = N_("“%(key)s” is not split by “%(dimension)s”, only by: %(dimensions)s.")
            filled = {"key": key, "dimension": dimension, "dimensions": listed(used.split_names)}
            yield Issue(f"dimensions.{index}", message, filled)


def _meaning_issues(definition: Definition, known: Known, read: Iterable[str]) -> Iterator[Issue]:
    """A name of a dimension may be a column of the rows of one metric and of a customer file for another."""
    for index, dimension in enumerate(definition.dimensions):
        meanings: dict[tuple[str, ...], str] = {}
        for key in read:
            used = known.metrics.get(key)
            if used is not None and dimension in used.split_names:
                meanings.setdefault(_meaning(used, dimension, known), key)
        if len(meanings) > 1:
            message = N_("“%(dimension)s” does not mean the same in %(metrics)s: rows, file and date have to be alike.")
            filled = {"dimension": dimension, "metrics": listed(f"“{key}”" for key in meanings.values())}
            yield Issue(f"dimensions.{index}", message, filled)


def _meaning(used: Definition, name: str, known: Known) -> tuple[str, ...]:
    """Where a metric has its members from: nothing for its rows; one that is calculated has them from others."""
    for key in inputs_of(used):
        if key in known.metrics and name in known.metrics[key].split_names:
            return _meaning(known.metrics[key], name, known)
    told = used.entity_dimension(name)
    return (told.dataset, told.as_of) if told is not None else ()


def _user_issues(definition: Definition, known: Known) -> Iterator[Issue]:
    """Formulas that use this metric must find in its new version what they need."""
    for key, user in known.metrics.items():
        if key == definition.key or definition.key not in inputs_of(user):
            continue
        lost = [grain.value for grain in user.grains if grain not in definition.grains]
        if lost:
            message = N_("The formula of “%(user)s” needs its values by %(grains)s. Change that metric first.")
            yield Issue("grains", message, {"user": key, "grains": listed(lost)})
        split = [dimension for dimension in user.dimensions if dimension not in definition.split_names]
        if split:
            message = N_("The formula of “%(user)s” needs it split by %(dimensions)s. Change that metric first.")
            yield Issue("dimensions", message, {"user": key, "dimensions": listed(split)})


def _unit_issues(definition: Definition, known: Known) -> Iterator[Issue]:
    """Formulas above this metric that would add unlike units once it is what it is to be."""
    before = known.metrics.get(definition.key)
    if before is None or before == definition:
        return
    after = replace(known, metrics={**known.metrics, definition.key: definition})
    edges = {key: inputs_of(other) for key, other in known.metrics.items()}
    for key in sorted(graph.users_of([definition.key], edges) - {definition.key}):
        user = known.metrics[key]
        if not isinstance(user, FormulaDefinition) or formula_checks.clash_of(user, known) is not None:
            continue
        clash = formula_checks.clash_of(user, after)
        if clash is not None:
            message = N_(
                "The formula of “%(user)s” would then put “%(one)s” in %(unit)s beside “%(other)s” in %(other_unit)s. "
                "Change that metric first."
            )
            yield Issue("unit.kind", message, {name: clash[name] for name in _CLASH} | {"user": key})


_CLASH = ("one", "unit", "other", "other_unit")

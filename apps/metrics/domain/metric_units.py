"""The unit of a metric, from its definition: what it counts, whether it is money, over what it is divided."""

from __future__ import annotations

import re
from collections.abc import Mapping

from apps.metrics.domain import formula
from apps.metrics.domain.definition import (
    AggregateDefinition,
    Aggregation,
    CumulativeDefinition,
    Definition,
    EntityCountDefinition,
    FormulaDefinition,
    LifecycleDefinition,
    ManualDefinition,
    RatioDefinition,
    RecurringDefinition,
    StockDefinition,
)
from apps.metrics.domain.units import CURRENCY, MONEY, PURE, Units, counting, derive

_SHARES = ("percent", "score")
_SOME_MONEY = Units(((CURRENCY, 1),), whole=False)
_WORD = re.compile(r"[^\W\d_]+")


class UnitsOfMetrics:
    """Units of the metrics of a company, by key; formulas from those below them. None: not known.

    `definitions` must not go round in a circle; where they do, what closes it is not known.
    """

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions
        self._found: dict[str, Units | None] = {}

    def of(self, key: str) -> Units | None:
        """The unit of one metric; None also where there is no such metric."""
        waiting = [key]
        while waiting:
            below = [used for used in self._below(waiting[-1]) if used not in self._found and used not in waiting]
            if below:
                waiting += below
            else:
                at = waiting.pop()
                self._found[at] = self._of(at)
        return self._found[key]

    def _below(self, key: str) -> tuple[str, ...]:
        tree = self._tree(key)
        return () if tree is None else formula.names(tree)

    def _tree(self, key: str) -> formula.Node | None:
        definition = self._definitions.get(key)
        if not isinstance(definition, FormulaDefinition) or definition.unit.kind in _SHARES:
            return None
        try:
            return formula.parse(definition.expression)
        except formula.FormulaError:
            return None

    def _of(self, key: str) -> Units | None:
        definition = self._definitions.get(key)
        if definition is None:
            return None
        tree = self._tree(key)
        if tree is None:
            return of_source(definition)
        derived = derive(tree, self._found.get).units
        return derived or (_SOME_MONEY if definition.unit.kind == "currency" else None)


def of_source(definition: Definition) -> Units | None:
    """The unit of a metric that is no formula; None where it cannot be known."""
    if definition.unit.kind in _SHARES:
        return PURE
    if isinstance(definition, FormulaDefinition):
        return None
    if isinstance(definition, AggregateDefinition | CumulativeDefinition):
        return _of_measure(definition.measure, definition)
    if isinstance(definition, RatioDefinition):
        return _of_ratio(definition)
    if isinstance(definition, EntityCountDefinition):
        return counting(definition.entity)
    if isinstance(definition, LifecycleDefinition):
        return counting(definition.activity.entity)
    if isinstance(definition, RecurringDefinition):
        return PURE if definition.figure in ("nrr", "grr") else _of_level(definition, definition.column)
    if isinstance(definition, StockDefinition):
        return _of_level(definition, definition.column)
    return _declared(definition) if isinstance(definition, ManualDefinition) else PURE


def _of_measure(measure: Aggregation, definition: Definition) -> Units | None:
    if measure.how == "count":
        return counting(measure.dataset)
    if measure.how == "distinct":
        return counting(measure.column or measure.dataset)
    if measure.how == "sum":
        return _of_level(definition, measure.column)
    found = _of_level(definition, measure.column)
    return None if found is None else Units(found.powers, whole=False)


def _of_level(definition: Definition, column: str | None) -> Units | None:
    """An amount of something that a column holds: of what, only the chosen unit says."""
    if definition.unit.kind == "currency":
        return MONEY
    return counting(column or definition.key) if definition.unit.kind == "count" else None


def _of_ratio(definition: RatioDefinition) -> Units | None:
    over, under = (_of_side(side) for side in (definition.numerator, definition.denominator))
    if definition.unit.kind == "currency":
        sure = definition.numerator.how == "sum" and under is not None
        return MONEY.times(under, -1) if sure and under is not None else _SOME_MONEY
    return None if over is None or under is None else over.times(under, -1)


def _of_side(side: Aggregation) -> Units | None:
    if side.how == "count":
        return counting(side.dataset)
    return counting(side.column) if side.how == "distinct" and side.column else None


def _declared(definition: Definition) -> Units | None:
    """What only the chosen unit says, and the word behind the figure. Money may be money per something."""
    if definition.unit.kind == "currency":
        return _SOME_MONEY
    if definition.unit.kind != "count":
        return None
    suffix = definition.unit.suffix
    word = (suffix.en or suffix.zh).strip() if suffix else ""
    return counting(word if _WORD.fullmatch(word) else definition.key)

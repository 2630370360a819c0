"""Formulas over a sheet of values: cell by cell, from exact inputs, missing ones named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from apps.kernel.issue import N_
from apps.kernel.period import Calendar, Grain
from apps.metrics.domain import formula, graph, values
from apps.metrics.domain.arithmetic import TOO_LARGE, Outcome, evaluate, fits, rounded
from apps.metrics.domain.checks import inputs_of
from apps.metrics.domain.definition import ADDITIVE_HOWS, AggregateDefinition, Definition, FormulaDefinition
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.values import Cell

INPUT_MISSING = N_("No value for: %(names)s.")
INPUT_NOT_FINAL = N_("Not final yet: %(names)s.")


class Place(NamedTuple):
    """Where a cell stands: a period by its grain and first day, and a member of a dimension; both empty: the total."""

    grain: str
    start: date
    dimension: str = ""
    member: str = ""

    @property
    def total(self) -> Place:
        return Place(self.grain, self.start)


class Entry(NamedTuple):
    """A value before rounding, None where there is none, and its state."""

    exact: Fraction | None
    state: str


_NOTHING = Entry(None, values.NO_DATA)


@dataclass
class Sheet:
    """Values of metrics that are read or typed, and the formulas above them.

    `entries` holds the former by metric key; `names` says how metrics are called in reasons. Formulas are evaluated
    from exact values down to the entries, so that ARPU as visits x spend equals revenue per customer to the last digit.
    """

    definitions: Mapping[str, Definition]
    entries: Mapping[str, Mapping[Place, Entry]]
    names: Mapping[str, str]
    calendar: Calendar
    today: date

    def __post_init__(self) -> None:
        self._trees: dict[str, formula.Node] = {}
        self._done: dict[tuple[str, Place], Outcome] = {}
        self._graph = {key: inputs_of(definition) for key, definition in self.definitions.items()}

    def places(self, key: str, periods: Iterable[tuple[str, date]]) -> list[Place]:
        """Where formula `key` has a cell in `periods`: wherever a value it rests on has one."""
        definition = self.definitions[key]
        wanted = {(grain, start) for grain, start in periods if grain in definition.grains}
        leaves = [self.entries.get(used, {}) for used in graph.inputs_of([key], self._graph)]
        found = {
            place
            for leaf in leaves
            for place in leaf
            if (place.grain, place.start) in wanted
            and (not place.dimension or place.dimension in definition.dimensions)
        }
        return sorted(found)

    def cell(self, key: str, place: Place) -> Cell:
        """The value of formula `key` at `place`, with its state and why."""
        outcome = self._outcome(key, place)
        if outcome.exact is None:
            return self._without_value(outcome, place)
        if not fits(outcome.exact):
            return values.missing(values.UNDEFINED, Reason(TOO_LARGE))
        state, reason = self._state(key, place)
        return Cell(None, None, rounded(outcome.exact), 0, state, reason)

    def entry(self, key: str, place: Place) -> Entry:
        """The exact value of any metric at `place`.

        Where a sum or count has no cell for a member while the period has a total, nothing of that member counted: 0.
        """
        if isinstance(self.definitions.get(key), FormulaDefinition):
            outcome = self._outcome(key, place)
            if outcome.exact is not None:
                return Entry(outcome.exact, self._state(key, place)[0])
            return Entry(None, self._without_value(outcome, place).state)
        row = self.entries.get(key, {})
        found = row.get(place)
        if found is None and place.dimension and self._is_additive(key):
            total = row.get(place.total, _NOTHING)
            return Entry(Fraction(0), total.state) if total.exact is not None else total
        return found or _NOTHING

    def _is_additive(self, key: str) -> bool:
        definition = self.definitions.get(key)
        return isinstance(definition, AggregateDefinition) and definition.measure.how in ADDITIVE_HOWS

    def _outcome(self, key: str, place: Place) -> Outcome:
        if (key, place) not in self._done:
            if key not in self._trees:
                definition = self.definitions[key]
                assert isinstance(definition, FormulaDefinition)  # noqa: S101 - callers ask for formulas only
                self._trees[key] = formula.parse(definition.expression)
            known = {used: self.entry(used, place).exact for used in self._graph[key]}
            self._done[key, place] = evaluate(self._trees[key], known)
        return self._done[key, place]

    def _without_value(self, outcome: Outcome, place: Place) -> Cell:
        """Missing inputs come before any other reason; what is not known comes before what is undefined."""
        if not outcome.missing:
            return values.missing(values.UNDEFINED, outcome.reason or Reason(TOO_LARGE))
        states = {key: self.entry(key, place).state for key in outcome.missing}
        unknown = [key for key, state in states.items() if state != values.UNDEFINED]
        reason = Reason(INPUT_MISSING, {"names": self._called(unknown or list(states))})
        return values.missing(values.NO_DATA if unknown else values.UNDEFINED, reason)

    def _state(self, key: str, place: Place) -> tuple[str, Reason | None]:
        if self.today < self.calendar.period_of(place.start, Grain(place.grain)).end:
            return values.OPEN, None
        states = {used: self.entry(used, place).state for used in self._graph[key]}
        waiting = [used for used, state in states.items() if state in values.UNSETTLED]
        if not waiting:
            return values.FINAL, None
        return values.PROVISIONAL, Reason(INPUT_NOT_FINAL, {"names": self._called(waiting)})

    def _called(self, keys: Iterable[str]) -> str:
        return ", ".join(self.names.get(key, key) for key in keys)

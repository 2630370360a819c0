"""Formulas over a sheet of values: cell by cell, from exact inputs, missing ones named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from apps.kernel.issue import N_
from apps.kernel.period import Calendar, Grain
from apps.metrics.domain import formula, graph, reach, scales, score_time, scoring, values
from apps.metrics.domain.arithmetic import TOO_LARGE, Outcome, evaluate, fits, rounded
from apps.metrics.domain.definition import Definition, FormulaDefinition, ScoreDefinition, is_zero_when_empty
from apps.metrics.domain.formula import Input
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.values import Cell

INPUT_MISSING = N_("No value for: %(names)s.")
EARLIER_MISSING = N_("It compares with an earlier period, which has no value for: %(names)s.")
INPUT_NOT_FINAL = N_("Not final yet: %(names)s.")
INSUFFICIENT = N_("Only %(share)s of the weights has a value, and %(least)s is needed. No value for: %(names)s.")


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


class _Result(NamedTuple):
    """What a formula comes to at a place: to be stored, and to be calculated with."""

    cell: Cell
    entry: Entry


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
        self._inputs: dict[str, tuple[Input, ...]] = {}
        for key, definition in self.definitions.items():
            if isinstance(definition, FormulaDefinition):
                self._trees[key] = formula.parse(definition.expression)
                self._inputs[key] = formula.inputs(self._trees[key])
            elif isinstance(definition, ScoreDefinition):
                self._inputs[key] = reach.reads_of(definition)
        self._done: dict[tuple[str, Place], _Result] = {}
        self._reach = reach.of(self._inputs)
        self._shifted: dict[tuple[str, date, int], date | None] = {}

    def places(self, key: str, periods: Iterable[tuple[str, date]]) -> list[Place]:
        """Where formula `key` has a cell in `periods`: wherever a metric it rests on has one.

        A member has one, too, where it was alive in the earlier period that the formula compares with, as long as the
        period itself has a total: what a member lost by leaving is not lost from the breakdown.
        """
        definition = self.definitions[key]
        wanted = {(grain, start) for grain, start in periods if grain in definition.grains}
        by = ("", *definition.dimensions)
        found: set[Place] = set()
        earlier: set[Place] = set()
        for leaf, backs in self._reach.get(key, {}).items():
            for place in self.entries.get(leaf, {}):
                if place.dimension not in by:
                    continue
                if (place.grain, place.start) in wanted:
                    found.add(place)
                for back in backs if place.dimension else ():
                    moved = self._moved(place, back) if back else None
                    if moved is not None and (moved.grain, moved.start) in wanted:
                        earlier.add(moved)
        return sorted(found | {place for place in earlier if place.total in found})

    def cell(self, key: str, place: Place) -> Cell:
        """The value of formula `key` at `place`, with its state and why."""
        return self._result(key, place).cell

    def entry(self, key: str, place: Place) -> Entry:
        """The exact value of any metric at `place`.

        Where a sum or count has no cell for a member while the period has a total, nothing of that member counted: 0.
        """
        if key in self._inputs:
            return self._result(key, place).entry
        row = self.entries.get(key, {})
        found = row.get(place)
        if found is None and place.dimension and self._is_additive(key):
            total = row.get(place.total, _NOTHING)
            return Entry(Fraction(0), total.state) if total.exact is not None else total
        return found or _NOTHING

    def _is_additive(self, key: str) -> bool:
        definition = self.definitions.get(key)
        return definition is not None and is_zero_when_empty(definition)

    def _moved(self, place: Place, periods: int) -> Place | None:
        """The same place some periods later (before, if negative); None beyond the calendar."""
        at = (place.grain, place.start, periods)
        if at not in self._shifted:
            try:
                period = self.calendar.period_of(place.start, Grain(place.grain))
                self._shifted[at] = self.calendar.shift(period, periods).start
            except ValueError:
                self._shifted[at] = None
        start = self._shifted[at]
        return None if start is None else place._replace(start=start)

    def _result(self, key: str, place: Place) -> _Result:
        """Formulas below come first; without recursion, as formulas may stand on one another hundreds high."""
        waiting = [(key, place)]
        while waiting:
            at = waiting[-1]
            below = [step for step in self._below(*at) if step not in self._done]
            if below:
                waiting += below
                continue
            waiting.pop()
            if at not in self._done:
                self._done[at] = self._evaluated(*at)
        return self._done[key, place]

    def _below(self, key: str, place: Place) -> Iterator[tuple[str, Place]]:
        for used in self._inputs[key]:
            there = self._moved(place, -used.back) if used.back else place
            if used.key in self._inputs and there is not None:
                yield used.key, there

    def _read(self, used: Input, place: Place) -> Entry:
        there = self._moved(place, -used.back) if used.back else place
        return self.entry(used.key, there) if there is not None else _NOTHING

    def _evaluated(self, key: str, place: Place) -> _Result:
        entries = {used: self._read(used, place) for used in self._inputs[key]}
        definition = self.definitions[key]
        if isinstance(definition, ScoreDefinition):
            return self._scored(definition, entries, place)
        outcome = evaluate(self._trees[key], {used: entry.exact for used, entry in entries.items()})
        if outcome.exact is None:
            cell = self._without_value(outcome, entries, place)
            return _Result(cell, Entry(None, cell.state))
        state, reason = self._state(entries, place)
        entry = Entry(outcome.exact, state)
        if not fits(outcome.exact):
            return _Result(values.missing(values.UNDEFINED, Reason(TOO_LARGE)), entry)
        return _Result(Cell(None, None, rounded(outcome.exact), 0, state, reason), entry)

    def _scored(self, definition: ScoreDefinition, entries: Mapping[Input, Entry], place: Place) -> _Result:
        definition = self.scores_by(definition, place)
        read = scoring.metrics_of(definition)
        entries = {used: entry for used, entry in entries.items() if used.key in read}
        exact = {used.key: entry.exact for used, entry in entries.items()}
        found = scoring.score(definition, exact, self.peers(definition, place))
        if found.score is None:
            names = ", ".join(self.names.get(key, key) for key in found.missing)
            filled = {"share": _percent(found.coverage), "least": _percent(definition.least_coverage), "names": names}
            cell = values.missing(values.UNDEFINED, Reason(INSUFFICIENT, filled))
            return _Result(cell, Entry(None, cell.state))
        state, reason = self._state({used: entry for used, entry in entries.items() if entry.exact is not None}, place)
        return _Result(Cell(None, None, rounded(found.score), 0, state, reason), Entry(found.score, state))

    @staticmethod
    def scores_by(definition: ScoreDefinition, place: Place) -> ScoreDefinition:
        """What gives the score at `place`: the version in force then, with the weights of the member."""
        return scoring.weighed_for(score_time.holds_at(definition, place.start), place.dimension, place.member)

    def peers(self, definition: ScoreDefinition, place: Place) -> dict[str, list[Fraction]]:
        """The values of all members of the dimension, of the metrics that are ranked among them."""
        parts = [part for group in definition.groups for part in group.parts]
        ranked = [part.metric for part in parts if isinstance(part.scale, scales.Percentile)] if place.dimension else []
        return {key: list(self._of_all_members(key, place)) for key in ranked}

    def _of_all_members(self, key: str, place: Place) -> Iterator[Fraction]:
        used = {below: [read.key for read in inputs] for below, inputs in self._inputs.items()}
        leaves = graph.inputs_of([key], used) - self._inputs.keys() if key in self._inputs else {key}
        members = {there.member for leaf in leaves for there in self.entries.get(leaf, {}) if there[:3] == place[:3]}
        for member in sorted(members):
            exact = self.entry(key, place._replace(member=member)).exact
            if exact is not None:
                yield exact

    def _without_value(self, outcome: Outcome, entries: Mapping[Input, Entry], place: Place) -> Cell:
        """Missing inputs come before any other reason; what is not known comes before what is undefined.

        An earlier period without a value leaves the formula undefined, as a window without all of its history is.
        """
        if not outcome.missing:
            return values.missing(values.UNDEFINED, outcome.reason or Reason(TOO_LARGE))
        now = [used for used in outcome.missing if not used.back]
        if not now:
            names = self._called(outcome.missing, place)
            return values.missing(values.UNDEFINED, Reason(EARLIER_MISSING, {"names": names}))
        unknown = [used for used in now if entries[used].state != values.UNDEFINED]
        reason = Reason(INPUT_MISSING, {"names": self._called(unknown or now, place)})
        return values.missing(values.NO_DATA if unknown else values.UNDEFINED, reason)

    def _state(self, entries: Mapping[Input, Entry], place: Place) -> tuple[str, Reason | None]:
        if self.today < self.calendar.period_of(place.start, Grain(place.grain)).end:
            return values.OPEN, None
        waiting = [used for used, entry in entries.items() if entry.state in values.UNSETTLED]
        if not waiting:
            return values.FINAL, None
        state = values.worst(entries[used].state for used in waiting)
        return state, Reason(INPUT_NOT_FINAL, {"names": self._called(waiting, place)})

    def _called(self, read: Iterable[Input], place: Place) -> str:
        """Names of metrics, with the key of the period where that is an earlier one."""
        return ", ".join(self._name(used, place) for used in read)

    def _name(self, used: Input, place: Place) -> str:
        name = self.names.get(used.key, used.key)
        there = self._moved(place, -used.back) if used.back else None
        if there is None:
            return name
        return f"{name} {self.calendar.period_of(there.start, Grain(there.grain)).key}"


def _percent(share: Fraction | Decimal) -> str:
    return f"{rounded(Fraction(share) * 100, 0):f} %"

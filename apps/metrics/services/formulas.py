"""Formulas, evaluated over stored values wherever one of their inputs changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q

from apps.kernel.issue import N_
from apps.kernel.period import Grain
from apps.metrics.domain import graph, reach, values
from apps.metrics.domain.definition import Definition, is_derived
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.score_time import ScoreInTime
from apps.metrics.domain.sheet import Entry, Place, Sheet
from apps.metrics.models import Metric, MetricValue
from apps.metrics.services.writing import Pen, PeriodKey, Written, replace_cells

INPUT_CHANGED = N_("A metric it is calculated from changed: %(names)s.")


class Formulas:
    """All formulas of the workspace in an order in which inputs come first.

    Evaluated are the periods in which an input changed, and as many later as a formula looks back at them.
    """

    def __init__(
        self, pen: Pen, metrics: Mapping[str, Metric], definitions: Mapping[str, Definition], language: str, today: date
    ) -> None:
        self._pen = pen
        self._metrics = metrics
        self._definitions = definitions
        self._names = {key: definition.name.text(language) for key, definition in definitions.items()}
        self._today = today
        self._inputs = {key: reach.reads_of(definition) for key, definition in definitions.items()}
        self._graph = {key: tuple(used.key for used in read) for key, read in self._inputs.items()}
        self._order = [key for key in graph.in_order(self._graph) if is_derived(definitions[key])]
        self._reach = reach.of({key: self._inputs[key] for key in self._order})

    def write(self, changed: Mapping[str, frozenset[PeriodKey]], anew: Iterable[str]) -> dict[str, Written]:
        """Evaluate and store, in the caller's transaction; what was written by metric key.

        `anew` are the keys of those to evaluate in all periods; formulas above these are, too.
        """
        everywhere = set(anew)
        everywhere |= graph.users_of(everywhere, self._graph)
        touched = graph.users_of(changed, self._graph) | everywhere
        due = [key for key in self._order if key in touched]
        if not due:
            return {}
        wanted = {key: self._reached(key, changed) for key in due if key not in everywhere}
        sheet = self._sheet(due, everywhere, wanted)
        written: dict[str, Written] = {}
        periods = dict(changed)
        for key in due:
            written[key] = self._write_one(sheet, key, periods, wanted.get(key))
            periods[key] = written[key].periods
        return written

    def _reached(self, key: str, changed: Mapping[str, frozenset[PeriodKey]]) -> frozenset[PeriodKey]:
        """The periods in which a formula can come to something else: those that changed below it, and as many periods
        later as it looks back. A change too small to show in a formula between still counts."""
        found: set[PeriodKey] = set()
        for leaf, backs in self._reach[key].items():
            for period in changed.get(leaf, ()):
                found.update(self._moved(period, back) for back in {0, *backs})
        return frozenset(found)

    def _moved(self, period: PeriodKey, by: int) -> PeriodKey:
        """The period `by` later or earlier; itself beyond the calendar, where nothing stands."""
        grain, start = period
        try:
            calendar = self._pen.calendar
            return (grain, calendar.shift(calendar.period_of(start, Grain(grain)), by).start) if by else period
        except ValueError:
            return period

    def _write_one(
        self,
        sheet: Sheet,
        key: str,
        changed: Mapping[str, frozenset[PeriodKey]],
        reached: frozenset[PeriodKey] | None,
    ) -> Written:
        wanted = _all_periods(sheet) if reached is None else reached
        old = MetricValue.objects.filter(metric=self._metrics[key])
        if reached is not None:
            old = [row for row in old.filter(_in(wanted)) if (row.grain, row.period_start) in wanted] if wanted else []

        def cause(place: Place) -> Reason:
            inputs = dict.fromkeys(self._graph[key])
            names = [self._names[used] for used in inputs if self._is_moved_by(key, used, place, changed)]
            return Reason(INPUT_CHANGED, {"names": ", ".join(names) or self._names[key]})

        new = {place: sheet.cell(key, place) for place in sheet.places(key, wanted)}
        return replace_cells(self._pen, self._metrics[key], old, new, cause=cause, version_at=self._version_at(key))

    def _version_at(self, key: str) -> Callable[[date], UUID | None] | None:
        """Which version gives the values of a period, by its first day; None where the current one gives all."""
        definition = self._definitions[key]
        return (lambda start: definition.at(start).id) if isinstance(definition, ScoreInTime) else None

    def _is_moved_by(self, key: str, used: str, place: Place, changed: Mapping[str, frozenset[PeriodKey]]) -> bool:
        """Whether metric `used` changed in a period that the formula reads at `place`."""
        at = (place.grain, place.start)
        backs = [read.back for read in self._inputs[key] if read.key == used]
        return any(self._moved(at, -back) in changed.get(used, ()) for back in backs)

    def _sheet(self, due: Iterable[str], everywhere: set[str], reached: Mapping[str, frozenset[PeriodKey]]) -> Sheet:
        """The values the formulas rest on: all for those evaluated everywhere, else in the periods they read."""
        whole = self._leaves(everywhere)
        here = self._leaves(due) - whole
        wanted = Q(metric__key__in=whole)
        periods = {
            self._moved(period, -back)
            for key, found in reached.items()
            for back in {0}.union(*self._reach[key].values())
            for period in found
        }
        if here and periods:
            wanted |= Q(metric__key__in=here) & _in(periods)
        known = MetricValue.objects.filter(wanted).exclude(
            state=values.NO_DATA, reason__message=values.NO_LONGER_COVERED
        )
        rows = known.values_list(
            *("metric__key", "grain", "period_start", "dimension", "member", "numerator", "denominator", "value"),
            *("state", "period_end", "reason"),
        )
        entries: dict[str, dict[Place, Entry]] = defaultdict(dict)
        for key, *place, numerator, denominator, value, state, end, reason in rows.iterator():
            exact = (
                None if value is None else values.exact_value(value if numerator is None else numerator, denominator)
            )
            entries[key][Place(*place)] = Entry(exact, values.state_today(state, end, self._today, reason))
        return Sheet(self._definitions, entries, self._names, self._pen.calendar, self._today)

    def _leaves(self, keys: Iterable[str]) -> set[str]:
        return {
            key
            for key in graph.inputs_of(keys, self._graph)
            if key not in self._definitions or not is_derived(self._definitions[key])
        }


def _all_periods(sheet: Sheet) -> frozenset[PeriodKey]:
    return frozenset((place.grain, place.start) for leaf in sheet.entries.values() for place in leaf)


def _in(periods: Iterable[PeriodKey]) -> Q:
    """Stored values of these periods."""
    starts: dict[str, list[date]] = defaultdict(list)
    for grain, start in periods:
        starts[grain].append(start)
    found = Q(pk__in=[])
    for grain, days in starts.items():
        found |= Q(grain=grain, period_start__in=days)
    return found

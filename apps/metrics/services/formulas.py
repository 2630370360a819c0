"""Formulas, evaluated over stored values wherever one of their inputs changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Q

from apps.kernel.issue import N_
from apps.metrics.domain import graph, values
from apps.metrics.domain.checks import inputs_of
from apps.metrics.domain.definition import Definition, FormulaDefinition
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.sheet import Entry, Place, Sheet
from apps.metrics.models import Metric, MetricValue
from apps.metrics.services.writing import Pen, PeriodKey, Written, replace_cells

INPUT_CHANGED = N_("A metric it is calculated from changed: %(names)s.")


class Formulas:
    """All formulas of the workspace in an order in which inputs come first.

    `anew` are the keys of those to evaluate everywhere; the others only in periods in which an input changed.
    """

    def __init__(
        self, pen: Pen, metrics: Mapping[str, Metric], definitions: Mapping[str, Definition], language: str, today: date
    ) -> None:
        self._pen = pen
        self._metrics = metrics
        self._definitions = definitions
        self._names = {key: definition.name.text(language) for key, definition in definitions.items()}
        self._today = today
        self._graph = {key: inputs_of(definition) for key, definition in definitions.items()}
        self._order = [key for key in graph.in_order(self._graph) if isinstance(definitions[key], FormulaDefinition)]

    def write(self, changed: Mapping[str, frozenset[PeriodKey]], anew: Iterable[str]) -> dict[str, Written]:
        """Evaluate and store, in the caller's transaction; what was written by metric key."""
        anew = set(anew)
        touched = graph.users_of(changed, self._graph) | anew
        due = [key for key in self._order if key in touched]
        if not due:
            return {}
        sheet = self._sheet(due, anew, frozenset().union(*changed.values()))
        periods, written = dict(changed), {}
        for key in due:
            written[key] = self._write_one(sheet, key, periods, key in anew)
            periods[key] = written[key].periods
        return written

    def _write_one(self, sheet: Sheet, key: str, changed: Mapping[str, frozenset[PeriodKey]], anew: bool) -> Written:
        inputs = [used for used in self._graph[key] if used in changed]
        wanted = _all_periods(sheet) if anew else frozenset().union(*(changed[used] for used in inputs))
        old = MetricValue.objects.filter(metric=self._metrics[key])
        if not anew:
            old = [row for row in old.filter(_in(wanted)) if (row.grain, row.period_start) in wanted] if wanted else []

        def cause(place: Place) -> Reason:
            at = (place.grain, place.start)
            names = [self._names[used] for used in inputs if at in changed[used]]
            return Reason(INPUT_CHANGED, {"names": ", ".join(names) or self._names[key]})

        new = {place: sheet.cell(key, place) for place in sheet.places(key, wanted)}
        return replace_cells(self._pen, self._metrics[key], old, new, cause=cause)

    def _sheet(self, due: Iterable[str], anew: set[str], periods: frozenset[PeriodKey]) -> Sheet:
        """The values the formulas rest on: everywhere for those evaluated anew, else in the changed periods only."""
        everywhere = self._leaves(anew | graph.users_of(anew, self._graph))
        here = self._leaves(due) - everywhere
        wanted = Q(metric__key__in=everywhere)
        if here and periods:
            wanted |= Q(metric__key__in=here) & _in(periods)
        known = MetricValue.objects.filter(wanted).exclude(
            state=values.NO_DATA, reason__message=values.NO_LONGER_COVERED
        )
        rows = known.values_list(
            "metric__key", "grain", "period_start", "dimension", "member", "numerator", "denominator", "value", "state"
        )
        entries: dict[str, dict[Place, Entry]] = defaultdict(dict)
        for key, grain, start, dimension, member, numerator, denominator, value, state in rows.iterator():
            exact = (
                None if value is None else values.exact_value(value if numerator is None else numerator, denominator)
            )
            entries[key][Place(grain, start, dimension, member)] = Entry(exact, state)
        return Sheet(self._definitions, entries, self._names, self._pen.calendar, self._today)

    def _leaves(self, keys: Iterable[str]) -> set[str]:
        return {
            key
            for key in graph.inputs_of(keys, self._graph)
            if not isinstance(self._definitions.get(key), FormulaDefinition)
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

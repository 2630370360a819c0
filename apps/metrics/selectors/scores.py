"""Scores worked out from stored values, in the request: it is arithmetic over a few metrics and periods.

Exact: formulas below a score are evaluated from the values at their leaves, as a worker does it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import get_language

from apps.kernel.period import Grain, Period
from apps.metrics.domain import checks, graph, reach, scoring, values
from apps.metrics.domain.definition import Definition, ScoreDefinition, is_derived
from apps.metrics.domain.scoring import Scored
from apps.metrics.domain.scoring_drivers import ScoreChange, ScoreEnd, score_change
from apps.metrics.domain.sheet import Entry, Place, Sheet
from apps.metrics.models import MetricValue, ScorePolicy
from apps.workspaces.scope import current_workspace

_READ = ("metric__key", "grain", "period_start", "dimension", "member", "numerator", "denominator", "value", "state",
         "period_end", "reason")  # fmt: skip


@dataclass(frozen=True)
class Board:
    """Values at one grain on a sheet, with the periods that have any, oldest first."""

    sheet: Sheet
    grain: Grain
    periods: tuple[Period, ...]

    def entry(self, key: str, period: Period, dimension: str = "", member: str = "") -> Entry:
        """The exact value of a metric and its state."""
        return self.sheet.entry(key, Place(self.grain.value, period.start, dimension, member))

    def scored(self, key: str, period: Period, dimension: str = "", member: str = "") -> Scored:
        """What a score comes to, with all that made it."""
        end = self.end(key, period, dimension, member)
        return scoring.score(end.definition, end.values, end.peers)

    def end(self, key: str, period: Period, dimension: str = "", member: str = "") -> ScoreEnd:
        """A score at one end of a change: what scores it, and the value of every metric it reads at any time."""
        place = Place(self.grain.value, period.start, dimension, member)
        definition = self.sheet.definitions[key]
        assert isinstance(definition, ScoreDefinition)  # noqa: S101 - it is asked about scores only
        here = self.sheet.scores_by(definition, place)
        found = {used: self.sheet.entry(used, place).exact for used in checks.inputs_of(definition)}
        return ScoreEnd(here, found, self.sheet.peers(here, place))

    def change(
        self, key: str, before: Period, after: Period, dimension: str = "", member: str = ""
    ) -> ScoreChange | None:
        """What moved a score between two periods; None where it has no value at an end or on the way."""
        ends = [self.end(key, period, dimension, member) for period in (before, after)]
        return score_change(*ends)


def board(
    definitions: Mapping[str, Definition],
    keys: Sequence[str],
    grain: Grain,
    *,
    dimension: str = "",
    until: date | None = None,
    last: int = 12,
) -> Board:
    """The scores `keys` over the newest `last` periods (up to the one that begins on `until`), from stored values.

    `definitions` are those of all metrics in use, by key. With `dimension` also its members. One query, and another to
    find the newest period without `until`.
    """
    calendar = current_workspace().calendar
    today = calendar.today(timezone.now())
    inputs = {key: reach.reads_of(definition) for key, definition in definitions.items() if is_derived(definition)}
    edges = {key: tuple(used.key for used in read) for key, read in inputs.items()}
    leaves = {key for key in {*keys, *graph.inputs_of(keys, edges)} if key not in inputs}
    looked = _reach(keys, inputs)
    newest = calendar.period_of(until or _newest(leaves, grain) or today, grain)
    first = calendar.shift(newest, -(last + looked + 1)).start
    entries, starts = _entries(leaves, grain, dimension, first, newest.start, today)
    names = {key: definition.name.text(get_language()) for key, definition in definitions.items()}
    periods = sorted(calendar.period_of(start, grain) for start in starts)[-last:]
    return Board(Sheet(definitions, entries, names, calendar, today), grain, tuple(periods))


def _newest(leaves: Iterable[str], grain: Grain) -> date | None:
    rows = MetricValue.objects.filter(metric__key__in=list(leaves), grain=grain, dimension="", value__isnull=False)
    found: date | None = rows.aggregate(newest=Max("period_start"))["newest"]
    return found


def _reach(keys: Iterable[str], inputs: Mapping[str, Sequence]) -> int:
    found = reach.of(inputs)
    return max((back for key in keys for backs in found.get(key, {}).values() for back in backs), default=0)


def _entries(
    leaves: Iterable[str], grain: Grain, dimension: str, first: date, last: date, today: date
) -> tuple[dict[str, dict[Place, Entry]], set[date]]:
    which = Q(dimension="") | Q(dimension=dimension)
    rows = MetricValue.objects.filter(
        which, metric__key__in=list(leaves), grain=grain, period_start__gte=first, period_start__lte=last
    ).exclude(state=values.NO_DATA, reason__message=values.NO_LONGER_COVERED)
    entries: dict[str, dict[Place, Entry]] = defaultdict(dict)
    starts: set[date] = set()
    for key, *place, numerator, denominator, value, state, end, reason in rows.values_list(*_READ).iterator():
        exact: Fraction | None = None
        if value is not None:
            exact = values.exact_value(value if numerator is None else numerator, denominator)
        here = Place(*place)
        entries[key][here] = Entry(exact, values.state_today(state, end, today, reason))
        if not here.dimension and exact is not None:
            starts.add(here.start)
    return entries, starts


def needs_second_admin() -> bool:
    """Whether the company wants changes of its scores approved by a second admin. One query."""
    return ScorePolicy.objects.filter(second_admin=True).exists()

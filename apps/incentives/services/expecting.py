"""What metrics are likely to be at the end of a running period: by run rate, by forecast, or as they are now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction

from apps.incentives.domain.levers import Expected, Place, place_of, run_rate
from apps.incentives.domain.plan import Plan
from apps.incentives.domain.proration import Days
from apps.incentives.domain.snapshot import Snapshot
from apps.incentives.models import Participant, Run
from apps.incentives.selectors import days_of, is_cumulative, terms_of
from apps.incentives.services.figures import Read, places_of, read_figures
from apps.incentives.services.gathering import snapshot_people, team_pools, working_days
from apps.metrics import selectors as metrics
from apps.targets.domain.adding import over_time
from apps.targets.domain.kinds import Kind as TargetKind
from apps.targets.selectors import pacing


def as_of_now(
    run: Run, rows: list[Participant], days: Days, today: date, asked: Iterable[str] | None = None
) -> tuple[Snapshot, Mapping[Place, Expected]]:
    """These people with the figures there are, and what those are likely to be at the end for the teams `asked` (None:
    all of theirs); over the year to date figures count as they are now.
    """
    terms, people = terms_of(run), snapshot_people(run, rows)
    teams = sorted({part.team for person in people for part in person.slices})
    reads = read_figures(run, terms, teams)
    paid_for = days_of(run)
    snapshot = Snapshot(
        terms, paid_for, people, {place: each.reading for place, each in reads.items()},
        pools=team_pools(run), working_days=working_days(terms, paid_for),
    )  # fmt: skip
    wanted = teams if asked is None else asked
    return snapshot, {} if is_cumulative(run) else expected_of(terms, wanted, reads, days, today)


def expected_of(
    terms: Plan, teams: Iterable[str], reads: Mapping[Place, Read], days: Days, today: date
) -> dict[Place, Expected]:
    """What each component's metric is likely to be at the end, by its place: by its run rate, by its forecast, or as it
    is now. What adds up and has no target as a total goes on by the day, whatever is asked of it.
    """
    here = list(teams)
    known, adding = _paced(here, today), _adding({each.metric for each in reads.values()})
    found = {}
    for place in {place_of(component, team) for component in terms.components for team in here}:
        read = reads.get(place)
        if read is None or read.reading.actual is None:
            continue
        paced, now = known.get((place[1], read.metric)), read.reading.actual
        goes_on = run_rate(now, days, _known_until(paced, days, today)) if read.metric in adding else None
        found[place] = _likely(paced, days) or Expected(now if goes_on is None else goes_on)
    return found


def _adding(keys: Collection[str]) -> set[str]:
    """Which of these metrics add up over time. One query."""
    definitions = {view.key: view.definition for view in metrics.metrics(archived=True)}
    return {key for key in keys if key in definitions and over_time(definitions[key], definitions)}


def _known_until(paced: pacing.Paced | None, days: Days, today: date) -> date:
    """The last day whose figures are in a value: as its target was judged, else yesterday."""
    as_of = paced.standing.as_of if paced is not None else None
    return as_of if as_of is not None and as_of >= days.first else today - timedelta(days=1)


def _likely(paced: pacing.Paced | None, days: Days) -> Expected | None:
    if paced is None or paced.course.due != days.last:
        return None
    projection = paced.standing.projection
    if projection is not None and paced.course.kind is TargetKind.FLOW and paced.course.start == days.first:
        return _as_expected(projection.value, projection.low, projection.high)
    if paced.ahead is not None and paced.course.kind is not TargetKind.FLOW:
        return _as_expected(paced.ahead.value, paced.ahead.low, paced.ahead.high)
    return None


def _as_expected(value: object, low: object, high: object) -> Expected:
    exact = [None if each is None else Fraction(str(each)) for each in (value, low, high)]
    return Expected(exact[0] or Fraction(0), exact[1], exact[2])


def _paced(teams: list[str], today: date) -> dict[tuple[str, str], pacing.Paced]:
    """Targets as they stand today, of the company's numbers and of each team's, by ("" or the team, metric key). A
    fixed number of queries for each different member.
    """
    found = {("", each.metric.key): each for each in pacing.paced(pacing.Place(), today)}
    for team, place in places_of(teams).items():
        for where in (pacing.Place(place.dimension, place.member), pacing.Place(team=team)):
            found |= {(team, each.metric.key): each for each in pacing.paced(where, today)}
    return found

"""Gather everything a run is calculated from into one frozen snapshot.

A fixed number of queries, whatever the number of people. Who takes part, and with what, is read as it is now, clipped
to the run's days; of a metric only a final value counts (a dry run takes what is not final too), against the target
that was agreed for these days. Nothing is guessed: what is missing stays missing, and blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.datasets import selectors as datasets
from apps.incentives.domain.components import Decision, Verdict
from apps.incentives.domain.plan import Plan, TargetOf
from apps.incentives.domain.proration import Days, Rule
from apps.incentives.domain.proration import Leave as Away
from apps.incentives.domain.snapshot import Adjustment, Slice, Snapshot
from apps.incentives.domain.snapshot import Participant as Person
from apps.incentives.models import (
    Assignment,
    Leave,
    Participant,
    Run,
    RunAdjustment,
    RunDecision,
    RunRate,
    TeamPool,
)
from apps.incentives.selectors import counting_adjustments, days_of, earlier_of, periods_of, terms_of
from apps.incentives.selectors.ledger import LIVE
from apps.incentives.services.figures import Read, read_figures
from apps.metrics import selectors as metrics
from apps.targets.domain.calendars import Workdays, country_of
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class Gathered:
    """A snapshot, the rows of participants behind its keys, and who uploaded or typed what it reads."""

    snapshot: Snapshot
    participants: Mapping[str, UUID]
    reads: Mapping[tuple[str, str], Read]
    uploaders: frozenset[UUID] = field(default_factory=frozenset)


def gather(run: Run) -> Gathered:
    """Everything `run` is calculated from, as of now. Seventeen queries at most; of a cumulative plan two
    more for each earlier period of the year."""
    plan = terms_of(run)
    period = days_of(run)
    rows = people_of(run)
    people = snapshot_people(run, rows)
    if run.is_trial:
        later = people_later(run, rows)
        rows, people = [*rows, *later], (*people, *_as_if(run, later))
    teams = sorted({part.team for person in people for part in person.slices})
    reads = read_figures(run, plan, teams)
    snapshot = Snapshot(
        plan,
        period,
        people,
        {place: each.reading for place, each in reads.items()},
        decisions_of(run),
        adjustments_of(run),
        team_pools(run),
        rates_of(run),
        working_days(plan, period),
    )
    return Gathered(snapshot, {row.key: row.pk for row in rows}, reads, uploaders_of(run, plan, reads))


def snapshot_people(run: Run, rows: list[Participant]) -> tuple[Person, ...]:
    """These participants as a run reads them; over the year to date a target bonus and a cap count for each of its
    periods. Two queries, one more where the year to date counts.
    """
    times = len(periods_of(run))
    slices = _slices(rows, days_of(run), 1 if run.version.terms.target is TargetOf.METRIC else times)
    earlier = earlier_of(run)
    return tuple(_person(row, slices.get(row.pk, ()), earlier, times) for row in rows)


# --- people ----------------------------------------------------------------------------------------------------------


def people_of(run: Run) -> list[Participant]:
    """The participants who have an assignment within the run's days, or none at all (which is told). One query."""
    inside = Q(assignments__first__lte=run.last) & (
        Q(assignments__last__isnull=True) | Q(assignments__last__gte=run.first)
    )
    employed = (Q(left_on__isnull=True) | Q(left_on__gte=run.first)) & (
        Q(joined__isnull=True) | Q(joined__lte=run.last)
    )
    rows = Participant.objects.filter(employed, inside | Q(assignments__isnull=True), plan_id=run.plan_id)
    return list(rows.distinct().order_by("key"))


def people_later(run: Run, rows: list[Participant]) -> list[Participant]:
    """For a trial of a version on days before it holds: who has no assignment in them but one later. Two queries."""
    employed = Q(left_on__isnull=True) | Q(left_on__gte=run.first)
    begun = Q(joined__isnull=True) | Q(joined__lte=run.last)
    found = Participant.objects.filter(employed, begun, plan_id=run.plan_id, assignments__first__gt=run.last)
    known = {row.pk for row in rows}
    return [row for row in found.distinct().order_by("key").prefetch_related("assignments") if row.pk not in known]


def _as_if(run: Run, rows: list[Participant]) -> Iterator[Person]:
    """These participants with their first assignment, as if it had held over the days of a trial."""
    for row in rows:
        each = row.assignments.all()[0]
        days = _clipped(row, Days(run.first, run.last), run.first, None)
        if days is not None:
            owed = None if each.salary is None else Fraction(each.salary)
            held = Slice(days, str(each.team_id), Fraction(each.amount), Fraction(each.coefficient), owed)
            yield _person(row, ((held,), ()), {})


def _slices(
    rows: list[Participant], period: Days, times: int
) -> dict[UUID, tuple[tuple[Slice, ...], tuple[Away, ...]]]:
    """Assignments and leaves by participant, clipped to the period and to the days of employment. Two queries."""
    known = {row.pk: row for row in rows}
    parts: dict[UUID, list[Slice]] = defaultdict(list)
    away: dict[UUID, list[Away]] = defaultdict(list)
    within = Q(last__isnull=True) | Q(last__gte=period.first)
    held = Assignment.objects.filter(within, _of(rows), first__lte=period.last)
    for who, first, last, team, amount, coefficient, salary in held.order_by("first").values_list(
        "participant_id", "first", "last", "team_id", "amount", "coefficient", "salary"
    ):
        row = known.get(who)
        days = _clipped(row, period, first, last) if row else None
        if days is not None:
            owed = None if salary is None else Fraction(salary)
            parts[who].append(Slice(days, str(team), Fraction(amount) * times, Fraction(coefficient), owed))
    leaves = Leave.objects.filter(_of(rows), first__lte=period.last, last__gte=period.first).order_by("first")
    for who, first, last, share in leaves.values_list("participant_id", "first", "last", "share"):
        days = _clipped(None, period, first, last)
        if who in known and days is not None:
            away[who].append(Away(days, Fraction(share)))
    return {pk: (tuple(parts[pk]), tuple(away[pk])) for pk in known}


def _of(rows: list[Participant]) -> Q:
    """Rows of these participants: by name where they are few, else of their plan."""
    if len(rows) <= FEW:
        return Q(participant__in=[row.pk for row in rows])
    return Q(participant__plan_id=rows[0].plan_id)


FEW = 200


def _clipped(row: Participant | None, period: Days, first: date, last: date | None) -> Days | None:
    """The days that lie in the period, and in the employment of `row`."""
    begin, end = max(first, period.first), min(last or period.last, period.last)
    if row is not None:
        begin, end = max(begin, row.joined or begin), min(end, row.left_on or end)
    return Days(begin, end) if begin <= end else None


def _person(row: Participant, held: tuple, earlier: Mapping[str, int], times: int = 1) -> Person:
    slices, leaves = held or ((), ())
    return Person(
        row.key,
        slices,
        leaves,
        None if row.cap is None else Fraction(row.cap) * times,
        row.currency,
        row.forfeits,
        row.leaving_reason if row.forfeits else "",
        earlier.get(row.key, 0),
    )


# --- what people add -------------------------------------------------------------------------------------------------


def decisions_of(run: Run) -> tuple[Decision, ...]:
    """What somebody decided about missing values. One query."""
    return tuple(
        Decision(row.component, row.team, Verdict(row.verdict), row.reason, str(row.by), str(row.approved_by or ""))
        for row in RunDecision.objects.filter(run=run).order_by("component", "team")
    )


def adjustments_of(run: Run) -> tuple[Adjustment, ...]:
    """What was added to a run by hand and approved by a second person. One query."""
    return _adjustments(counting_adjustments().filter(run=run))


def adjustments_since(run: Run) -> tuple[Adjustment, ...]:
    """What was added by hand to the corrections of a run that count. One query."""
    return _adjustments(counting_adjustments().filter(run__corrects=run, run__state__in=LIVE))


def _adjustments(rows: QuerySet[RunAdjustment]) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(str(row.pk), row.participant.key, row.minor, row.reason, str(row.by))
        for row in rows.select_related("participant").order_by("pk")
    )


def rates_of(run: Run) -> dict[str, Fraction]:
    """Units of each currency for one of the plan's. One query."""
    return {row.currency: Fraction(row.rate) for row in RunRate.objects.filter(run=run)}


def team_pools(run: Run) -> dict[str, Fraction]:
    """What the plan fixes for each team's pool on the last day of the run. One query."""
    rows = TeamPool.objects.filter(
        Q(last__isnull=True) | Q(last__gte=run.last), plan_id=run.plan_id, first__lte=run.last
    )
    return {str(row.team_id): Fraction(row.amount) for row in rows}


def working_days(plan: Plan, period: Days) -> tuple[date, ...]:
    """The working days of the period, for plans that count them. No query."""
    if plan.proration.rule is not Rule.WORKING:
        return ()
    days = Workdays(country_of(current_workspace().calendar.time_zone))
    return tuple(days.days(period.first, period.last))


def uploaders_of(run: Run, plan: Plan, reads: Mapping[tuple[str, str], Read]) -> frozenset[UUID]:
    """Who uploaded or typed what the readings were made from, within the run's days. Three queries."""
    versions = {value for each in reads.values() for word, value in each.reading.source if word == "dataset_version"}
    below = metrics.inputs_below({each.metric for each in reads.values()})
    typed = metrics.typists_of(below.values(), run.first, run.last)
    return frozenset(datasets.uploaders_of(versions, run.first, run.last) | typed)

"""The year to date: which days a run pays for, what was posted for the periods before, and what that depends on.

A cumulative plan pays the year so far less what was posted for it. So a run of one is only right once every run before
it in the year is in the ledger, all of it; and what it is net of must not be taken back behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Sum

from apps.common import formats
from apps.incentives.domain.plan import Measured, Plan
from apps.incentives.domain.proration import Days
from apps.incentives.domain.states import State
from apps.incentives.models import Calculation, LedgerEntry, Run, RunResult
from apps.incentives.selectors.checks import Check
from apps.incentives.selectors.ledger import LIVE
from apps.incentives.selectors.runs import counting_adjustments
from apps.kernel.issue import N_
from apps.kernel.period import Grain, Period
from apps.workspaces.scope import current_workspace

BEFORE = N_(
    "The run for %(first)s to %(last)s comes first: this one pays the year to date less what that one pays. Lock "
    "it, or make it void."
)
AFTER = N_(
    "The run for %(first)s to %(last)s paid the year to date already, these days too. Make this run void; what changed "
    "since is proposed as a correction of that one."
)


def is_cumulative(run: Run) -> bool:
    """Whether a run pays the year to date. No query."""
    return run.version.terms.measured is Measured.CUMULATIVE


def first_day(run: Run) -> date:
    """The first day a run pays for: its own, or, of a cumulative plan, that of the company's year or of the period in
    which the version begins to hold. No query.
    """
    if not is_cumulative(run):
        return run.first
    calendar = current_workspace().calendar
    held = calendar.period_of(min(run.version.effective_from, run.first), Grain(run.plan.period))
    return max(calendar.period_of(run.first, Grain.YEAR).start, held.start)


def days_of(run: Run) -> Days:
    """The days a run pays for. No query."""
    return Days(first_day(run), run.last)


def periods_of(run: Run) -> list[Period]:
    """The periods of the plan that a run pays for, its own last. No query."""
    return current_workspace().calendar.between(first_day(run), run.last, Grain(run.plan.period))


def terms_of(run: Run) -> Plan:
    """The plan as a run is calculated by: over the year to date, with the person cap of all its periods. No query."""
    plan, times = run.version.terms, len(periods_of(run))
    return plan if times == 1 or plan.person_cap is None else replace(plan, person_cap=plan.person_cap * times)


def earlier_of(run: Run) -> dict[str, int]:
    """What the plan itself paid for the periods before in the year, by participant's key, in minor units: all that was
    posted but what was added by hand. Nothing where each period stands alone. Two queries.
    """
    if not is_cumulative(run):
        return {}
    first = first_day(run)
    rows = LedgerEntry.objects.filter(
        plan=run.plan.key, period__gte=first.isoformat(), period__lt=run.first.isoformat()
    )
    posted = dict(rows.order_by().values_list("participant").annotate(sum=Sum("minor")))
    for key, minor in _by_hand(run, first):
        posted[key] = posted.get(key, 0) - minor
    return posted


def _by_hand(run: Run, first: date) -> Iterable[tuple[str, int]]:
    """By participant's key what was added by hand, and posted, for periods from a day on before `run`. One query."""
    paid = RunResult.objects.filter(
        run=OuterRef("run"), revision=OuterRef("run__revision"), participant=OuterRef("participant")
    )
    rows = counting_adjustments().filter(run__plan_id=run.plan_id, run__first__gte=first, run__first__lt=run.first)
    rows = rows.filter(Exists(paid), run__state__in=LIVE)
    return rows.order_by().values_list("participant__key").annotate(sum=Sum("minor"))


def moved_earlier(run: Run) -> dict[str, int]:
    """What is posted for the periods before by now, of everybody for whom that is another sum than when the run was
    calculated. Three queries; none where each period stands alone.
    """
    if not is_cumulative(run) or not run.revision:
        return {}
    now = earlier_of(run)
    kept = RunResult.objects.filter(run=run, revision=run.revision).values_list("key", "earlier")
    return {key: now.get(key, 0) for key, earlier in kept if now.get(key, 0) != earlier}


def runs_before(run: Run) -> QuerySet[Run]:
    """The runs of the periods before in the year that are not in the ledger, all of it."""
    posted = Calculation.objects.filter(run=OuterRef("pk"), revision=OuterRef("revision"), published_at__isnull=False)
    rows = _others(run).filter(first__gte=first_day(run), first__lt=run.first)
    return rows.exclude(Exists(posted), state__in=LIVE).order_by("first")


def runs_after(run: Run) -> list[Run]:
    """The runs of later periods of the year that were posted net of what this one posts. One query."""
    later = _others(run).filter(first__gt=run.first, state__in=LIVE).select_related("version", "plan")
    return [each for each in later.order_by("first") if first_day(each) <= run.first]


def _others(run: Run) -> QuerySet[Run]:
    rows = Run.objects.filter(plan_id=run.plan_id).exclude(pk=run.pk)
    return rows.exclude(kind=Run.Kind.DRY).exclude(state=State.VOID)


def year_checks(run: Run) -> Iterator[Check]:
    """Runs of the year that have to come first, and those that paid these days already. Two queries at most."""
    if run.kind == Run.Kind.DRY or not is_cumulative(run):
        return
    for each in runs_before(run):
        yield Check("year", BEFORE, _days(each), subject=str(each.pk))
    for each in runs_after(run) if run.kind == Run.Kind.REGULAR else ():
        yield Check("year", AFTER, _days(each), subject=str(each.pk))


def _days(run: Run) -> dict[str, object]:
    return {"first": formats.day(run.first), "last": formats.day(run.last)}

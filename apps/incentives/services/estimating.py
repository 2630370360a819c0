"""What a running period is likely to pay one person, what moves it, and what another attainment would pay.

Only reads. The same plan, the same figures and the same calculation as a run, with what is expected in place of what is
not known yet; nothing of it is kept, posted or shown as more than an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from django.db.models import Q

from apps.incentives.domain.drivers import Driver, Trees, Values, drivers, ends_of
from apps.incentives.domain.levers import (
    Estimate,
    Expected,
    Lever,
    Unclear,
    WhatIf,
    estimate,
    ladder,
    levers,
    moved,
    place_of,
    what_if,
)
from apps.incentives.domain.plan import Kind, Plan
from apps.incentives.domain.proration import Days
from apps.incentives.domain.snapshot import Snapshot
from apps.incentives.models import Assignment, Participant, PlanVersion, Run
from apps.incentives.selectors import terms_of
from apps.incentives.services.expecting import as_of_now
from apps.incentives.services.figures import Place, places_of
from apps.incentives.services.making import period_of, version_for
from apps.kernel.issue import Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.domain.formula import parse


@dataclass(frozen=True)
class Outlook:
    """A running period of one plan for one person. `issues` say why there is no estimate.

    `expected` is what each component's metric is likely to be at the end, by component; `team` is the newest one.
    """

    participant: Participant
    version: PlanVersion
    terms: Plan
    days: Days
    team: str
    team_name: str
    snapshot: Snapshot
    expected: Mapping[str, Expected] = field(default_factory=dict)
    estimate: Estimate | None = None
    levers: Sequence[Lever] = ()
    drivers: Sequence[Driver] = ()
    issues: Sequence[Issue] = ()

    @property
    def likely(self) -> Snapshot:
        """The snapshot with what is expected."""
        values = {
            place_of(each, self.team): self.expected[each.key].value
            for each in self.terms.components
            if each.key in self.expected
        }
        return moved(self.snapshot, values)


def outlook(participant: Participant, today: date) -> Outlook | None:
    """How the running period looks for one person; None where no published version holds for it, or they are in no
    team today. Some thirty queries, whatever the number of people.
    """
    plan = participant.plan
    period = period_of(plan, today)
    days = Days(period.start, period.end - timedelta(days=1))
    version = version_for(plan, days.first, days.last)
    held = [row for row in participant.assignments.select_related("team").order_by("first") if _within(row, days)]
    if version is None or not held or not version.show_estimate:
        return None
    run = Run(plan=plan, version=version, first=days.first, last=days.last, kind=Run.Kind.DRY)
    terms, team = terms_of(run), held[-1].team
    snapshot, likely = as_of_now(run, _with(participant, terms, days), days, today, [str(team.pk)])
    expected = {
        each.key: likely[place] for each in terms.components if (place := place_of(each, str(team.pk))) in likely
    }
    outlook = Outlook(participant, version, terms, days, str(team.pk), team.name, snapshot, expected)
    return _worked_out(outlook, *_below(run, terms, str(team.pk)))


def _below(run: Run, terms: Plan, team: str) -> tuple[Trees, dict[str, Values]]:
    """The formulas below the metrics of a plan, and what their drivers are now, for a team and for the company. Three
    queries; one where no metric has a formula.
    """
    views = {view.key: view for view in metrics.metrics(archived=True)}
    trees = {key: parse(view.definition.expression) for key, view in views.items() if view.definition.kind == "formula"}
    ids = {
        views[key].id: key for component in terms.components for key in ends_of(component.metric, trees) if key in views
    }
    if not ids:
        return {}, {}
    place = places_of([team]).get(team, Place())
    stored = metrics.values_of_period(ids, Grain(run.plan.period), run.first, {place.dimension} - {""})
    found: dict[str, dict[str, Fraction]] = {"": {}, team: {}}
    for (metric, dimension, member), value in stored.items():
        for where, whose in (("", Place()), (team, place)):
            if value.exact is not None and (dimension, member) == (whose.dimension, whose.member):
                found[where][ids[metric]] = value.exact
    return trees, found


def _worked_out(found: Outlook, trees: Trees, values: Mapping[str, Values]) -> Outlook:
    key = found.participant.key
    expected = {
        place_of(each, found.team): found.expected[each.key]
        for each in found.terms.components
        if each.key in found.expected
    }
    try:
        told = estimate(found.snapshot, key, expected)
        likely = found.likely
        return replace(
            found,
            estimate=told,
            levers=levers(likely, key, found.team),
            drivers=drivers(likely, key, found.team, trees, values),
        )
    except Unclear as unclear:
        return replace(found, issues=unclear.issues)
    except Refusal as refusal:
        return replace(found, issues=refusal.issues or (Issue("", refusal.message, refusal.params),))


def foresee(found: Outlook, shares: Mapping[str, Fraction]) -> tuple[int, tuple[WhatIf, ...]] | None:
    """What other attainments would pay, by component; None where nothing can be calculated. No query."""
    try:
        return what_if(found.likely, found.participant.key, found.team, shares)
    except (Unclear, Refusal):
        return None


def at_each(found: Outlook, levels: Sequence[Fraction]) -> tuple[int, ...]:
    """What each of these attainments of everything would pay; empty where that cannot be said. No query."""
    try:
        return ladder(found.likely, found.participant.key, found.team, levels)
    except (Unclear, Refusal):
        return ()


def _within(row: Assignment, days: Days) -> bool:
    return row.first <= days.last and (row.last is None or row.last >= days.first)


def _with(participant: Participant, terms: Plan, days: Days) -> list[Participant]:
    """The person; in a pool, everybody of their teams too, for their part depends on everybody's. One query."""
    if terms.kind is not Kind.POOL:
        teammates = Q(pk=participant.pk)
    else:
        teammates = Q(assignments__team__in=participant.assignments.values("team"))
    inside = Q(assignments__first__lte=days.last) & (
        Q(assignments__last__isnull=True) | Q(assignments__last__gte=days.first)
    )
    rows = Participant.objects.filter(teammates & inside, plan_id=participant.plan_id)
    return list(rows.distinct().order_by("key"))

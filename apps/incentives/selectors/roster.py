"""Who takes part in a plan, with which assignments; gaps and overlaps; what a rule of a team would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts import selectors as accounts
from apps.incentives.domain.plan import TargetOf
from apps.incentives.domain.roster import Away, Entry, Stay, entry_issues
from apps.incentives.models import IncentivePlan, Participant, PlanVersion, RosterRule
from apps.kernel.issue import N_, Issue, NotHere

NOBODY = N_("There is no such participant.")


@dataclass(frozen=True)
class Row:
    """Somebody in the list: what holds on the day (None: nothing does), and what is worth knowing."""

    person: Participant
    now: Stay | None
    team: str
    issues: tuple[Issue, ...]


def entry_of(row: Participant) -> Entry:
    """What is said of somebody; assignments and leaves read beforehand."""
    return Entry(
        row.name, row.employee_number, row.cap, row.currency, row.joined, row.left_on, row.leaving_reason,
        row.forfeits,
        tuple(
            Stay(str(each.team_id), each.first, each.last, each.amount, each.coefficient, each.salary)
            for each in row.assignments.all()
        ),
        tuple(Away(each.first, each.last, each.kind, each.share) for each in row.leaves.all()),
    )  # fmt: skip


def taking_part(plan: str = "") -> QuerySet[Participant]:
    """Everybody in a plan, by its key, or in any, with assignments and leaves. Three queries."""
    rows = Participant.objects.select_related("plan").prefetch_related("assignments", "leaves")
    return rows.filter(plan__key=plan) if plan else rows


def roster(plan: IncentivePlan, on: date, *, search: str = "", only: str = "") -> list[Row]:
    """Everybody who takes part, by name; `only` "issues", "left" or "now". Four queries."""
    rows = Participant.objects.filter(plan=plan).prefetch_related("assignments", "leaves").order_by("name", "key")
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(employee_number__icontains=search))
    names = {str(line.id): line.name for line in accounts.team_lines()}
    found = []
    for person in rows:
        entry = entry_of(person)
        now = next((each for each in entry.stays if each.first <= on and (each.last is None or on <= each.last)), None)
        issues = tuple(entry_issues(entry)) or _nothing(entry)
        row = Row(person, now, names.get(now.team, "") if now else "", issues)
        if (
            (only == "issues" and not issues)
            or (only == "left" and not person.left_on)
            or (only == "now" and now is None)
        ):
            continue
        found.append(row)
    return found


def _nothing(entry: Entry) -> tuple[Issue, ...]:
    return () if entry.stays else (Issue("", NO_ASSIGNMENT, blocking=False),)


NO_ASSIGNMENT = N_("There is no assignment: nothing is paid.")


def participant_for(plan: IncentivePlan, participant_id: UUID) -> Participant:
    """One of a plan; NotHere. Three queries."""
    rows = Participant.objects.filter(plan=plan, pk=participant_id).prefetch_related("assignments", "leaves")
    found = rows.first()
    if found is None:
        raise NotHere(NOBODY)
    return found


def in_percent(plan: IncentivePlan) -> bool:
    """Whether target bonuses are shares (of a salary or a metric), typed in percent. One query."""
    version = PlanVersion.objects.filter(plan=plan).order_by("-number").first()
    return version is not None and version.terms.target is not TargetOf.FIXED


# --- rules -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """What a rule would do: somebody joins, moves from another team, or leaves the team, on a day."""

    kind: str  # join, move, leave
    person_id: UUID
    name: str
    day: date
    team_id: UUID
    team: str
    participant: Participant | None = None
    last: date | None = None


def steps_of(rule: RosterRule, on: date) -> list[Step]:
    """Who would join, move or leave until a day, by the dated members of the team. Five queries."""
    lines = {line.id: line for line in accounts.team_lines()}
    teams = _below(rule.team_id, lines) if rule.below else {rule.team_id}
    stays = [
        each
        for each in accounts.stays_of(teams)
        if each.start <= on and (each.last_day is None or each.last_day >= rule.since)
    ]
    taking = {
        each.person_id: each
        for each in Participant.objects.filter(plan_id=rule.plan_id, person_id__isnull=False).prefetch_related(
            "assignments", "leaves"
        )
    }
    found: list[Step] = []
    for stay in stays:
        person, day, last = taking.get(stay.user_id), max(stay.start, rule.since), stay.last_day
        held = [] if person is None else list(person.assignments.all())
        mine = [each for each in held if each.team_id == stay.team_id and each.first <= (last or on)]
        if not mine:
            kind = "move" if any(each.last is None or each.last >= day for each in held) else "join"
            found.append(Step(kind, stay.user_id, stay.name, day, stay.team_id, stay.team, person, last))
        elif last is not None and last <= on and any(each.last is None or each.last > last for each in mine):
            found.append(Step("leave", stay.user_id, stay.name, last, stay.team_id, stay.team, person))
    return found


def _below(team_id: UUID, lines: Mapping[UUID, accounts.TeamLine]) -> set[UUID]:
    found, fresh = {team_id}, {team_id}
    while fresh:
        fresh = {line.id for line in lines.values() if line.parent_id in fresh} - found
        found |= fresh
    return found


def rules_of(plan: IncentivePlan) -> list[RosterRule]:
    """The rules of a plan. One query."""
    return list(RosterRule.objects.filter(plan=plan).select_related("team"))


def rule_for(plan: IncentivePlan, rule_id: UUID) -> RosterRule:
    """One rule of a plan; NotHere."""
    found = RosterRule.objects.filter(plan=plan, pk=rule_id).select_related("team", "plan").first()
    if found is None:
        raise NotHere(N_("There is no such rule."))
    return found


def total_of(rows: Iterable[Row]) -> Decimal:
    """What the target bonuses that hold now make together."""
    return sum((row.now.amount for row in rows if row.now is not None), Decimal(0))

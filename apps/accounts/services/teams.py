"""The tree of teams, and who belongs to them from when until when."""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.domain.roles import Actor
from apps.accounts.domain.teams import Stay, move_issues, stay_issues
from apps.accounts.models import Membership, Team, User
from apps.accounts.numbers import Numbers
from apps.accounts.selectors import today
from apps.accounts.services.people import NOBODY, refuse_if
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal

NO_TEAM = N_("There is no such team.")
NOT_SAVED = N_("The team was not saved.")
NO_NUMBERS = Numbers()


@transaction.atomic
def add_team(
    *,
    actor: Actor,
    name: str,
    parent_id: UUID | None = None,
    lead_id: UUID | None = None,
    numbers: Numbers = NO_NUMBERS,
) -> Team:
    """Add a team, at the top or below another one; `numbers` says whose numbers its own are."""
    actor.must("teams.edit")
    teams = _locked_teams()
    team = Team(name=name.strip(), parent_id=parent_id, lead_id=lead_id, **numbers._asdict())
    refuse_if(NOT_SAVED, [*_team_issues(team, teams), *move_issues(None, parent_id, _parents(teams))])
    team.save(force_insert=True)
    record(actor=actor, act="team.added", subject=team, after=_facts(team))
    return team


@transaction.atomic
def change_team(
    *,
    actor: Actor,
    team_id: UUID,
    name: str,
    parent_id: UUID | None,
    lead_id: UUID | None,
    numbers: Numbers | None = None,
) -> Team:
    """Rename a team, move it with all that is under it, give it another lead or (unless None) the numbers of another
    member. Never makes a cycle.
    """
    actor.must("teams.edit")
    teams = _locked_teams()
    team = _one_of(teams, team_id)
    before = _facts(team)
    team.name, team.parent_id, team.lead_id = name.strip(), parent_id, lead_id
    team.dimension, team.member = team.numbers if numbers is None else numbers
    parents = {**_parents(teams), team.pk: Team.objects.filter(pk=team.pk).values_list("parent_id", flat=True).get()}
    refuse_if(NOT_SAVED, [*_team_issues(team, teams), *move_issues(team.pk, parent_id, parents)])
    team.save(update_fields=["name", "parent", "lead", "dimension", "member"])
    after = _facts(Team.objects.get(pk=team.pk))
    if after != before:
        record(actor=actor, act="team.changed", subject=team, before=before, after=after)
    return team


@transaction.atomic
def archive_team(*, actor: Actor, team_id: UUID) -> Team:
    """Put a team away: it takes no new people, those who are in it leave it today, its past stays."""
    actor.must("teams.edit")
    teams = _locked_teams()
    team = _one_of(teams, team_id)
    below = [other.name for other in teams.values() if other.parent_id == team.pk and other.archived_at is None]
    if below:
        message = N_("Move or archive the teams below it first: %(teams)s.")
        raise Refusal(message, {"teams": ", ".join(sorted(below))})
    if team.archived_at is None:
        _everybody_leaves(team, today())
        team.archived_at = timezone.now()
        team.save(update_fields=["archived_at"])
        record(actor=actor, act="team.archived", subject=team)
    return team


@transaction.atomic
def restore_team(*, actor: Actor, team_id: UUID) -> Team:
    """Take an archived team back into use, without people."""
    actor.must("teams.edit")
    teams = _locked_teams()
    team = _one_of(teams, team_id)
    if team.archived_at is None:
        return team
    parent = teams.get(team.parent_id)
    if parent is not None and parent.archived_at is not None:
        raise Refusal(N_("The team above it is archived. Take that one back first."))
    team.archived_at = None
    refuse_if(N_("The team was not taken back."), _team_issues(team, teams))
    team.save(update_fields=["archived_at"])
    record(actor=actor, act="team.restored", subject=team)
    return team


@transaction.atomic
def add_membership(
    *, actor: Actor, team_id: UUID, user_id: UUID, start: date, last_day: date | None = None
) -> Membership:
    """Say that somebody belongs to a team from `start` on, up to and with `last_day` (None: still)."""
    actor.must("teams.edit")
    team = Team.objects.select_for_update().filter(pk=team_id).first()
    user = User.objects.filter(pk=user_id).first()
    if team is None:
        raise NotHere(NO_TEAM)
    if user is None:
        raise NotHere(NOBODY)
    end = _day_after(last_day)
    issues = [] if team.archived_at is None else [Issue("team", N_("This team is archived. Take it back first."))]
    others = Membership.objects.filter(team=team, user=user)
    refuse_if(NOT_ADDED, [*issues, *stay_issues(Stay(start, end), [_stay(other) for other in others])])
    membership = Membership.objects.create(team=team, user=user, start=start, end=end)
    record(actor=actor, act="membership.added", subject=membership, after=_days(membership))
    return membership


@transaction.atomic
def end_membership(*, actor: Actor, membership_id: UUID, last_day: date) -> Membership:
    """Say when somebody's time in a team ended, or correct it: `last_day` is the last one that counts."""
    actor.must("teams.edit")
    membership = _locked_membership(membership_id)
    others = Membership.objects.filter(team=membership.team, user=membership.user).exclude(pk=membership.pk)
    end = _day_after(last_day)
    issues = stay_issues(Stay(membership.start, end), [_stay(other) for other in others])
    refuse_if(N_("The last day was not saved."), issues)
    before, membership.end = _days(membership), end
    membership.save(update_fields=["end"])
    record(actor=actor, act="membership.ended", subject=membership, before=before, after=_days(membership))
    return membership


@transaction.atomic
def remove_membership(*, actor: Actor, membership_id: UUID) -> Team:
    """Take back a membership that was entered by mistake, as if it had never been; its team."""
    actor.must("teams.edit")
    membership = _locked_membership(membership_id)
    record(actor=actor, act="membership.removed", subject=membership, before=_days(membership))
    membership.delete()
    return membership.team


NOT_ADDED = N_("This person was not added to the team.")


def _locked_teams() -> dict[UUID, Team]:
    """Every team, locked: two moves at the same moment cannot make a cycle together. Leads are read after the wait."""
    rows = Team.objects.select_for_update().prefetch_related("lead", "parent").order_by("pk")
    return {team.pk: team for team in rows}


def _one_of(teams: dict[UUID, Team], team_id: UUID) -> Team:
    try:
        return teams[team_id]
    except KeyError:
        raise NotHere(NO_TEAM) from None


def _parents(teams: dict[UUID, Team]) -> dict[object, object | None]:
    return {team.pk: team.parent_id for team in teams.values()}


def _team_issues(team: Team, teams: dict[UUID, Team]) -> list[Issue]:
    issues = []
    if not team.name:
        issues.append(Issue("name", N_("Type a name for the team.")))
    if team.parent_id is not None and getattr(teams.get(team.parent_id), "archived_at", 0) is not None:
        issues.append(Issue("parent", N_("There is no such team any more. Choose another.")))
    if team.lead_id is not None and not User.objects.filter(pk=team.lead_id).exists():
        issues.append(Issue("lead", NOBODY))
    if bool(team.dimension) != bool(team.member):
        issues.append(Issue("numbers", N_("Say both: which dimension, and which member of it. Or neither.")))
    beside = [t for t in teams.values() if t.pk != team.pk and t.parent_id == team.parent_id and t.archived_at is None]
    if team.name in {other.name for other in beside}:
        issues.append(Issue("name", N_("There is a team of this name here already.")))
    return issues


def _facts(team: Team) -> dict:
    return {
        "name": team.name,
        "parent": team.parent.name if team.parent_id else None,
        "lead": str(team.lead) if team.lead_id else None,
        "numbers": " = ".join(team.numbers) if team.dimension else None,
    }


def _everybody_leaves(team: Team, day: date) -> None:
    """Open stays end before `day`; those that would only begin then or later never happen."""
    still = Membership.objects.filter(team=team, end__isnull=True)
    still.filter(start__gte=day).delete()
    still.update(end=day)


def _locked_membership(membership_id: UUID) -> Membership:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("team", "user")
    membership = rows.filter(pk=membership_id).first()
    if membership is None:
        raise NotHere(N_("There is no such membership."))
    return membership


def _stay(membership: Membership) -> Stay:
    return Stay(membership.start, membership.end)


def _day_after(last_day: date | None) -> date | None:
    return None if last_day is None else last_day + timedelta(days=1)


def _days(membership: Membership) -> dict:
    last = membership.end - timedelta(days=1) if membership.end else None
    return {"from": membership.start.isoformat(), "to": last.isoformat() if last else None}

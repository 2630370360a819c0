"""Read who belongs to the company, in which teams, and who has been invited."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.accounts.domain.invitations import State
from apps.accounts.domain.roles import PERMISSION_WORDS, PERMISSIONS, ROLE_WORDS, Role
from apps.accounts.domain.teams import TeamNode, build_tree, under
from apps.accounts.models import ROLE_NAMES, Invitation, Membership, Team, User
from apps.audit.selectors import history_of
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class Member:
    """Somebody's time in a team, with the days as people read them: the first and the last one that count."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    is_active: bool
    team_id: UUID
    team: str
    start: date
    last_day: date | None
    is_now: bool


@dataclass(frozen=True)
class RoleLine:
    """One row of the table that says what roles may do; `roles` has a yes or no for each role, in their order."""

    permission: str
    words: str
    roles: tuple[bool, ...]


@dataclass(frozen=True)
class TeamLine:
    """A team in as few words as it takes to know where it stands and who leads it."""

    id: UUID
    parent_id: UUID | None
    name: str
    lead_id: UUID | None
    archived: bool


EDITION = "SELECT 'people' AS subject, mark FROM accounts_edition"
"""SQL of a mark that changes with whatever pages show of people, teams and who belongs to them.

Triggers change it in the transaction of the change, so nobody can forget to; who signs in changes nothing. Whoever
keeps pages asks for it together with the marks of their own room, in one query.
"""
ORDERS = {
    "name": ("name", "email"),
    "last": (F("last_login").desc(nulls_last=True), "name"),
    "joined": ("-joined_at", "name"),
}


def today() -> date:
    """The company's day, now."""
    return current_workspace().calendar.today(timezone.now())


def edition() -> str:
    """The marks of `EDITION` as a word. One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"{EDITION} ORDER BY mark")
        return " ".join(mark.hex for _people, mark in cursor.fetchall())


def digest_of(secret: str) -> str:
    """What is kept of the secret in an invitation's link: keyed, so that a stolen table gives nothing away."""
    return salted_hmac("accounts.invitation", secret, algorithm="sha256").hexdigest()


def people(*, search: str = "", role: str = "", status: str = "", order: str = "") -> QuerySet[User]:
    """The people of the company, with the teams they are in today as `teams_now` (one more query).

    `order` is one of `ORDERS`; by name otherwise.
    """
    found = User.objects.order_by(*ORDERS.get(order, ORDERS["name"]))
    for word in search.split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    if role in set(Role):
        found = found.filter(roles__contains=[role])
    if status in ("active", "deactivated"):
        found = found.filter(is_active=status == "active")
    return found.prefetch_related(Prefetch("memberships", queryset=_on(today()), to_attr="teams_now"))


def person_for(user_id: object) -> User | None:
    """One person by id."""
    return User.objects.filter(pk=user_id).first()


def active_people() -> QuerySet[User]:
    """Everybody who may sign in, for choosing from."""
    return User.objects.filter(is_active=True)


def active_names(among: Iterable[object] | None = None) -> dict[UUID, str]:
    """Everybody who may sign in (of those `among`), by name, for choosing from; ids and names only. One query."""
    rows = active_people() if among is None else active_people().filter(pk__in=set(among))
    return {pk: name or email for pk, name, email in rows.values_list("pk", "name", "email")}


def names_of(user_ids: Iterable[object]) -> dict[UUID, str]:
    """The names of people by id, in one query; ids of nobody are left out."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in=set(user_ids))}


def role_table() -> tuple[RoleLine, ...]:
    """What each role may do, line by line, from the permission table itself. Words are msgids."""
    return tuple(
        RoleLine(permission, PERMISSION_WORDS[permission], tuple(role in holders for role in Role))
        for permission, holders in PERMISSIONS.items()
    )


def role_names() -> dict[Role, str]:
    """What each role is called, in the reader's language when it is shown."""
    return dict(ROLE_NAMES)


def role_words() -> tuple[tuple[Role, str], ...]:
    """Each role with the sentence that says what it is for. Words are msgids."""
    return tuple((role, ROLE_WORDS[role]) for role in Role)


def invitations() -> QuerySet[Invitation]:
    """Invitations that have been neither accepted nor withdrawn, newest first; expired ones are among them."""
    rows = Invitation.objects.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)
    return rows.select_related("team", "invited_by")


def invitation_by_token(token: str) -> tuple[Invitation, State] | None:
    """The invitation a link leads to, and how it stands; None if the link is of no invitation."""
    found = Invitation.objects.select_related("invited_by", "team").filter(secret_digest=digest_of(token)).first()
    return None if found is None else (found, found.state(timezone.now()))


def team_tree(on: date, *, archived: bool = False) -> tuple[TeamNode, ...]:
    """All teams as a tree, with how many people are in each on the day `on`. One query."""
    members = Count("memberships", filter=_holds("memberships__", on))
    rows = Team.objects.select_related("lead").annotate(members=members).order_by("name")
    if not archived:
        rows = rows.filter(archived_at__isnull=True)
    return build_tree(
        TeamNode(
            id=team.pk,
            name=team.name,
            parent_id=team.parent_id,
            lead_id=team.lead_id,
            lead_name=str(team.lead) if team.lead else "",
            members=team.members,
            archived=team.archived_at is not None,
        )
        for team in rows
    )


def team_for(team_id: object) -> Team | None:
    """One team by id, with its lead and the team above it."""
    return Team.objects.select_related("lead", "parent").filter(pk=team_id).first()


def teams_by_id(team_ids: Iterable[object]) -> QuerySet[Team]:
    """These teams, in use or archived."""
    return Team.objects.filter(pk__in=set(team_ids))


def all_teams() -> list[Team]:
    """Every team, archived ones too. One query."""
    return list(Team.objects.order_by("name"))


def teams_in_use() -> QuerySet[Team]:
    """Teams that are not archived, for choosing from."""
    return Team.objects.filter(archived_at__isnull=True).order_by("name")


def members_of(team_id: UUID, on: date, *, below: bool = False) -> list[Member]:
    """Who is in a team on a day; with `below` also who is in the teams under it."""
    teams = {team_id}
    if below:
        teams = under(team_id, dict(Team.objects.values_list("pk", "parent_id")))
    return _members(_on(on).filter(team_id__in=teams), on)


def stays_in(team_id: UUID, on: date) -> list[Member]:
    """Everybody who is, was or will be in a team: those of the day `on` first, then by the first day."""
    rows = Membership.objects.select_related("user", "team").filter(team_id=team_id).order_by("user__name", "start")
    return sorted(_members(rows, on), key=lambda member: not member.is_now)


def stays_of(team_ids: Iterable[object]) -> list[Member]:
    """Everybody who is, was or will be in any of these teams, by name and first day. One query."""
    rows = Membership.objects.select_related("user", "team").filter(team_id__in=list(team_ids))
    return _members(rows.order_by("user__name", "start"), today())


def teams_of(user_id: UUID, on: date | None = None) -> list[Member]:
    """The teams somebody is in on a day, or, without one, has ever been in."""
    rows = Membership.objects.select_related("user", "team") if on is None else _on(on)
    return _members(rows.filter(user_id=user_id).order_by("-start"), on or today())


def membership_for(membership_id: object) -> Member | None:
    """One membership by id."""
    rows = Membership.objects.select_related("user", "team").filter(pk=membership_id)
    return next(iter(_members(rows, today())), None)


def _on(day: date) -> QuerySet[Membership]:
    return Membership.objects.select_related("user", "team").filter(_holds("", day)).order_by("user__name")


def _holds(prefix: str, day: date) -> Q:
    still = Q(**{f"{prefix}end__isnull": True}) | Q(**{f"{prefix}end__gt": day})
    return Q(**{f"{prefix}start__lte": day}) & still


def _members(rows: Iterable[Membership], on: date) -> list[Member]:
    return [
        Member(
            id=row.pk,
            user_id=row.user_id,
            name=str(row.user),
            email=row.user.email,
            is_active=row.user.is_active,
            team_id=row.team_id,
            team=row.team.name,
            start=row.start,
            last_day=row.end - timedelta(days=1) if row.end else None,
            is_now=row.start <= on and (row.end is None or on < row.end),
        )
        for row in rows
    ]


def team_lines() -> list[TeamLine]:
    """Every team in use or archived, with its parent and its lead, by name. One query."""
    rows = Team.objects.values_list("pk", "parent_id", "name", "lead_id", "archived_at")
    return [TeamLine(pk, parent, name, lead, archived is not None) for pk, parent, name, lead, archived in rows]


@dataclass(frozen=True)
class NumbersChange:
    """When a team's own numbers became those of another member; both as “store = S01”, None for none."""

    on: date
    before: str | None
    after: str | None


def numbers_changed(team_id: UUID) -> NumbersChange | None:
    """The last change of whose numbers a team's own are, since there were any; None if there was none. One query."""
    changes = history_of(Team(pk=team_id)).filter(act="team.changed")
    for at, before, after in changes.values_list("at", "before", "after"):
        was, now = (before or {}).get("numbers"), (after or {}).get("numbers")
        if was and was != now:
            return NumbersChange(current_workspace().calendar.today(at), was, now)
    return None


def people_in(team_ids: Iterable[object], on: date) -> set[UUID]:
    """Who belongs to any of these teams on a day. One query, none without teams."""
    teams = list(team_ids)
    return set(Membership.objects.filter(_holds("", on), team_id__in=teams).values_list("user_id", flat=True))


def team_ids_of(user_id: UUID, on: date) -> set[UUID]:
    """The teams somebody belongs to on a day. One query."""
    return set(Membership.objects.filter(_holds("", on), user_id=user_id).values_list("team_id", flat=True))


def first_team_of(user_ids: Iterable[object], on: date) -> dict[UUID, UUID]:
    """The team that each of these people joined first of those they belong to on a day. One query."""
    rows = Membership.objects.filter(_holds("", on), user_id__in=set(user_ids), team__archived_at__isnull=True)
    return dict(rows.order_by("-start", "-pk").values_list("user_id", "team_id"))


def inactive_among(user_ids: Iterable[object]) -> set[UUID]:
    """Which of these people may no longer sign in. One query."""
    return set(User.objects.filter(pk__in=set(user_ids), is_active=False).values_list("pk", flat=True))

"""Whose pay somebody sees who looks after some teams and not the company: those teams' people, statements, amounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Prefetch, Q

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.incentives.models import Assignment, Participant, PayScope, Statement


def scopes() -> list[PayScope]:
    """Who looks after which teams now. One query."""
    return list(PayScope.objects.filter(ended_at__isnull=True).select_related("team"))


def teams_in_scope(actor: Actor) -> frozenset[str]:
    """The teams whose pay somebody looks after, those below included, by id. One query; two where there are any.

    A key only where it was made for that.
    """
    if not actor.may("pay.teams"):
        return frozenset()
    rows = dict(PayScope.objects.filter(person_id=actor.id, ended_at__isnull=True).values_list("team_id", "below"))
    return frozenset(map(str, _with_below(rows))) if rows else frozenset()


def _with_below(rows: dict[UUID, bool]) -> set[UUID]:
    lines = accounts.team_lines()
    found, fresh = set(rows), {team for team, below in rows.items() if below}
    while fresh:
        fresh = {line.id for line in lines if line.parent_id in fresh} - found
        found |= fresh
    return found


@dataclass(frozen=True)
class Kept:
    """Somebody in scope: what holds for them today in a team of the scope, and the statement of their newest period in
    it: the regular one, which names its corrections.
    """

    person: Participant
    held: Assignment | None
    statement: Statement | None


def people_in_scope(teams: frozenset[str], today: date) -> list[Kept]:
    """Everybody with an assignment in these teams that has not ended, or a statement for them. Five queries."""
    running = Q(last__isnull=True) | Q(last__gte=today)
    held = Assignment.objects.filter(running, team__in=teams).select_related("team").order_by("first")
    statements = Statement.objects.filter(teams__has_any_keys=sorted(teams), superseded_at__isnull=True)
    newest = statements.defer("document").order_by("-run__last", "-run__kind", "-published_at")
    rows = (
        Participant.objects.filter(
            Q(pk__in=held.values("participant_id")) | Q(pk__in=statements.values("participant_id"))
        )
        .select_related("plan")
        .prefetch_related(
            "plan__versions",
            Prefetch("assignments", queryset=held, to_attr="kept"),
            Prefetch("statements", queryset=newest, to_attr="told"),
        )
    )
    return [
        Kept(row, next(iter(row.kept), None), next(iter(row.told), None))  # type: ignore[attr-defined]
        for row in rows.order_by("plan__name", "name", "key")
    ]

"""Say how often a team checks in, from a day on. What was due before that day stays as it was."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.goals.domain import cadence
from apps.goals.domain.cadence import Rule
from apps.goals.models import Cadence, Objective
from apps.goals.selectors.people import Reader, reader
from apps.goals.services.holding import CANNOT_BE_SAVED
from apps.goals.services.progress import recompute
from apps.kernel.issue import N_, Forbidden, Issue, NotHere, Refusal
from apps.metrics.services import new_edition

NOT_YOURS = N_("Who leads the team, or looks after OKR cycles, says how often it checks in.")


def may_set(looking: Reader, team_id: UUID | None) -> bool:
    """Who looks after cycles sets any cadence; a lead that of the teams below them."""
    return looking.actor.may("cycles.manage") or (team_id is not None and team_id in looking.leads)


@transaction.atomic
def set_cadence(*, actor: Actor, team_id: UUID | None, rule: Rule, today: date, now: datetime) -> Cadence:
    """Set the cadence of a team, or of everybody, from `rule.since` on: today or later."""
    looking = reader(actor)
    _must(looking, team_id)
    issues = list(cadence.issues(rule))
    if rule.since < today:
        issues.append(Issue("since", N_("From today on or later: what was due before stays as it was.")))
    if issues:
        raise Refusal(CANNOT_BE_SAVED, issues=issues)
    told = {"every": rule.every, "weekday": rule.weekday}
    told |= {"skip_within_days": rule.skip_within_days, "grace_days": rule.grace_days}
    by = {"set_by": actor.id, "set_by_name": actor.name[:120], "set_at": now}
    row, _made = Cadence.objects.update_or_create(team_id=team_id, since=rule.since, defaults={**told, **by})
    Cadence.objects.filter(team_id=team_id, since__gt=rule.since).delete()
    record(actor=actor, act="cadence.set", subject=row, after={**told, "day": rule.since.isoformat()})
    counted = Objective.objects.filter(cycle__closed_at__isnull=True, key_results__range_rule="checkins")
    recompute(counted.values_list("pk", flat=True), now=now)
    new_edition("goals")
    return row


def _must(looking: Reader, team_id: UUID | None) -> None:
    looking.actor.must("checkins.write")
    if team_id is not None and accounts.team_for(team_id) is None:
        raise NotHere(N_("There is no such team."))
    if not may_set(looking, team_id):
        raise Forbidden(NOT_YOURS)

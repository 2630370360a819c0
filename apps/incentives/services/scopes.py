"""Let somebody look after the pay of some teams, and end it. They see it and do nothing to it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.models import PayScope
from apps.kernel.issue import N_, Issue, NotHere, Refusal

GIVE = "pay.approve"
NOT_KEPT = N_("That was not kept. Mend what is marked.")
CHOOSE_PERSON = N_("Choose somebody who may sign in.")
CHOOSE_TEAM = N_("Choose a team.")
NOT_YOURSELF = N_("Nobody gives this to themselves.")
SEES_ALL = N_("Their role sees the pay of the whole company already. Change the role first.")
THERE_ALREADY = N_("This person looks after this team already.")
NO_SCOPE = N_("This has ended already.")


def give_scope(*, actor: Actor, person_id: UUID | None, team_id: UUID | None, below: bool) -> PayScope:
    """Let somebody see the pay of a team. Refusal with every issue; 409 where they do already."""
    actor.must(GIVE)
    person = accounts.person_for(person_id) if person_id else None
    team = next((each for each in accounts.all_teams() if each.pk == team_id), None)
    found = []
    if person is None or not person.is_active:
        found.append(Issue("person", CHOOSE_PERSON))
    elif person.pk == actor.id:
        found.append(Issue("person", NOT_YOURSELF))
    elif person.actor.may("pay.view"):
        found.append(Issue("person", SEES_ALL))
    if team is None:
        found.append(Issue("team", CHOOSE_TEAM))
    if found or person is None or team is None:
        raise Refusal(NOT_KEPT, issues=found)
    try:
        with transaction.atomic():
            made = PayScope.objects.create(
                person_id=person.pk, person_name=person.actor.name[:120], team=team, below=below, by=actor.id,
                by_name=actor.name[:120],
            )  # fmt: skip
            record(actor=actor, act="pay_scope.given", subject=made, after={"team": team.name, "below": below})
    except IntegrityError:
        raise Refusal(THERE_ALREADY, status=409, issues=[Issue("team", THERE_ALREADY)]) from None
    return made


@transaction.atomic
def end_scope(*, actor: Actor, scope_id: UUID, now: datetime) -> PayScope:
    """From now on they do not see it any more. 409 where it has ended."""
    actor.must(GIVE)
    made = PayScope.objects.select_for_update(of=("self",)).select_related("team").filter(pk=scope_id).first()
    if made is None:
        raise NotHere(NO_SCOPE)
    if made.ended_at is not None:
        raise Refusal(NO_SCOPE, status=409)
    made.ended_at, made.ended_by_name = now, actor.name[:120]
    made.save(update_fields=["ended_at", "ended_by_name"])
    record(actor=actor, act="pay_scope.ended", subject=made, after={"team": made.team.name})
    return made

"""How somebody wants to be told things."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.accounts.selectors import person_for
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.notifications.domain.kinds import WAYS, kinds
from apps.notifications.models import Choice
from apps.notifications.selectors import ways_of

NOT_SAVED = N_("Your choice was not saved.")
NOBODY = N_("There is no such person in this company.")


@transaction.atomic
def choose_ways(*, actor: Actor, wanted: Mapping[str, Iterable[str]]) -> None:
    """Say by which ways each named kind is to reach the actor; no ways mean never. Kinds not named stay as they are.

    What is chosen as usual is kept no less: a later release that changes what is usual does not change it.
    """
    actor.must("profile.edit")
    person = person_for(actor.id)
    if person is None:
        raise NotHere(NOBODY)
    known = {kind.name for kind in kinds()}
    chosen = {kind: [way for way in WAYS if way in set(by)] for kind, by in wanted.items()}
    issues = [Issue(kind, N_("There are no notices of this kind.")) for kind in sorted(set(chosen) - known)]
    issues += [Issue(kind, N_("Choose one of the list.")) for kind, by in sorted(wanted.items()) if set(by) - set(WAYS)]
    if issues:
        raise Refusal(NOT_SAVED, issues=issues)
    before = {kind.name: sorted(by) for kind, by in ways_of(actor.id)}
    changed = {kind: by for kind, by in chosen.items() if sorted(by) != before[kind]}
    for kind, by in changed.items():
        Choice.objects.update_or_create(person_id=actor.id, kind=kind, defaults={"ways": by})
    if changed:
        told = {kind: before[kind] for kind in changed}
        record(actor=actor, act="person.notices_chosen", subject=person, before=told, after=changed)

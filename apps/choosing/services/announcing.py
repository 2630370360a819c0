"""Write the announcement of the North Star, publish it inside the company, and say that one has read it."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.choosing import selectors
from apps.choosing.models import Acknowledgement, Announcement, AnnouncementDraft
from apps.kernel.issue import N_, Issue, Refusal

CANNOT_BE_KEPT = N_("Please mend what is marked.")
NO_STAR = N_("Choose the North Star first; then there is something to announce.")
WHY_EMPTY = N_("Say in a few sentences why this number.")
TOO_LONG = N_("This is too long; use up to 4,000 characters.")
CHANGED_MEANWHILE = N_("Somebody else changed the text meanwhile. Here is theirs; yours stands below it.")
NOTHING_PUBLISHED = N_("There is no announcement to read yet.")
ANOTHER_MEANWHILE = N_("Another announcement was published meanwhile. Read it first.")
LONGEST = 4000


@transaction.atomic
def save_draft(*, actor: Actor, why: str, teams: str, seen: int) -> AnnouncementDraft:
    """Keep the text. `seen` is the revision that was being edited, 0 if there was none: 409 if there is another one."""
    actor.must("north_star.choose")
    _refuse_if(_issues(why, teams, to_publish=False))
    draft = _held_draft(seen)
    draft.why, draft.teams = why.strip(), teams.strip()
    draft.saved_by_name, draft.saved_at = actor.name[:120], timezone.now()
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:  # somebody began at the same moment
        raise Refusal(CHANGED_MEANWHILE, status=409) from None
    return draft


@transaction.atomic
def publish(*, actor: Actor, why: str, teams: str, seen: int, after: int) -> Announcement:
    """Tell the company: a new version with the facts of now. Everybody is asked to read it.

    `after` is the number of the newest one that the writer saw, 0 if there was none: 409 if there is another one.
    """
    actor.must("north_star.choose")
    _refuse_if(_issues(why, teams, to_publish=True))
    facts = selectors.facts_now()
    if facts is None:
        raise Refusal(NO_STAR)
    _held_draft(seen)
    latest = Announcement.objects.select_for_update().first()
    if (latest.number if latest else 0) != after:
        raise Refusal(ANOTHER_MEANWHILE, status=409)
    try:
        with transaction.atomic():
            made = Announcement.objects.create(
                number=latest.number + 1 if latest else 1,
                why=why.strip(),
                teams=teams.strip(),
                facts=facts,
                stamp=selectors.stamp_of(facts),
                published_by=actor.id,
                published_by_name=actor.name[:120],
            )
    except IntegrityError:
        raise Refusal(ANOTHER_MEANWHILE, status=409) from None
    AnnouncementDraft.objects.all().delete()
    record(actor=actor, act="announcement.published", subject=made, after={"number": made.number})
    return made


@transaction.atomic
def acknowledge(*, actor: Actor, number: int) -> Acknowledgement:
    """Note that somebody has read a version: the newest one, or 409. A second time it changes nothing."""
    actor.must("home.view")
    latest = selectors.latest_announcement()
    if latest is None:
        raise Refusal(NOTHING_PUBLISHED)
    if latest.number != number:
        raise Refusal(ANOTHER_MEANWHILE, status=409)
    made, new = Acknowledgement.objects.get_or_create(
        announcement=latest, person=actor.id, defaults={"person_name": actor.name[:120]}
    )
    if new:
        record(actor=actor, act="announcement.read", subject=latest)
    return made


def _held_draft(seen: int) -> AnnouncementDraft:
    draft = AnnouncementDraft.objects.select_for_update().first()
    if (draft.revision if draft else 0) != seen:
        raise Refusal(CHANGED_MEANWHILE, status=409)
    if draft is None:
        return AnnouncementDraft(revision=1)
    draft.revision += 1
    return draft


def _issues(why: str, teams: str, *, to_publish: bool) -> list[Issue]:
    found = []
    if to_publish and not why.strip():
        found.append(Issue("why", WHY_EMPTY))
    found += [Issue(name, TOO_LONG) for name, text in (("why", why), ("teams", teams)) if len(text.strip()) > LONGEST]
    return found


def _refuse_if(issues: list[Issue]) -> None:
    if issues:
        raise Refusal(CANNOT_BE_KEPT, issues=issues)

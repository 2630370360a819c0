"""Say something under an objective, change or delete one's own, mention people; who follows is told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.goals.domain.mentions import mentioned
from apps.goals.models import Comment, KeyResult, Objective
from apps.goals.selectors import talk
from apps.goals.selectors.objectives import objective_for
from apps.goals.selectors.people import reader
from apps.goals.services.checkins import named
from apps.goals.services.followers import follow_at_once
from apps.goals.services.holding import told_of
from apps.kernel.issue import N_, Forbidden, Issue, Refusal
from apps.metrics.services import new_edition
from apps.notifications.services import tell

LONGEST = 4000
NOT_SAID = N_("The comment was not saved. What you typed is still here.")
NOT_YOURS = N_("Only whoever wrote a comment can change or delete it.")
DELETED = N_("This comment was deleted meanwhile.")
CHANGED = N_("This comment was changed in another window meanwhile. What you typed is still here: save it again.")


@transaction.atomic
def add_comment(
    *,
    actor: Actor,
    objective_id: UUID,
    text: str,
    now: datetime,
    picked: Collection[UUID] = (),
    key_result_id: UUID | None = None,
) -> Comment:
    """Say something under an objective. Who is mentioned is told, and who follows; who speaks follows from then on.

    `picked` are those chosen from the list of people, which tells apart who is called the same.
    """
    actor.must("checkins.write")
    objective = objective_for(reader(actor), objective_id)
    text = _readable(text)
    about = KeyResult.objects.filter(objective=objective, pk=key_result_id).first() if key_result_id else None
    made = Comment.objects.create(
        objective=objective, key_result=about, text=text, mentions=_mentioned(text, objective, picked), at=now,
        by=actor.id, by_name=actor.name[:120],
    )  # fmt: skip
    follow_at_once(objective, {actor.id})
    _tell(actor, made, objective, made.mentions)
    others = talk.followers_of(objective) - set(made.mentions)
    tell(
        people=others, kind="goals.commented", but=actor.id, key=f"comment:{made.pk}", url=_url(made),
        message=N_("%(who)s wrote about “%(title)s”"), params=_params(actor, objective),
    )  # fmt: skip
    new_edition("goals")
    return made


@transaction.atomic
def change_comment(
    *,
    actor: Actor,
    comment_id: UUID,
    text: str,
    now: datetime,
    seen: datetime | None = None,
    picked: Collection[UUID] = (),
) -> Comment:
    """Say one's own comment anew; who is mentioned for the first time is told. `seen` is when it was changed last."""
    row = _own(actor, comment_id)
    text = _readable(text)
    if row.edited_at != seen:
        raise Refusal(CHANGED, status=409)
    if text == row.text:
        return row
    mentions = _mentioned(text, row.objective, picked)
    fresh = [person for person in mentions if person not in row.mentions]
    row.text, row.mentions, row.edited_at = text, mentions, now
    row.save(update_fields=["text", "mentions", "edited_at"])
    _tell(actor, row, row.objective, fresh)
    new_edition("goals")
    return row


@transaction.atomic
def delete_comment(*, actor: Actor, comment_id: UUID, now: datetime) -> Comment:
    """Take one's own comment away: its place stays, its text goes for good. Twice is once."""
    row = _own(actor, comment_id, deleted=True)
    if row.deleted_at is None:
        row.text, row.mentions, row.deleted_at = "", [], now
        row.save(update_fields=["text", "mentions", "deleted_at"])
        told_of(actor, "comment.deleted", row.objective)
    return row


def _own(actor: Actor, comment_id: UUID, *, deleted: bool = False) -> Comment:
    actor.must("checkins.write")
    row = talk.comment_for(reader(actor), comment_id)
    row = Comment.objects.select_for_update(of=("self",)).select_related("objective").get(pk=row.pk)
    if row.by != actor.id:
        raise Forbidden(NOT_YOURS)
    if row.deleted_at is not None and not deleted:
        raise Refusal(DELETED, status=409)
    return row


def _readable(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refusal(NOT_SAID, issues=[Issue("text", N_("Write something first."))])
    if len(text) > LONGEST:
        raise Refusal(NOT_SAID, issues=[Issue("text", N_("At most %(most)s characters."), {"most": LONGEST})])
    return text


def _mentioned(text: str, objective: Objective, picked: Collection[UUID]) -> list[UUID]:
    """Who is mentioned and may know of it."""
    if "@" not in text:
        return []
    allowed = talk.seers(objective)
    people = [
        (pk, name or email)
        for pk, name, email in accounts.active_people().values_list("pk", "name", "email")
        if allowed is None or pk in allowed
    ]
    return mentioned(text, people, picked)


def _tell(actor: Actor, row: Comment, objective: Objective, people: Collection[UUID]) -> None:
    tell(
        people=people, kind="goals.mentioned", but=actor.id, key=f"mention:{row.pk}", url=_url(row),
        message=N_("%(who)s mentions you in “%(title)s”"), params=_params(actor, objective),
    )  # fmt: skip


def _params(actor: Actor, objective: Objective) -> dict[str, str]:
    return {"who": actor.name, "title": named(objective, objective.title)}


def _url(row: Comment) -> str:
    return reverse("checkins:activity", args=[row.objective_id]) + f"#said-{row.pk}"

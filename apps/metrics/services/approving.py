"""A change of a score that a second admin has to approve, where the company asks for it.

A draft is asked about, and approved or sent back with a reason. Whoever saved it at any time does not approve it, and
whoever saves it again takes back what was asked. What is approved is published at once, in the name of who asked.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, Forbidden, Issue, Refusal
from apps.metrics.domain.definition import Definition, ScoreDefinition, parse
from apps.metrics.models import Metric, MetricDraft, ScorePolicy
from apps.metrics.services.locks import hold_metrics

LONGEST_REASON = 1000
PERMISSION = "scores.approve"

NEEDS_APPROVAL = N_("A second admin has to approve changes of a score. Save a draft and ask for approval.")
NOT_ASKED = N_("Nobody has asked for approval of this draft, or it was changed since. Look at it again.")
OWN_CHANGE = N_("You worked on this change. Another admin has to approve it.")
NEEDS_REASON = N_("Say in a sentence what should be different.")
REASON_TOO_LONG = N_("The reason is too long; it may have %(most)s characters.")
SENT_BACK = N_("The draft was not sent back.")


@transaction.atomic
def change_score_policy(*, actor: Actor, second_admin: bool) -> bool:
    """Say whether changes of scores need a second admin; whether that is another answer than before.

    Turning it off takes back no request: who asked may publish alone from then on.
    """
    actor.must("company.settings")
    hold_metrics()
    policy = ScorePolicy.objects.first() or ScorePolicy()
    before, policy.second_admin = policy.second_admin, second_admin
    if before == second_admin:
        return False
    policy.save()
    record(
        actor=actor, act="score.policy_changed", subject=policy,
        before={"second_admin": before}, after={"second_admin": second_admin},
    )  # fmt: skip
    return True


def is_needed(before: Definition | None, after: Definition) -> bool:
    """Whether a second admin has to approve that `after` follows `before`: either is a score, and it is a change."""
    if before is None or not any(isinstance(each, ScoreDefinition) for each in (before, after)):
        return False
    return ScorePolicy.objects.filter(second_admin=True).exists()


def must_be_approved(before: Definition | None, after: Definition, approver: Actor | None) -> None:
    """Refusal if `after` needs the approval of a second admin and has none."""
    if approver is None and is_needed(before, after):
        raise Refusal(NEEDS_APPROVAL, status=409)


def ask(draft: MetricDraft, metric: Metric, actor: Actor) -> None:
    """Put a held draft before the other admins."""
    draft.asked_by, draft.asked_by_name, draft.asked_at = actor.id, actor.name[:120], Now()
    draft.rejected_at, draft.rejected_by_name, draft.rejection = None, "", ""
    draft.save()
    record(actor=actor, act="score.approval_asked", subject=metric, after=draft.definition, note=draft.note)


def must_be_another(draft: MetricDraft, actor: Actor) -> None:
    """Refusal unless the draft was asked about and `actor` is an admin who did not work on it."""
    actor.must(PERMISSION)
    if draft.asked_at is None:
        raise Refusal(NOT_ASKED, status=409)
    if str(actor.id) in {*draft.authors, str(draft.changed_by), str(draft.asked_by)}:
        raise Forbidden(OWN_CHANGE)


def send_back(draft: MetricDraft, metric: Metric, actor: Actor, reason: str) -> None:
    """Say why a held draft is not approved; it stays a draft."""
    must_be_another(draft, actor)
    reason = reason.strip()
    if not reason:
        raise Refusal(SENT_BACK, issues=[Issue("reason", NEEDS_REASON)])
    if len(reason) > LONGEST_REASON:
        raise Refusal(SENT_BACK, issues=[Issue("reason", REASON_TOO_LONG, {"most": LONGEST_REASON})])
    take_back(draft)
    draft.rejected_by_name, draft.rejected_at, draft.rejection = actor.name[:120], Now(), reason
    draft.save()
    record(actor=actor, act="score.rejected", subject=metric, before=draft.definition, note=reason)


def take_back(draft: MetricDraft) -> None:
    """Forget what was asked and answered of a draft, without saving it."""
    draft.asked_by, draft.asked_by_name, draft.asked_at = None, "", None
    draft.rejected_at, draft.rejected_by_name, draft.rejection = None, "", ""


def add_author(draft: MetricDraft, author: UUID) -> None:
    """Remember who worked on a draft, without saving it."""
    if str(author) not in draft.authors:
        draft.authors = [*draft.authors, str(author)]


def needs_second_admin(metric: Metric, draft: MetricDraft) -> bool:
    """Whether the draft has to be approved before it is published."""
    return is_needed(parse(metric.current_version.definition), parse(draft.definition))

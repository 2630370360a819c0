"""Targets that a second admin has to approve, where the company asks for it.

A proposed target counts for nothing. Whoever proposed it does not approve it: the person is compared, not the role, and
the database refuses it too. What is approved takes its place at once, or from the day on that it names.
"""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.evidence import services as forecasts
from apps.kernel.issue import N_, Forbidden, Issue, Refusal
from apps.metrics import selectors as metrics
from apps.metrics.services import new_edition
from apps.targets import selectors
from apps.targets.domain import terms
from apps.targets.domain.kinds import State
from apps.targets.models import Target, TargetPolicy
from apps.targets.services.setting import (
    CANNOT_BE_SET,
    CHANGED_MEANWHILE,
    Scope,
    end,
    follow,
    issues_of,
    take_over,
    told,
)

PERMISSION = "targets.approve"

OWN_PROPOSAL = N_("You proposed this target. Another admin has to approve it.")
DECIDED_ALREADY = N_("This proposal was decided already, or another took its place. Look at what holds now.")
NEEDS_REASON = N_("Say in a sentence what should be different.")
NOT_YOURS = N_("Only who proposed a target, or an admin, can take it back.")


@transaction.atomic
def change_target_policy(*, actor: Actor, second_admin: bool) -> bool:
    """Say whether targets need a second admin; whether that is another answer than before.

    Turning it off decides nothing that is proposed: whoever may set targets may put it in force then.
    """
    actor.must("company.settings")
    policy = TargetPolicy.objects.select_for_update().first() or TargetPolicy()
    before, policy.second_admin = policy.second_admin, second_admin
    if before == second_admin:
        return False
    policy.save()
    record(
        actor=actor, act="target.policy_changed", subject=policy,
        before={"second_admin": before}, after={"second_admin": second_admin},
    )  # fmt: skip
    new_edition("targets")
    return True


def approve_target(*, actor: Actor, target_id: UUID, seen: UUID | None = None) -> Target:
    """Put a proposed target in force, and with it the proposals that are parts of it, level by level.

    `seen` is the id of the target that the person saw in force; 409 if another is by now, or if somebody decided
    first. Refusal with every issue if it cannot be agreed any more: a team was archived, a member is gone.
    """
    try:
        with transaction.atomic():
            target = _proposed(target_id)
            _must_be_another(actor, target)
            if seen is not None and selectors.agreed_of(target) != seen:
                raise Refusal(CHANGED_MEANWHILE, status=409)
            _approve(actor, target)
            _approve_parts(actor, target)
            new_edition("targets")
            forecasts.ask()
            return target
    except IntegrityError:
        raise Refusal(DECIDED_ALREADY, status=409) from None


def _approve_parts(actor: Actor, target: Target) -> None:
    for part in Target.objects.select_for_update(of=("self",)).filter(parent=target, status=State.PROPOSED):
        _must_be_another(actor, part)
        _approve(actor, part)
        _approve_parts(actor, part)


def _approve(actor: Actor, target: Target) -> None:
    wish = terms.wish_of({name: getattr(target, name) for name in terms.NAMES}, target.grain)
    scope = Scope(target.metric_id, target.grain, target.dimension, target.member, target.team_id)
    found = [
        issue
        for issue in issues_of(wish, metrics.metric_for(target.metric_id), None, scope=scope)
        if issue.where in ("metric", "dimension", "member", "team", "grain")
    ]
    if found:
        raise Refusal(CANNOT_BE_SET, issues=found)
    former = take_over(target, actor, target.reason)
    target.status = State.IN_FORCE
    if actor.id != target.set_by:
        target.approved_by, target.approved_by_name, target.approved_at = actor.id, actor.name[:120], Now()
    target.save()
    target.refresh_from_db()
    follow(target, former)
    before = told(former) if former is not None else None
    record(actor=actor, act="target.approved", subject=target, before=before, after=told(target), note=target.reason)


@transaction.atomic
def reject_target(*, actor: Actor, target_id: UUID, reason: str) -> Target:
    """Say why a proposed target is not approved, or take back one's own; it stays in the history.

    What was proposed as parts of it goes with it.
    """
    target = _proposed(target_id)
    if target.set_by != actor.id and not actor.may(PERMISSION):
        raise Forbidden(NOT_YOURS)
    if not reason.strip():
        raise Refusal(CANNOT_BE_SET, issues=[Issue("reason", NEEDS_REASON)])
    _reject(actor, target, reason)
    new_edition("targets")
    return target


def _reject(actor: Actor, target: Target, reason: str) -> None:
    end(target, actor, reason, State.REJECTED)
    record(actor=actor, act="target.rejected", subject=target, before=told(target), note=target.ended_reason)
    for part in Target.objects.select_for_update(of=("self",)).filter(parent=target, status=State.PROPOSED):
        _reject(actor, part, reason)


def _proposed(target_id: UUID) -> Target:
    selectors.target_by_id(target_id)
    target = Target.objects.select_for_update(of=("self",)).filter(pk=target_id, status=State.PROPOSED).first()
    if target is None:
        raise Refusal(DECIDED_ALREADY, status=409)
    return target


def _must_be_another(actor: Actor, target: Target) -> None:
    """Refusal unless `actor` may decide on what somebody else proposed."""
    if not selectors.needs_second_admin():
        actor.must("targets.edit")
        return
    actor.must(PERMISSION)
    if target.set_by == actor.id:
        raise Forbidden(OWN_PROPOSAL)

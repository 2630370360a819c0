"""Set, replace and withdraw targets. What was agreed is kept: nothing here changes or deletes a goal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.evidence import services as forecasts
from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.services import new_edition
from apps.targets import selectors
from apps.targets.domain import checks, pace
from apps.targets.domain.kinds import State
from apps.targets.models import Target
from apps.workspaces.scope import current_workspace

CANNOT_BE_SET = N_("Please mend what is marked.")
CHANGED_MEANWHILE = N_("Somebody set another target for this metric meanwhile. Look at it, then decide again.")
ENDED_ALREADY = N_("This target is not in force any more.")
NO_SUCH_DIMENSION = N_("This metric is not split by this dimension.")


def set_target(
    *,
    actor: Actor,
    metric_id: UUID,
    grain: Grain,
    baseline: Decimal | None,
    goal: Decimal | None,
    start: date | None,
    due: date | None,
    dimension: str = "",
    member: str = "",
    owner_id: UUID | None = None,
    owner_name: str = "",
    reason: str = "",
    on_purpose: bool = False,
    seen: UUID | None = None,
) -> Target:
    """Set the target of a metric read by `grain`, from `baseline` to `goal` between `start` and `due`.

    Dates are widened to whole periods. The target in force, if there is one, is kept as history; then `reason` is
    needed. `seen` is the id of the target the person saw in force, if they saw one. Setting what is in force already
    changes nothing. Raises Refusal with every issue at once (`where` names the argument), or with status 409 if
    another target was set meanwhile.
    """
    actor.must("targets.edit")
    metric = metrics.metric_for(metric_id)
    wish = checks.Wish(Grain(grain), baseline, goal, start, due, on_purpose)
    scope = {"metric_id": metric.id, "grain": wish.grain, "dimension": dimension, "member": member}
    try:
        with transaction.atomic():
            former = selectors.in_force().select_for_update().filter(**scope).first()
            if seen is not None and (former is None or former.pk != seen):
                raise Refusal(CHANGED_MEANWHILE, status=409)
            found = issues_of(wish, metric, former, dimension=dimension, reason=reason)
            if found:
                raise Refusal(CANNOT_BE_SET, issues=found)
            terms = _terms(wish) | {"owner_id": owner_id}
            if former is not None and all(getattr(former, name) == value for name, value in terms.items()):
                return former
            return _write(actor, former, reason, scope | terms | {"owner_name": owner_name})
    except IntegrityError:  # the unique constraint: somebody else's came first
        raise Refusal(CHANGED_MEANWHILE, status=409) from None


def issues_of(
    wish: checks.Wish, metric: metrics.MetricView, former: Target | None, *, dimension: str = "", reason: str = ""
) -> list[Issue]:
    """Everything that keeps `wish` from being the target of `metric`, in place of `former` if one is in force."""
    calendar = current_workspace().calendar
    found = list(checks.issues(wish, calendar, direction=metric.direction, grains=metric.grains))
    if dimension and dimension not in metric.dimensions:
        found.append(Issue("dimension", NO_SUCH_DIMENSION))
    if former is not None and not reason.strip():
        found.append(Issue("reason", checks.WHY))
    return found


def _terms(wish: checks.Wish) -> dict[str, object]:
    """What is agreed, with whole periods."""
    assert wish.start is not None and wish.due is not None  # noqa: S101, PT018  (`issues_of` has seen to it)
    calendar = current_workspace().calendar
    start, due = pace.whole_periods(calendar, grain=wish.grain, start=wish.start, due=wish.due)
    return {"baseline": wish.baseline, "goal": wish.goal, "start": start, "due": due}


def _write(actor: Actor, former: Target | None, reason: str, fields: dict[str, object]) -> Target:
    if former is not None:
        _end(former, actor, reason)
    target = Target.objects.create(
        replaces=former, reason=reason.strip()[:200], set_by=actor.id, set_by_name=actor.name[:120], **fields
    )
    target.refresh_from_db()
    before = _told(former) if former is not None else None
    record(actor=actor, act="target.set", subject=target, before=before, after=_told(target), note=target.reason)
    new_edition("targets")
    forecasts.ask()
    return target


@transaction.atomic
def withdraw_target(*, actor: Actor, target_id: UUID, reason: str) -> Target:
    """Take a target out of force without another in its place; it stays in the history with `reason`.

    Raises Refusal if the reason is missing, or with status 409 if the target is not in force any more.
    """
    actor.must("targets.edit")
    target = selectors.target_by_id(target_id)
    if not reason.strip():
        raise Refusal(CANNOT_BE_SET, issues=[Issue("reason", N_("Say in a few words why it is withdrawn."))])
    target = selectors.in_force().select_for_update().filter(pk=target.pk).first()
    if target is None:
        raise Refusal(ENDED_ALREADY, status=409)
    _end(target, actor, reason)
    record(actor=actor, act="target.withdrawn", subject=target, before=_told(target), note=target.ended_reason)
    new_edition("targets")
    return target


def _end(target: Target, actor: Actor, reason: str) -> None:
    target.status = State.ENDED
    target.ended_at, target.ended_by_name, target.ended_reason = Now(), actor.name[:120], reason.strip()[:200]
    target.save(update_fields=["status", "ended_at", "ended_by_name", "ended_reason"])
    target.refresh_from_db()


def _told(target: Target) -> dict[str, str]:
    """A target for the record, as plain JSON."""
    return {
        "baseline": f"{target.baseline.normalize():f}",
        "goal": f"{target.goal.normalize():f}",
        "start": target.start.isoformat(),
        "due": target.due.isoformat(),
    }

"""Choose the one number."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors
from apps.metrics.domain import branches
from apps.metrics.models import NorthStar, TreeNode
from apps.metrics.services.freshness import figures_are_new
from apps.metrics.services.locks import hold_metrics


@transaction.atomic
def choose_north_star(*, actor: Actor, metric_id: UUID, grain: Grain, reason: str = "") -> NorthStar:
    """Make a metric the company's North Star, read by `grain`; the choice before it stays as history.

    The root of the tree follows: the metric's own branch if it is in the tree, else a new node. What was the root
    hangs below it, as a part of its formula if that names it, else as an influence, so that no set-up is lost.
    """
    actor.must("north_star.choose")
    hold_metrics()
    view = selectors.metric_for(metric_id)
    if view.archived:
        raise Refusal(N_("This metric is archived. Bring it back first."))
    if grain not in view.grains:
        message = N_("“%(key)s” has no values by %(grain)s.")
        raise Refusal(
            N_("The North Star cannot be read like this."),
            issues=[Issue("grain", message, {"key": view.key, "grain": grain})],
        )
    before = NorthStar.objects.select_for_update().filter(ended_at__isnull=True).first()
    if before and (before.metric_id, before.grain, before.reason) == (metric_id, grain, reason):
        return before
    chosen = _replace(before, view, grain, reason, actor)
    _lead_tree_to(view)
    figures_are_new()
    return chosen


def _replace(
    before: NorthStar | None, view: selectors.MetricView, grain: Grain, reason: str, actor: Actor
) -> NorthStar:
    now = timezone.now()
    if before:
        before.ended_at = now
        before.save(update_fields=["ended_at"])
    chosen = NorthStar.objects.create(
        metric_id=view.id,
        grain=grain,
        reason=reason,
        chosen_by=actor.id,
        chosen_by_name=actor.name[:120],
        chosen_at=now,
    )
    record(
        actor=actor,
        act="north_star.chosen",
        subject=chosen,
        before={"metric": before.metric.key, "grain": before.grain} if before else None,
        after={"metric": view.key, "grain": grain},
        note=reason,
    )
    return chosen


def _lead_tree_to(view: selectors.MetricView) -> None:
    root = TreeNode.objects.select_related("metric").filter(parent__isnull=True).first()
    if root is None:
        TreeNode.objects.create(metric_id=view.id)
        return
    if root.metric_id == view.id:
        return
    new = TreeNode.objects.filter(metric_id=view.id).order_by("position", "pk").first()
    if new is None:
        new = TreeNode.objects.create(metric_id=view.id, parent=root)
    named = root.metric.key in branches.factors_of(view.definition)
    root.parent = new  # a circle for a moment: the tree may never have two roots, not even between two statements
    root.link = TreeNode.Link.FORMULA if named else TreeNode.Link.INFLUENCE
    root.position = new.children.count()
    root.save(update_fields=["parent", "link", "position"])
    new.parent, new.link, new.position = None, TreeNode.Link.FORMULA, 0
    new.save(update_fields=["parent", "link", "position"])

"""What an initiative is for: a metric, a target of it, or a key result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from apps.accounts.domain.roles import Actor
from apps.common import formats
from apps.goals.domain.plan import Plan
from apps.goals.models import Initiative, KeyResult
from apps.goals.selectors.objectives import key_result_for
from apps.goals.selectors.people import reader
from apps.kernel.issue import N_, Refusal
from apps.metrics import selectors as metrics
from apps.metrics.presentation import style_of
from apps.metrics.selectors import MetricView
from apps.targets import selectors as targets
from apps.targets.selectors import Target
from apps.workspaces.scope import current_workspace

ONE_THING = N_("Say what it is for: a metric, a target, or a key result.")
NO_TARGET = N_("This target is not in force any more. Plan the action for the one that took its place.")
DROPPED = N_("This key result was dropped. Choose another one.")
CLOSED = N_("The cycle of this key result is closed. Choose one of a cycle that runs.")


@dataclass(frozen=True)
class Anchor:
    """What an initiative is for. A key result that follows no metric has none here; a target always has one."""

    metric: MetricView | None = None
    target: Target | None = None
    key_result: KeyResult | None = None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What its plan may name a member of: a target and a key result have said it already."""
        held = self.target or self.key_result
        if held is not None:
            return (held.dimension,) if held.dimension else ()
        return self.metric.dimensions if self.metric else ()

    def placed(self, plan: Plan) -> Plan:
        """The plan, for the member that a target or a key result is about."""
        held = self.target or self.key_result
        return replace(plan, dimension=held.dimension, member=held.member) if held is not None else plan

    @property
    def ids(self) -> dict[str, UUID]:
        """As `services.create_initiative` takes it."""
        if self.key_result is not None:
            return {"key_result_id": self.key_result.pk}
        if self.target is not None:
            return {"target_id": self.target.pk}
        return {"metric_id": self.metric.id} if self.metric else {}

    @property
    def style(self) -> formats.Style:
        """How an effect on it is written."""
        if self.metric is not None:
            return style_of(self.metric.unit, current_workspace().currency)
        return formats.Style(digits=2)

    @property
    def suffix(self) -> str:
        """The unit behind a figure of it."""
        return self.metric.suffix if self.metric else self.key_result.unit if self.key_result else ""

    @property
    def name(self) -> str:
        if self.key_result is not None:
            return self.key_result.title
        return self.metric.name if self.metric else ""


def anchor_for(
    actor: Actor,
    *,
    metric_id: UUID | str | None = None,
    target_id: UUID | None = None,
    key_result_id: UUID | None = None,
) -> Anchor:
    """What somebody chose. Raises Refusal unless it is one of the three, NotHere for what they may not know of.

    At most six queries.
    """
    if [metric_id is None, target_id is None, key_result_id is None].count(False) != 1:
        raise Refusal(ONE_THING)
    if metric_id is not None:
        return Anchor(metrics.metric_for(metric_id))
    if target_id is not None:
        target = targets.target_by_id(target_id)
        if target.ended_at is not None:
            raise Refusal(NO_TARGET, status=409)
        return Anchor(metrics.metric_for(target.metric_id), target=target)
    return _of_key_result(actor, key_result_id)


def _of_key_result(actor: Actor, key_result_id: UUID | None) -> Anchor:
    row = key_result_for(reader(actor), key_result_id)  # type: ignore[arg-type]
    if row.dropped_at is not None:
        raise Refusal(DROPPED, status=409)
    if row.objective.cycle.closed_at is not None:
        raise Refusal(CLOSED, status=409)
    return Anchor(metrics.metric_for(row.metric_id) if row.metric_id else None, key_result=row)


def anchor_of(row: Initiative) -> Anchor:
    """What a stored one is for, whatever became of that since. One query; two for a target or a key result."""
    metric = metrics.metric_for(row.metric_id) if row.metric_id else None
    target = targets.target_by_id(row.target_id) if row.target_id else None
    return Anchor(metric, target, row.key_result)

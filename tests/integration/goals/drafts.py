"""What tests say of objectives through the services."""

from dataclasses import replace

import pytest

from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft, StepDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.goals.models import Objective
from apps.kernel.issue import Refusal


def issues_of(refusal: pytest.ExceptionInfo[Refusal]) -> list[str]:
    return [issue.where for issue in refusal.value.issues]


def again(objective: Objective, **other: object) -> ObjectiveDraft:
    """The draft of an objective as it stands, as its form would send it."""
    drafts = tuple(
        KeyResultDraft(
            row.title, Kind(row.kind), row.metric.key if row.metric_id else "", row.grain, row.dimension, row.member,
            row.unit, row.start, row.goal, row.low, row.high, row.tolerance,
            RangeRule(row.range_rule) if row.range_rule else None, row.weight, row.owner_id,
            tuple(StepDraft(step.title, step.weight, step.due, step.pk) for step in row.milestones.all()),
            id=row.pk,
        )
        for row in objective.key_results.filter(dropped_at__isnull=True)
    )  # fmt: skip
    told = ObjectiveDraft(
        objective.title, objective.level, objective.team_id, objective.owner_id, objective.why, objective.kind,
        objective.private, objective.parent_id, objective.alignment, None, objective.counts, drafts,
    )  # fmt: skip
    return replace(told, **other)

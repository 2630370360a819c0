"""Read which version of a score gives which period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from apps.metrics.domain.definition import Definition, ScoreDefinition, parse
from apps.metrics.domain.differences import same_figures
from apps.metrics.domain.score_time import Era, in_time
from apps.metrics.models import Metric, MetricVersion


def eras_by_metric(metric_ids: Iterable[UUID]) -> dict[UUID, list[Era]]:
    """The versions of scores, by metric id. One query."""
    found: dict[UUID, list[Era]] = {pk: [] for pk in metric_ids}
    rows = MetricVersion.objects.filter(metric_id__in=list(found), definition__kind="score").order_by("number")
    for row in rows:
        definition = parse(row.definition)
        assert isinstance(definition, ScoreDefinition)  # noqa: S101 - its kind says so
        found[row.metric_id].append(Era(row.effective_from, row.number, definition, row.pk))
    return found


def scores_in_time(current: Mapping[UUID, tuple[Definition, int]]) -> dict[UUID, Definition]:
    """Definitions by metric id, given with the number of their version: scores that changed know what held before.

    One query, and none where no score ever had a second version.
    """
    changed = [pk for pk, (definition, number) in current.items() if number > 1 and definition.kind == "score"]
    versions = eras_by_metric(changed) if changed else {}
    return {
        pk: in_time(definition, versions[pk])
        if pk in versions and isinstance(definition, ScoreDefinition)
        else definition
        for pk, (definition, _number) in current.items()
    }


def draft_in_time(metric: Metric, definition: Definition, start: date | None) -> Definition:
    """What a metric would be if `definition` were published to hold from `start` on. One query at most."""
    current = metric.current_version
    if not isinstance(definition, ScoreDefinition) or current is None:
        return definition
    if same_figures(parse(current.definition), definition):
        start = current.effective_from
    versions = eras_by_metric([metric.pk])[metric.pk]
    return in_time(definition, [*versions, Era(start, current.number + 1, definition)])

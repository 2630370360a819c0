"""Worker: compute a draft beside the current version, and keep both for the page that compares them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from apps.engine import EngineFailure
from apps.kernel.issue import N_
from apps.metrics.domain.definition import Definition, parse
from apps.metrics.domain.sheet import Place
from apps.metrics.domain.values import Cell
from apps.metrics.models import Comparison, MetricDraft
from apps.metrics.selectors.eras import draft_in_time, scores_in_time
from apps.metrics.services.trial import Cells, try_out
from apps.work.services import Claim, WorkFailed

MOST_PERIODS = 400
"""Newest periods of each grain that a comparison keeps."""


def compare_draft(claim: Claim) -> None:
    """Compare the draft `claim.work.subject` (its id) with the current version. Nothing if it is gone.

    A draft that is saved meanwhile has been asked for anew, so what was found of the older one is dropped.
    """
    drafts = MetricDraft.objects.select_related("metric__current_version")
    draft = drafts.filter(pk=claim.work.subject).first()
    if draft is None:
        return
    version = draft.metric.current_version
    claim.progress(0, 1, N_("Reading the data"))
    try:
        found = try_out(claim, _both(draft))
    except EngineFailure as failure:
        raise WorkFailed(failure.message, retry=failure.retry, params=failure.params) from failure
    with claim.completing():
        held = MetricDraft.objects.select_for_update().filter(pk=draft.pk, revision=draft.revision).first()
        if held is not None:
            Comparison.objects.update_or_create(
                draft=held,
                defaults={
                    "revision": held.revision,
                    "version": version,
                    "figures": side_by_side(found.cells["now"], found.cells["draft"]),
                    "dataset_versions": dict(found.numbers),
                    "made_at": timezone.now(),
                },
            )


def _both(draft: MetricDraft) -> dict[str, Definition]:
    """The current definition and the draft, each with what of earlier versions still holds for earlier periods."""
    version, definition = draft.metric.current_version, parse(draft.definition)
    now = scores_in_time({draft.metric_id: (parse(version.definition), version.number)})[draft.metric_id]
    return {"now": now, "draft": draft_in_time(draft.metric, definition, draft.effective_from)}


def side_by_side(now: Cells, draft: Cells) -> dict[str, list[list[Any]]]:
    """Both by grain and period, oldest first, as JSON: [first day, cell or null now, cell or null in the draft]."""
    rows: dict[str, list[list[Any]]] = defaultdict(list)
    for place in sorted(now.keys() | draft.keys()):
        rows[place.grain].append([place.start.isoformat(), _said(now, place), _said(draft, place)])
    return {grain: found[-MOST_PERIODS:] for grain, found in rows.items()}


def _said(cells: Mapping[Place, Cell], place: Place) -> list[Any] | None:
    cell = cells.get(place)
    if cell is None:
        return None
    value = None if cell.value is None else f"{cell.value.normalize():f}"
    reason = cell.reason.to_json() if cell.reason else {}
    return [value, cell.state, {**reason, "params": {k: str(v) for k, v in reason["params"].items()}} if reason else {}]

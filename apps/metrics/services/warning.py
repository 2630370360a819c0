"""What is wrong with the data behind each metric, kept with the metric: whoever shows a number has read it already."""

from __future__ import annotations

from typing import Any

from apps.datasets import selectors as datasets
from apps.datasets.domain import health
from apps.metrics import selectors
from apps.metrics.models import Metric
from apps.metrics.services.locks import hold_metrics


def warn_anew() -> None:
    """Write beside every metric what readers should know of the data it is built on, through formulas too.

    In the caller's transaction; two queries where nothing is wrong and nothing was, and then no page is made anew.
    """
    if _changed(Metric.objects.all()):
        changed = _changed(hold_metrics().values())
        Metric.objects.bulk_update(changed, ["warnings"])


def _changed(metrics: Any) -> list[Metric]:
    """The metrics that have to say something else, with what that is."""
    rows = list(metrics)
    wanted = _wanted()
    changed = []
    for metric in rows:
        told = wanted.get(metric.key, [])
        if metric.warnings != told:
            metric.warnings = told
            changed.append(metric)
    return changed


def _wanted() -> dict[str, list[dict[str, object]]]:
    """By key of each metric that is built on data with something wrong, what to say."""
    troubled = datasets.troubled()
    if not troubled:
        return {}
    behind = selectors.data_behind(selectors.known())
    said = {key: [_plain(issue) for issue in health.warnings(standing)] for key, standing in troubled.items()}
    found = {
        metric: [line for key in sorted(keys & said.keys()) for line in said[key]] for metric, keys in behind.items()
    }
    return {metric: lines for metric, lines in found.items() if lines}


def _plain(issue: Any) -> dict[str, object]:
    return {"message": issue.message, "params": dict(issue.params)}

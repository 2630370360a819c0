"""Read which metrics are built on a data set, through formulas too."""

from __future__ import annotations

from collections.abc import Mapping

from apps.metrics.domain import checks
from apps.metrics.domain.checks import Known
from apps.metrics.domain.money import reads
from apps.metrics.selectors.definitions import known, metrics
from apps.metrics.selectors.shapes import MetricView


def built_on(dataset_key: str) -> list[MetricView]:
    """The metrics in use whose values come from a data set, by name. Four queries at most."""
    views = metrics()
    behind = data_behind(known(views))
    return [view for view in views if dataset_key in behind.get(view.key, ())]


def data_behind(found: Known) -> dict[str, set[str]]:
    """The data sets behind each metric: its own, and those of the metrics that its formula names, to any depth."""
    parts = {key: (reads(each, found), checks.inputs_of(each)) for key, each in found.metrics.items()}
    return {key: _behind(key, parts) for key in parts}


def _behind(metric: str, parts: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> set[str]:
    found: set[str] = set()
    seen, waiting = set(), [metric]
    while waiting:
        key = waiting.pop()
        if key in seen or key not in parts:
            continue
        seen.add(key)
        own, inputs = parts[key]
        found.update(own)
        waiting.extend(inputs)
    return found

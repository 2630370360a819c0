"""What a series was expected to become, seen from a day: from the values that had closed by then, and no others.

Nothing is stored here: who asks keeps the answer (an action keeps what was expected of its metric without it). It
is made by the same steps as a stored forecast (`making.py`), so the same values give the same figures on any later day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.evidence.domain.bounds import bounds_of
from apps.evidence.domain.forecasting import COVERAGE, Task
from apps.evidence.domain.history import MOST, SEASON, History, usable
from apps.evidence.services.computing import answers
from apps.evidence.services.making import closed_of
from apps.evidence.services.wanting import horizon
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.selectors import Ahead, Series
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class Asked:
    """A series as it was before the day `before`, to be told on to the period that holds `until`."""

    metric_id: UUID
    grain: Grain
    dimension: str
    member: str
    before: date
    until: date


@dataclass(frozen=True)
class LookBack:
    """What was to be expected, by `method`, from `made_from` values of the definition `version`, `first` to `last`.

    No `points`: there were too few values (`missing` says how many more were needed), or they allowed no forecast. Of
    `cases` past ones its range held `hits`; it is meant to hold `coverage` of them.
    """

    points: tuple[Ahead, ...] = ()
    method: str = ""
    made_from: int = 0
    missing: int = 0
    version: int = 0
    first: str = ""
    last: str = ""
    coverage: Decimal = COVERAGE
    hits: int = 0
    cases: int = 0


def look_back(asked: Sequence[Asked]) -> Iterator[LookBack]:
    """The answer to each, in its order. For workers: it starts the forecasting process.

    Two queries for each grain and dimension among them. Raises WorkFailed if that process ends early.
    """
    series = _series(asked)
    ready = [_prepared(one, series.get((one.metric_id, one.grain, one.dimension, one.member))) for one in asked]
    told = answers([task for _history, task, _version in ready if task is not None])
    for one, (history, task, version) in zip(asked, ready, strict=True):
        yield _made(one, history, version, next(told) if task is not None else None)


def _series(asked: Iterable[Asked]) -> dict[tuple[UUID, Grain, str, str], Series]:
    alike: dict[tuple[Grain, str], set[UUID]] = defaultdict(set)
    for one in asked:
        alike[one.grain, one.dimension].add(one.metric_id)
    found: dict[tuple[UUID, Grain, str, str], Series] = {}
    for (grain, dimension), ids in alike.items():
        last = 2 * (MOST[grain] + SEASON[grain])  # the day may lie as far back as values are looked at
        if dimension:
            members = metrics.member_series(ids, grain, dimension, last=last)
            found |= {(pk, grain, dimension, member): each for (pk, member), each in members.items()}
        else:
            found |= {(pk, grain, "", ""): each for pk, each in metrics.series_of(ids, grain, last=last).items()}
    return found


def _prepared(one: Asked, series: Series | None) -> tuple[History, Task | None, int]:
    if series is None:
        return History(), None, 0
    closed = [point for point in closed_of(series) if point.period.end <= one.before]
    history = usable(closed, one.grain)
    if not history.points:
        return history, None, 0
    version = history.points[-1].version
    if history.missing:
        return history, None, version
    periods = horizon(current_workspace().calendar, history.points[-1].period, one.until)
    values = tuple(float(value) for value in history.values)
    low, high = bounds_of(series.metric.definition, values)
    return history, Task(values, SEASON[one.grain], len(periods), low, high), version


def _made(one: Asked, history: History, version: int, told: dict[str, Any] | None) -> LookBack:
    if not history.points:
        return LookBack()
    named = {
        "made_from": len(history.points), "missing": history.missing, "version": version,
        "first": history.points[0].period.key, "last": history.points[-1].period.key,
    }  # fmt: skip
    if told is None:
        return LookBack(**named)
    periods = horizon(current_workspace().calendar, history.points[-1].period, one.until)
    points = []
    for period, each in zip(periods, told["ahead"], strict=False):
        value, low, high = (Decimal(each[name]) for name in ("value", "low", "high"))
        points.append(Ahead(period, value, min(low, value), max(high, value)))
    return LookBack(tuple(points), told["method"], hits=told["hits"], cases=told["cases"], **named)

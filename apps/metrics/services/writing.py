"""Replace stored cells: what is equal stays untouched, what settled and changed says so, what is gone is removed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from apps.kernel.period import Calendar, Grain
from apps.metrics.domain import values
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.sheet import Place
from apps.metrics.domain.values import Cell
from apps.metrics.models import ComputeRun, Metric, MetricValue

PeriodKey = tuple[str, date]
"""A grain and the first day of a period."""

_WRITTEN = (
    "version",
    "run",
    "period_end",
    "numerator",
    "denominator",
    "value",
    "n",
    "state",
    "reason",
    "former_value",
    "dataset_versions",
    "computed_at",
)
_BATCH = 1000


@dataclass(frozen=True)
class Pen:
    """Who writes, and when: one computation."""

    run: ComputeRun
    calendar: Calendar
    now: datetime


@dataclass(frozen=True)
class Written:
    """How many cells were made, changed or removed, and in which periods."""

    count: int
    periods: frozenset[PeriodKey]


NOTHING_WRITTEN = Written(0, frozenset())


def cell_of(row: MetricValue) -> Cell:
    """A stored value as a cell."""
    return Cell(
        row.numerator, row.denominator, row.value, row.n, row.state, Reason.from_json(row.reason), row.former_value
    )


def place_of(row: MetricValue) -> Place:
    return Place(row.grain, row.period_start, row.dimension, row.member)


def replace_cells(
    pen: Pen,
    metric: Metric,
    old: Iterable[MetricValue],
    new: Mapping[Place, Cell],
    *,
    cause: Callable[[Place], Reason],
    dataset_versions: Sequence[str] = (),
    version_at: Callable[[date], UUID | None] | None = None,
) -> Written:
    """Let `new` stand where `old` stood, in the caller's transaction; a second time nothing is left to do.

    A settled value of the same version that changes is restated with `cause`. A total that was settled and is no
    longer covered stays as "no data" with what it was. `version_at` says by the first day of a period which version
    its values are of, where that is not always the current one.
    """

    def version(start: date) -> UUID:
        return (version_at(start) if version_at else None) or metric.current_version_id

    former = {place_of(row): row for row in old}
    fresh: list[MetricValue] = []
    gone = [row for place, row in former.items() if place not in new]
    for place, cell in new.items():
        row = former.get(place)
        same = row is not None and row.version_id == version(place.start)
        final = values.restated(cell_of(row), cell, cause(place)) if row is not None and same else cell
        if not same or cell_of(row) != final:
            fresh.append(_row(pen, metric, version(place.start), place, final, dataset_versions))
    kept = [
        row for row in gone if row.version_id == version(row.period_start) and _is_missed(row) and _is_period(pen, row)
    ]
    fresh += [
        _row(pen, metric, row.version_id, place_of(row), _missed(row), dataset_versions)
        for row in kept
        if row.state != values.NO_DATA
    ]
    removed = _remove(row for row in gone if row not in kept)
    _upsert(fresh)
    touched = [(row.grain, row.period_start) for row in (*fresh, *removed)]
    return Written(len(touched), frozenset(touched))


def _is_missed(row: MetricValue) -> bool:
    """Whether people have seen a settled total here, which must not vanish without a word."""
    return not row.dimension and (row.state in values.SETTLED or row.former_value is not None)


def _is_period(pen: Pen, row: MetricValue) -> bool:
    """Whether the company's calendar still has the period; after a change of it, others took its place."""
    period = pen.calendar.period_of(row.period_start, Grain(row.grain))
    return (period.start, period.end) == (row.period_start, row.period_end)


def _missed(row: MetricValue) -> Cell:
    former = row.value if row.state in values.SETTLED else row.former_value
    return Cell(None, None, None, 0, values.NO_DATA, Reason(values.NO_LONGER_COVERED), former)


def _row(
    pen: Pen, metric: Metric, version_id: UUID, place: Place, cell: Cell, dataset_versions: Sequence[str]
) -> MetricValue:
    return MetricValue(
        metric=metric,
        version_id=version_id,
        run=pen.run,
        grain=place.grain,
        period_start=place.start,
        period_end=pen.calendar.period_of(place.start, Grain(place.grain)).end,
        dimension=place.dimension,
        member=place.member,
        numerator=cell.numerator,
        denominator=cell.denominator,
        value=cell.value,
        n=cell.n,
        state=cell.state,
        reason=cell.reason.to_json() if cell.reason else {},
        former_value=cell.former_value,
        dataset_versions=list(dataset_versions),
        computed_at=pen.now,
    )


def _upsert(rows: Collection[MetricValue]) -> None:
    MetricValue.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["metric", "grain", "period_start", "dimension", "member"],
        update_fields=_WRITTEN,
    )


def _remove(rows: Iterable[MetricValue]) -> list[MetricValue]:
    removed = list(rows)
    for at in range(0, len(removed), _BATCH):
        MetricValue.objects.filter(pk__in=[row.pk for row in removed[at : at + _BATCH]]).delete()
    return removed

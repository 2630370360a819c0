"""Read the versions of a definition, its draft, and what the two come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Calendar, Grain, Period
from apps.metrics.domain.definition import Definition, parse
from apps.metrics.models import Comparison, FormerFigures, MetricDraft, MetricVersion
from apps.metrics.selectors.definitions import metric_for
from apps.metrics.selectors.series import reason_in_words
from apps.metrics.selectors.shapes import Certification, MetricLike, certification_of
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class VersionView:
    """One version of a metric's definition. `same_figures`: only words differ from the version before."""

    id: UUID
    number: int
    definition: Definition
    note: str
    by: str
    at: datetime
    restores: int | None
    same_figures: bool
    certified: Certification | None
    lapsed_from: int | None
    effective_from: date | None = None
    approved_by: str = ""


@dataclass(frozen=True)
class Figure:
    """What a definition comes to in a period."""

    value: Decimal | None
    state: str
    reason: str


@dataclass(frozen=True)
class FigureRow:
    """A period in the current version and in the draft; None where one of them has no value for it at all."""

    period: Period
    now: Figure | None
    draft: Figure | None

    @property
    def difference(self) -> Decimal | None:
        """Draft minus now, where both have a value."""
        if self.now is None or self.draft is None or self.now.value is None or self.draft.value is None:
            return None
        return self.draft.value - self.now.value

    @property
    def differs(self) -> bool:
        """Whether the two say something else: another value, or a value where the other has none."""
        return (self.now.value if self.now else None) != (self.draft.value if self.draft else None)


@dataclass(frozen=True)
class ComparisonView:
    """A draft beside the version that was current, from the data versions named by `numbers`."""

    revision: int
    version_id: UUID
    numbers: Mapping[str, int]
    made_at: datetime
    rows: Mapping[Grain, tuple[FigureRow, ...]]


@dataclass(frozen=True)
class DraftView:
    """The open draft of a metric, and how it compares if a worker has computed it.

    `effective_from`: from which day on it is to hold, None for all periods. `asked_by` is who asked for approval ("" if
    nobody did), `rejected_by` who sent it back with `rejection`; `authors` are the ids of all who worked on it.
    """

    id: UUID
    revision: int
    definition: Definition
    based_on: VersionView
    restores: int | None
    note: str
    began_by: str
    by: str
    at: datetime
    comparison: ComparisonView | None
    effective_from: date | None = None
    authors: tuple[str, ...] = ()
    asked_by: str = ""
    asked_at: datetime | None = None
    rejected_by: str = ""
    rejected_at: datetime | None = None
    rejection: str = ""


@dataclass(frozen=True)
class Break:
    """Where a series changes its meaning: from `at` on people read version `number` of the definition."""

    period: Period
    number: int
    note: str
    by: str
    at: datetime


def history_of(metric: MetricLike) -> list[VersionView]:
    """Every version, newest first. One query (two by id or key)."""
    rows = MetricVersion.objects.filter(metric_id=metric_for(metric).id)
    return [_view(row) for row in rows]


def version_for(metric: MetricLike, number: int) -> VersionView:
    """One version by its number; NotHere if there is none. One query (two by id or key)."""
    row = MetricVersion.objects.filter(metric_id=metric_for(metric).id, number=number).first()
    if row is None:
        raise NotHere(N_("There is no such version."))
    return _view(row)


def draft_of(metric: MetricLike) -> DraftView | None:
    """The open draft, or None. One query (two by id or key)."""
    drafts = MetricDraft.objects.select_related("based_on", "comparison")
    row = drafts.filter(metric_id=metric_for(metric).id).first()
    if row is None:
        return None
    return DraftView(
        id=row.pk,
        revision=row.revision,
        definition=parse(row.definition),
        based_on=_view(row.based_on),
        restores=row.restores,
        note=row.note,
        began_by=row.created_by_name,
        by=row.changed_by_name,
        at=row.changed_at,
        comparison=_comparison(row),
        effective_from=row.effective_from,
        authors=tuple(row.authors),
        asked_by=row.asked_by_name,
        asked_at=row.asked_at,
        rejected_by=row.rejected_by_name,
        rejected_at=row.rejected_at,
        rejection=row.rejection,
    )


def breaks_of(versions: Iterable[VersionView], grain: Grain) -> tuple[Break, ...]:
    """Where versions changed the figures, oldest first. No query.

    A version that holds from a day on changes them with the first period that begins then or later, unless a newer one
    has taken its place; any other in the period in which it was published. Of several in a period the last one stands.
    """
    calendar = current_workspace().calendar
    in_order = sorted(versions, key=lambda each: each.number)
    standing = _standing(in_order)
    found: dict[Period, Break] = {}
    for version in in_order:
        if version.number == 1 or version.same_figures:
            continue
        if version.effective_from is None:
            period = calendar.period_of(calendar.today(version.at), grain)
        elif version.number in standing:
            period = _first_from(calendar, version.effective_from, grain)
        else:
            continue
        found[period] = Break(period, version.number, version.note, version.by, version.at)
    return tuple(found[period] for period in sorted(found))


def _standing(versions: Sequence[VersionView]) -> set[int]:
    """Numbers of the versions that begin to hold somewhere: no newer one holds from the same day or earlier. One that
    only changes words takes the place of the version before it."""
    numbers: set[int] = set()
    for at, version in enumerate(versions):
        later = [each for each in versions[at + 1 :] if not each.same_figures]
        starts = [each.effective_from for each in later]
        if all(start is not None and (version.effective_from or date.min) < start for start in starts):
            numbers.add(version.number)
    return numbers


def _first_from(calendar: Calendar, day: date, grain: Grain) -> Period:
    """The first period that begins on `day` or later."""
    period = calendar.period_of(day, grain)
    return period if period.start == day else calendar.shift(period, 1)


def number_in_force(versions: Iterable[VersionView], start: date) -> int:
    """Number of the version that gives the value of a period that begins on `start`. No query."""
    return max(v.number for v in versions if v.effective_from is None or v.effective_from <= start)


def former_figures(metric: MetricLike, number: int, grain: Grain) -> dict[Period, Decimal | None]:
    """The totals as people saw them under version `number`, when it was replaced. One query (two by id or key)."""
    kept = FormerFigures.objects.filter(version__metric_id=metric_for(metric).id, version__number=number).first()
    calendar = current_workspace().calendar
    return {
        calendar.period_of(date.fromisoformat(start), grain): _decimal(value)
        for start, value, _state in (kept.figures.get(grain, ()) if kept else ())
    }


def _view(row: MetricVersion) -> VersionView:
    return VersionView(
        id=row.pk,
        number=row.number,
        definition=parse(row.definition),
        note=row.note,
        by=row.created_by_name,
        at=row.created_at,
        restores=row.restores,
        same_figures=row.same_figures,
        certified=certification_of(row),
        lapsed_from=row.lapsed_from,
        effective_from=row.effective_from,
        approved_by=row.approved_by_name,
    )


def _comparison(draft: MetricDraft) -> ComparisonView | None:
    try:
        row: Comparison = draft.comparison
    except ObjectDoesNotExist:
        return None
    calendar = current_workspace().calendar
    return ComparisonView(
        revision=row.revision,
        version_id=row.version_id,
        numbers=row.dataset_versions,
        made_at=row.made_at,
        rows={
            Grain(grain): tuple(_figure_row(calendar, Grain(grain), *found) for found in rows)
            for grain, rows in row.figures.items()
        },
    )


def _figure_row(calendar: Calendar, grain: Grain, start: str, now: list | None, draft: list | None) -> FigureRow:
    return FigureRow(calendar.period_of(date.fromisoformat(start), grain), _figure(now), _figure(draft))


def _figure(said: list[Any] | None) -> Figure | None:
    return Figure(_decimal(said[0]), said[1], reason_in_words(said[2])) if said else None


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)

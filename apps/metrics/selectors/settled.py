"""Read what metrics were in one period, exactly, with everything that leads to the source: what pay is reckoned by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from django.db.models import Q

from apps.kernel.period import Grain
from apps.metrics.domain import checks, values
from apps.metrics.models import ManualValue, MetricVersion
from apps.metrics.selectors.definitions import metrics
from apps.metrics.selectors.series import Reader, stored_values
from apps.metrics.selectors.shapes import MetricView


@dataclass(frozen=True)
class Settled:
    """One stored value: `exact` is undivided (None: there is none), `state` as of today, `parts` of a ratio what is
    above its line and below."""

    id: int
    exact: Fraction | None
    state: str
    version_id: UUID
    version: int
    dataset_versions: tuple[str, ...]
    parts: tuple[Fraction, Fraction] | None = None

    @property
    def is_final(self) -> bool:
        return self.state in (values.FINAL, values.RESTATED)


def values_of_period(
    metric_ids: Iterable[UUID], grain: Grain, start: date, dimensions: Iterable[str] = ()
) -> dict[tuple[UUID, str, str], Settled]:
    """The values of the period that begins on `start`, by metric id, dimension and member: the totals, and the members
    of `dimensions`. One query, however many metrics and members.
    """
    rows = stored_values(grain).filter(metric_id__in=list(metric_ids), period_start=start)
    reader = Reader()
    return {
        (row.metric_id, row.dimension, row.member): Settled(
            row.pk,
            _exact(row),
            values.state_today(row.state, row.period_end, reader.today, row.reason),
            row.version_id,
            row.version.number,
            tuple(str(each) for each in row.dataset_versions),
            _parts(row),
        )
        for row in rows.filter(dimension__in=["", *dimensions])
    }


def _parts(row) -> tuple[Fraction, Fraction] | None:
    if row.numerator is None or row.denominator is None:
        return None
    return Fraction(row.numerator), Fraction(row.denominator)


def _exact(row) -> Fraction | None:
    if row.value is None:
        return None
    if row.numerator is not None and row.denominator:
        return Fraction(row.numerator) / Fraction(row.denominator)
    return Fraction(row.value)


def inputs_below(keys: Iterable[str]) -> dict[str, UUID]:
    """The metrics of `keys` and all that their formulas are made of, by key. One query."""
    views = {view.key: view for view in metrics(archived=True)}
    found: dict[str, UUID] = {}
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key in views and key not in found:
            found[key] = views[key].id
            waiting.extend(checks.inputs_of(views[key].definition))
    return found


def redefined_since(keys: Iterable[str], moment: datetime) -> list[tuple[MetricView, int]]:
    """The metrics, of these and all that their formulas are made of, that got another definition after `moment`, with
    the number of the newest version; where only words changed, the figures are the same and nothing is told.
    Three queries at most.
    """
    below = inputs_below(keys)
    rows = MetricVersion.objects.filter(
        metric_id__in=list(below.values()), created_at__gt=moment, number__gt=1, same_figures=False
    ).order_by("number")
    newest = {row.metric_id: row.number for row in rows}
    return [(view, newest[view.id]) for view in metrics(archived=True) if view.id in newest] if newest else []


def typists_of(metric_ids: Iterable[UUID], first: date, last: date) -> set[UUID]:
    """Who typed a value of these metrics for a period between two days. One query."""
    rows = ManualValue.objects.filter(
        Q(period_start__gte=first, period_start__lte=last), metric_id__in=list(metric_ids)
    )
    return set(rows.values_list("typed_by", flat=True))

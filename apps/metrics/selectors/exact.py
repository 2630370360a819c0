"""Read values to calculate with: before rounding, and free of any language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from django.utils import timezone

from apps.kernel.period import Grain
from apps.metrics.domain import values
from apps.metrics.domain.reasons import Reason
from apps.metrics.models import MetricValue
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class Exact:
    """A value before rounding (its sides undivided), None where there is none; its state as of today, and why."""

    value: Fraction | None
    state: str
    reason: Reason | None


def exact_values(
    metric_ids: Iterable[UUID], grain: Grain, starts: Iterable[date], dimension: str = "", member: str | None = ""
) -> dict[tuple[UUID, date, str], Exact]:
    """The values of several metrics in the periods that begin on `starts`, by metric id, first day and member.

    For one member of `dimension`, or all of them (None). One query, however many metrics and periods.
    """
    today = current_workspace().calendar.today(timezone.now())
    rows = MetricValue.objects.filter(
        metric_id__in=list(metric_ids), grain=grain, period_start__in=list(starts), dimension=dimension
    )
    if member is not None:
        rows = rows.filter(member=member)
    return {(row.metric_id, row.period_start, row.member): _exact(row, today) for row in rows}


def _exact(row: MetricValue, today: date) -> Exact:
    state = values.state_today(row.state, row.period_end, today, row.reason)
    value = None if row.value is None else Fraction(row.value)
    if value is not None and row.numerator is not None and row.denominator:
        value = Fraction(row.numerator) / Fraction(row.denominator)
    return Exact(value, state, Reason.from_json(row.reason))

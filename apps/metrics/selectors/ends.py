"""Read the values of many metrics at a few periods at once: the ends of a comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from apps.kernel.period import Grain
from apps.metrics.domain import values
from apps.metrics.domain.definition import Definition, is_zero_when_empty, parse
from apps.metrics.models import MetricValue, MetricVersion
from apps.metrics.selectors.series import reason_in_words
from apps.workspaces.scope import current_workspace


class Where(NamedTuple):
    """A metric in the period that begins on `start`, for all ("") or for one member of a dimension."""

    metric_id: UUID
    start: date
    member: str = ""


@dataclass(frozen=True)
class Stand:
    """A stored value before rounding: `exact` and `value` are None where it has none. `state` is as of today."""

    id: int
    exact: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    value: Decimal | None
    state: str
    reason: Mapping
    version_id: UUID
    version_number: int
    computed_at: datetime

    @property
    def reason_in_words(self) -> str:
        return reason_in_words(dict(self.reason))


@dataclass(frozen=True)
class Stands:
    """Values by where they stand; of members of `dimension`, and always of the totals, too."""

    dimension: str
    rows: Mapping[Where, Stand]
    totals: Mapping[Where, Stand] = field(default_factory=dict)

    def at(self, metric_id: UUID, start: date, member: str = "") -> Stand | None:
        """The stored value, if there is one."""
        return (self.rows if self.dimension else self.totals).get(Where(metric_id, start, member))

    def exact(self, metric_id: UUID, definition: Definition, start: date, member: str = "") -> Fraction | None:
        """What a metric was, to be calculated with.

        Nothing counted for a member of a sum or count that has no value there while the period has a total: 0.
        """
        found = self.at(metric_id, start, member)
        if found is None and self.dimension and is_zero_when_empty(definition):
            total = self.totals.get(Where(metric_id, start))
            return Fraction(0) if total is not None and total.exact is not None else None
        return found.exact if found else None

    def members(self, metric_id: UUID, start: date) -> dict[str, Stand]:
        """What was read of all members of a metric in a period."""
        return {at.member: row for at, row in self.rows.items() if at.metric_id == metric_id and at.start == start}


def stands(
    metric_ids: Collection[UUID],
    grain: Grain,
    starts: Collection[date],
    dimension: str = "",
    members: Collection[str] | None = (),
) -> Stands:
    """The values of metrics in the periods that begin on `starts`: totals, and `members` (None: all). One query."""
    wanted = Q(dimension="", member="")
    if dimension:
        wanted |= Q(dimension=dimension) if members is None else Q(dimension=dimension, member__in=list(members))
    rows = MetricValue.objects.filter(wanted, metric_id__in=list(metric_ids), grain=grain, period_start__in=set(starts))
    today = current_workspace().calendar.today(timezone.now())
    totals: dict[Where, Stand] = {}
    split: dict[Where, Stand] = {}
    for metric_id, start, split_by, member, *rest in rows.order_by().values_list(
        "metric_id", "period_start", "dimension", "member", "pk", "numerator", "denominator", "value", "state",
        "reason", "period_end", "version_id", "version__number", "computed_at",
    ):  # fmt: skip
        (split if split_by else totals)[Where(metric_id, start, member)] = _stand(rest, today)
    return Stands(dimension, split, totals)


def _stand(row: list, today: date) -> Stand:
    pk, numerator, denominator, value, state, reason, period_end, version_id, number, computed_at = row
    over = None if numerator is None else Fraction(numerator)
    under = None if denominator is None else Fraction(denominator)
    exact = None
    if value is not None:
        exact = Fraction(value) if over is None else None if under == 0 else over if under is None else over / under
    return Stand(
        id=pk,
        exact=exact,
        numerator=over,
        denominator=under,
        value=value,
        state=values.state_today(state, period_end, today, reason),
        reason=reason,
        version_id=version_id,
        version_number=number,
        computed_at=computed_at,
    )


def definitions_of(version_ids: Iterable[UUID]) -> dict[UUID, Definition]:
    """Definitions by the id of their version, as they were then. One query."""
    rows = MetricVersion.objects.filter(pk__in=set(version_ids)).values_list("pk", "definition")
    return {pk: parse(document) for pk, document in rows}


def members_by_dimension(metric_id: UUID, grain: Grain) -> dict[str, list[str]]:
    """The members of every dimension that have a value in any period, by name. One query."""
    rows = MetricValue.objects.filter(metric_id=metric_id, grain=grain).exclude(dimension="").order_by()
    found: dict[str, list[str]] = {}
    for dimension, member in sorted(rows.values_list("dimension", "member").distinct()):
        found.setdefault(dimension, []).append(member)
    return found

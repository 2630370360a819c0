"""Read what was agreed for a period, in figures: what pay is measured against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from django.db.models import Q

from apps.kernel.period import Grain
from apps.targets.domain.kinds import Kind, State
from apps.targets.models import Target
from apps.targets.selectors.reading import course_of
from apps.workspaces.scope import current_workspace

Scope = tuple[UUID, str, str, str]
"""A metric's id, a dimension and a member, and the id of a team as text; all texts "" for the total."""


@dataclass(frozen=True)
class Committed:
    """What a target asks of one period. `target` is None for a band, which lies from `low` to `high`.

    `start` is what a level begins at. `alone`: nobody but who set it agreed.
    """

    id: UUID
    kind: Kind
    target: Fraction | None
    start: Fraction | None
    low: Fraction | None
    high: Fraction | None
    tolerance: Fraction | None
    set_at: datetime
    set_by: UUID
    set_by_name: str
    alone: bool


def committed(metric_ids: Iterable[UUID], first: date, last: date, grain: Grain) -> dict[Scope, Committed]:
    """The targets that were agreed for the days from `first` to `last`, by scope; those read by `grain` come first.

    The newest one counts that holds on the last day and was not withdrawn by then; one that is proposed counts for
    nothing. Of a longer target the part that is due by (a flow: within) the period. One query.
    """
    rows = Target.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=last),
        Q(valid_until__isnull=True) | Q(valid_until__gt=last),
        metric_id__in=list(metric_ids), status__in=[State.IN_FORCE, State.ENDED], start__lte=last, due__gte=last,
    )  # fmt: skip
    calendar = current_workspace().calendar
    found: dict[Scope, list[Target]] = defaultdict(list)
    for row in rows:
        if row.ended_at is None or calendar.today(row.ended_at) > last:
            found[_scope(row)].append(row)
    return {
        scope: _committed(max(alike, key=lambda row: (row.grain == grain, row.set_at)), first, last)
        for scope, alike in found.items()
    }


def proposed_for(metric_ids: Iterable[UUID], first: date, last: date) -> dict[Scope, list[Target]]:
    """The targets for these days that wait for approval, by scope. One query."""
    found: dict[Scope, list[Target]] = defaultdict(list)
    for row in Target.objects.filter(
        metric_id__in=list(metric_ids), status=State.PROPOSED, start__lte=last, due__gte=first
    ):
        found[_scope(row)].append(row)
    return dict(found)


def _scope(row: Target) -> Scope:
    return row.metric_id, row.dimension, row.member, str(row.team_id or "")


def _committed(row: Target, first: date, last: date) -> Committed:
    def exact(name: str) -> Fraction | None:
        figure = getattr(row, name)
        return None if figure is None else Fraction(figure)

    kind = Kind(row.kind)
    return Committed(
        row.pk, kind, _asked(row, kind, first, last), exact("baseline"), exact("low"), exact("high"),
        exact("tolerance"), row.set_at, row.set_by, row.set_by_name, row.approved_by is None,
    )  # fmt: skip


def _asked(row: Target, kind: Kind, first: date, last: date) -> Fraction | None:
    if kind is Kind.BAND or row.goal is None:
        return None
    if kind not in (Kind.LEVEL, Kind.FLOW) or (row.due == last and (kind is Kind.LEVEL or row.start >= first)):
        return Fraction(row.goal)
    course = course_of(row)
    asked = course.expected_after(last)
    if kind is Kind.FLOW and row.start < first:
        asked -= course.expected_after(first - timedelta(days=1))
    return asked

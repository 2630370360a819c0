"""The history of key results as charts: every value on its day, and the straight way from start to target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from apps.common import formats
from apps.common.charts import Point, Trend
from apps.goals.domain.progress import Kind
from apps.goals.models import Cycle, KeyResultValue
from apps.goals.presentation.initiatives import DIGITS, marks_of, tone, word
from apps.goals.presentation.objectives import KeyResultRow
from apps.goals.selectors import InitiativeView, initiatives_for_key_results
from apps.goals.selectors.due import elapsed_of
from apps.kernel.period import Grain
from apps.workspaces.scope import current_workspace

MOST_POINTS = 60


def charts_of(
    cycle: Cycle, rows: Iterable[KeyResultRow], actions: Mapping[UUID, list[InitiativeView]]
) -> dict[UUID, Trend]:
    """A chart for each key result that has had two values on two days, with the days on which `actions` for it began
    and ended. One query."""
    told = {each.row.pk: each for each in rows if each.row.kind not in (Kind.BINARY,)}
    values: dict[UUID, dict[date, Decimal]] = defaultdict(dict)
    for pk, on, value in KeyResultValue.objects.filter(key_result_id__in=told, value__isnull=False).values_list(
        "key_result_id", "on", "value"
    ):
        values[pk][on] = value  # of a day's values the last one counts
    return {pk: _chart(cycle, told[pk], found, actions.get(pk, [])) for pk, found in values.items() if len(found) > 1}


def actions_of(key_result_ids: Iterable[UUID]) -> dict[UUID, list[InitiativeView]]:
    """The actions for key results, by key result. One query."""
    found: dict[UUID, list[InitiativeView]] = defaultdict(list)
    for view in initiatives_for_key_results(key_result_ids):
        if view.key_result_id is not None:
            found[view.key_result_id].append(view)
    return found


def action_rows(views: list[InitiativeView]) -> list[dict[str, object]]:
    """Actions as lines of a list, each with the sign it has on the chart."""
    return [
        {"view": view, "digit": DIGITS[at] if at < len(DIGITS) else "", "tone": tone(view), "stand": word(view)}
        for at, view in enumerate(views)
    ]


def _chart(cycle: Cycle, each: KeyResultRow, values: dict[date, Decimal], actions: list[InitiativeView]) -> Trend:
    calendar = current_workspace().calendar
    days = sorted(values)[-MOST_POINTS:]
    signs: dict[date, list[str]] = defaultdict(list)
    for mark in marks_of(actions):  # at the first value from that day on
        day = next((day for day in days if day >= mark.day), None)
        if day is not None:
            signs[day].append(mark.text)
    points = [
        Point(
            label=formats.period(calendar.period_of(day, Grain.DAY), short=True),
            name=formats.day(day),
            actual=values[day],
            target=_due(cycle, each, day),
            mark=" ".join(signs[day]) if day in signs else "",
        )
        for day in days
    ]
    return Trend(
        key=str(each.row.pk),
        title=_("Values of %(title)s") % {"title": each.row.title},
        points=points,
        style=each.style,
        head=_("Day"),
        name=_("Value"),
    )


def _due(cycle: Cycle, each: KeyResultRow, day: date) -> Decimal | None:
    """Where the straight way from start to target stands on a day; what is to be kept has its bound every day."""
    row = each.row
    match row.kind:
        case Kind.REACH if row.start is not None and row.goal is not None:
            share = elapsed_of(cycle, day)
            return row.start + (row.goal - row.start) * share.numerator / share.denominator
        case Kind.ABOVE:
            return row.low
        case Kind.BELOW:
            return row.high
        case _:
            return None

"""Worker: keep what is expected of a metric when an action on it begins, and judge what came once it has ended.

Both are read from stored values and can be done again to the same figures: a forecast looks at nothing that closed
after the first day, however late it is made. What stays the same is not written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from apps.evidence.domain.history import FLOOR
from apps.evidence.services.looking_back import Asked, LookBack, look_back
from apps.evidence.services.making import same_figures
from apps.goals.domain.effect import Came, Case, Effect, Told, judge
from apps.goals.domain.foreseen import Foreseen, Place, foreseen, place_of
from apps.goals.models import Initiative
from apps.goals.selectors.days import today
from apps.goals.selectors.initiatives import ENDED
from apps.kernel.issue import N_
from apps.kernel.numbers import divide
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.domain.definition import is_zero_when_empty
from apps.metrics.domain.values import NO_DATA, SETTLED, UNDEFINED
from apps.metrics.selectors import MetricView, Series
from apps.metrics.services import new_edition
from apps.work.services import Claim
from apps.workspaces.scope import current_workspace

MOST_POINTS = 1000
Where = tuple[UUID, str, str, str]


@dataclass(frozen=True)
class Judged:
    """What is to be written of an initiative."""

    row: Initiative
    forecast: dict[str, Any] | None
    verdict: str
    facts: dict[str, Any] | None


def work_out_effects(claim: Claim) -> None:
    """Every action on a metric that has begun: its forecast if it has none for this day; its verdict, once ended."""
    day = today()
    rows = list(_begun(day))
    views = {view.id: view for view in metrics.metrics(archived=True)}
    kept = _forecasts(claim, rows, views)
    found = list(_judged(rows, views, kept))
    changed = [one for one in found if _differs(one)]
    with claim.completing():
        _write(changed)


def _begun(day: date) -> Iterable[Initiative]:
    """Those that began, and those that were said to have and are not any more."""
    begun = Q(status=Initiative.Status.RUNNING, start__lte=day) | Q(status__in=ENDED) | ~Q(verdict="")
    return Initiative.objects.filter(begun, metric__isnull=False).select_related("target", "key_result").order_by("pk")


# --- what was to be expected ----------------------------------------------------------------------------------------


def _forecasts(claim: Claim, rows: list[Initiative], views: Mapping[UUID, MetricView]) -> dict[UUID, Foreseen | None]:
    """By initiative: the one kept for the first day it has now, or a new one."""
    star = metrics.north_star()
    places = {row.pk: _place(row, views[row.metric_id], star.grain if star else Grain.MONTH) for row in rows}
    kept = {row.pk: _kept(row, places[row.pk]) for row in rows}
    wanting = [row for row in rows if kept[row.pk] is None]
    asked = [_asked(row, places[row.pk]) for row in wanting]
    for done, (row, told) in enumerate(zip(wanting, look_back(asked), strict=True)):
        claim.progress(done, len(wanting), N_("Looking ahead from where actions began"))
        kept[row.pk] = _made(places[row.pk], told)
    return kept


def _place(row: Initiative, view: MetricView, preferred: Grain) -> Place:
    """By which periods it is looked at: those of its target or key result, else the North Star's, else months."""
    held = row.target or row.key_result
    usual = next((grain for grain in (preferred, Grain.MONTH) if grain in view.grains), view.grains[0])
    grain = (held.grain if held is not None else "") or usual
    return Place(str(grain), row.dimension, row.member, row.start)


def _kept(row: Initiative, place: Place) -> Foreseen | None:
    """What was kept already. The periods stay those of then: another North Star does not change the question."""
    if row.forecast is None:
        return None
    had = place_of(row.forecast)
    if (had.dimension, had.member, had.start) != (place.dimension, place.member, place.start):
        return None
    return foreseen(row.forecast, partial(current_workspace().calendar.parse, grain=Grain(had.grain)))


def _asked(row: Initiative, place: Place) -> Asked:
    """As far as it is planned, and as long again: what runs late can still be judged."""
    calendar, grain = current_workspace().calendar, Grain(place.grain)
    end = max(row.due + (row.due - row.start), row.ended_on or row.due)
    until = calendar.shift(calendar.period_of(end, grain), 1).end
    return Asked(row.metric_id, grain, place.dimension, place.member, before=row.start, until=until)


def _made(place: Place, told: LookBack) -> Foreseen:
    points = tuple(Told(each.period, each.value, each.low, each.high) for each in told.points)
    return Foreseen(
        place=place, told=points, method=told.method, made_from=told.made_from, missing=told.missing, need=FLOOR,
        version=told.version, first=told.first, last=told.last, coverage=told.coverage, hits=told.hits,
        cases=told.cases, made_at=timezone.now(),
    )  # fmt: skip


# --- what came --------------------------------------------------------------------------------------------------------


def _judged(
    rows: list[Initiative], views: Mapping[UUID, MetricView], kept: Mapping[UUID, Foreseen | None]
) -> Iterator[Judged]:
    ended = [row for row in rows if row.status in ENDED]
    series = _series(kept[row.pk] and _where(row, kept[row.pk]) for row in ended)
    for row in rows:
        told = kept[row.pk]
        forecast = told.as_json() if told is not None else None
        if row.status not in ENDED or told is None:
            yield Judged(row, forecast, "", None)
            continue
        view = views[row.metric_id]
        found = judge(*_case(row, view, told, series.get(_where(row, told))))
        yield Judged(row, forecast, str(found.verdict), _facts(found))


def _where(row: Initiative, told: Foreseen) -> Where:
    return row.metric_id, told.place.grain, told.place.dimension, told.place.member


def _series(places: Iterable[Where | None]) -> dict[Where, Series]:
    """Two queries for each grain and dimension."""
    alike: dict[tuple[str, str], set[UUID]] = defaultdict(set)
    for metric_id, grain, dimension, _member in filter(None, places):
        alike[grain, dimension].add(metric_id)
    found: dict[Where, Series] = {}
    for (grain, dimension), ids in alike.items():
        if dimension:
            members = metrics.member_series(ids, Grain(grain), dimension, last=MOST_POINTS)
            found |= {(pk, grain, dimension, member): each for (pk, member), each in members.items()}
        else:
            totals = metrics.series_of(ids, Grain(grain), last=MOST_POINTS)
            found |= {(pk, grain, "", ""): each for pk, each in totals.items()}
    return found


def _case(row: Initiative, view: MetricView, told: Foreseen, series: Series | None) -> tuple[Case, list[Came]]:
    points = series.points if series is not None else ()
    numbers = {told.version, *(point.version_number for point in points)}
    same = same_figures(view) if len(numbers) > 1 else {}
    case = Case(
        start=row.start,
        ended=row.ended_on,
        told=told.told,
        version=same.get(told.version, told.version),
        better_up=view.direction == "up",
        adds_up=is_zero_when_empty(view.definition),
        promised=row.expected,
        cost=row.cost,
        because=told.because,
    )
    came = [
        Came(
            point.period,
            point.value,
            same.get(point.version_number, point.version_number),
            point.state in SETTLED or point.state == UNDEFINED,
        )
        for point in points
        if point.state != NO_DATA
    ]
    return case, came


def _facts(found: Effect) -> dict[str, Any]:
    """The figures of a verdict as plain JSON; read back by `presentation.effects`."""
    exact = {"mean": found.mean, "low": found.low, "high": found.high, "total": found.total, "one": found.cost_of_one}
    return {
        "why": {"message": found.why.message, "params": dict(found.why.params)} if found.why else None,
        "periods": [period.key for period in found.periods],
        "short": found.short.key if found.short else "",
        "promise": str(found.promise or ""),
        **{name: None if value is None else _text(value) for name, value in exact.items()},
    }


def _text(value: Fraction) -> str:
    return str(divide(value.numerator, value.denominator))


def _differs(one: Judged) -> bool:
    row = one.row
    return (row.forecast, row.verdict, row.verdict_facts) != (one.forecast, one.verdict, one.facts)


def _write(changed: list[Judged]) -> None:
    """Each by the revision it was worked out for: whoever changed it meanwhile has asked again."""
    now = timezone.now()
    written = 0
    for one in changed:
        written += Initiative.objects.filter(pk=one.row.pk, revision=one.row.revision).update(
            forecast=one.forecast, verdict=one.verdict, verdict_facts=one.facts, judged_at=now if one.verdict else None
        )
    if written:
        new_edition("goals")

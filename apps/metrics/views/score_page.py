"""What the page of a score shows beside its series: its band, its areas, and what moved it, down to each metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import charts, formats
from apps.kernel.period import Period
from apps.metrics import presentation, selectors
from apps.metrics.domain import scoring
from apps.metrics.domain.arithmetic import rounded
from apps.metrics.domain.definition import ScoreDefinition
from apps.metrics.domain.drivers import dealt, half_up
from apps.metrics.domain.fields import Known
from apps.metrics.domain.scoring import Scored, ScoredPart
from apps.metrics.domain.scoring_drivers import ScoreChange
from apps.metrics.selectors import Board, MetricView, Point, Series

PLACES = 1


@dataclass(frozen=True)
class Effect:
    """A contribution to the change of the score: in words, with where its bar begins and how long it is, in per cent of
    the width; the middle is no change."""

    label: str
    value: Decimal
    text: str
    start: str
    width: str
    hint: str = ""


@dataclass(frozen=True)
class PartRow:
    """A metric of the score: its value now and before, its points, its weight, and what it moved."""

    name: str
    url: str
    value: str
    before: str
    points: str
    change: Decimal | None
    change_text: str
    weight: str
    effect: str
    missing: bool
    capped: bool


@dataclass(frozen=True)
class AreaRow:
    """An area of the score: its points as a bar with the band's tone, its weight, its change, its metrics."""

    name: str
    points: str
    share: Decimal
    tone: str
    band: str
    change: Decimal | None
    change_text: str
    weight: str
    effect: str
    parts: tuple[PartRow, ...]
    missing: int


def context_of(
    request: HttpRequest, view: MetricView, series: Series, period: Period | None, known: Known
) -> dict[str, Any]:
    """Nothing for other kinds. One query: two periods of the metrics it reads."""
    definition = known.metrics.get(view.key, view.definition)
    if not isinstance(definition, ScoreDefinition) or period is None:
        return {}
    calendar_before = _before(series, period)
    found = selectors.board(
        {**known.metrics, view.key: definition}, [view.key], series.grain, until=period.start, last=2
    )
    now = found.scored(view.key, period)
    here = found.end(view.key, period).definition
    point = next((each for each in series.points if each.period == period), None)
    context: dict[str, Any] = {
        "score_period": formats.period(period),
        "coverage": formats.percent(rounded(now.coverage), 0),
        "is_whole": now.coverage == 1,
        "least": formats.percent(here.least_coverage, 0),
        "missing": formats.listed(_name(key, known) for key in now.missing),
        "capped_by": _name(now.capped_by, known) if now.capped_by else "",
        "band": _band(here, now.score),
        "moved_on": point is not None and _rounded(now.score) != point.value,
    }
    change, before = None, None
    if calendar_before is not None:
        before = found.scored(view.key, calendar_before)
        change = found.change(view.key, calendar_before, period)
    return context | _explained(request, known, here, found, period, calendar_before, now, before, change)


def _before(series: Series, period: Period) -> Period | None:
    earlier = [point.period for point in series.points if point.period < period]
    return earlier[-1] if earlier and earlier[-1].end == period.start else None


def _rounded(score: Fraction | None) -> Decimal | None:
    return None if score is None else rounded(score)


def _name(key: str, known: Known) -> str:
    metric = known.metrics.get(key)
    return metric.name.text(get_language()) if metric else key


def _band(definition: ScoreDefinition, score: Fraction | Decimal | None) -> tuple[str, str]:
    """Tone and name of the band; grey where there is no score."""
    if score is None:
        return "none", _("Insufficient")
    found = scoring.band_of(definition, score)
    return found.tone, found.name.text(get_language())


def _explained(
    request: HttpRequest,
    known: Known,
    definition: ScoreDefinition,
    found: Board,
    period: Period,
    earlier: Period | None,
    now: Scored,
    before: Scored | None,
    change: ScoreChange | None,
) -> dict[str, Any]:
    effects = _effects(change, now, before)
    rows = [
        _part(part, definition, found, period, earlier, before, change, effects, known, request.workspace.currency)
        for part in now.parts
    ]
    areas = [
        _area(at, definition, now, before, [row for part, row in zip(now.parts, rows, strict=True) if part.group == at],
              effects if change else None)
        for at in range(len(definition.groups))
    ]  # fmt: skip
    return {
        "areas": areas,
        "bars_of_change": _bars(change, effects, definition) if change else [],
        "change_total": formats.signed(_text(abs(_sum(effects))), _sum(effects)) if change else "",
        "before_period": formats.period(earlier) if earlier else "",
    }


def _effects(change: ScoreChange | None, now: Scored, before: Scored | None) -> dict[str, Decimal]:
    """What moved the score, rounded so that it adds up to the two scores as they are shown; by metric, and "(held)",
    "(definition)", "(coverage)"."""
    if change is None or before is None or now.score is None or before.score is None:
        return {}
    exact = {
        **change.by_metric,
        "(held)": change.held,
        "(definition)": change.definition,
        "(coverage)": change.coverage,
    }
    total = half_up(now.score, PLACES) - half_up(before.score, PLACES)
    return dict(zip(exact, dealt(list(exact.values()), total, PLACES), strict=True))


def _sum(effects: dict[str, Decimal]) -> Decimal:
    return sum(effects.values(), Decimal(0))


def _text(value: Decimal) -> str:
    return formats.number(value, PLACES)


def _signed(value: Decimal) -> str:
    return formats.signed(_text(abs(value)), value)


def _bars(change: ScoreChange, effects: dict[str, Decimal], definition: ScoreDefinition) -> list[Effect]:
    inputs = sum((value for key, value in effects.items() if not key.startswith("(")), Decimal(0)) + effects["(held)"]
    held = ""
    if effects["(held)"]:
        held = _("of these %(points)s by a limit or the way parts are put together") % {
            "points": _signed(effects["(held)"])
        }
    bars = [
        (_("Inputs moved"), inputs, held),
        (_("Weights or the definition changed"), effects["(definition)"], ""),
        (_("Coverage changed"), effects["(coverage)"], ""),
    ]
    most = max((abs(value) for _label, value, _hint in bars), default=Decimal(0)) or Decimal(1)
    return [Effect(label, value, _signed(value), *_place(value, most), hint) for label, value, hint in bars]


def _place(value: Decimal, most: Decimal) -> tuple[str, str]:
    length = abs(value) / most * 48
    return f"{50 - length if value < 0 else Decimal(50):.2f}", f"{length:.2f}"


def _part(
    part: ScoredPart, definition: ScoreDefinition, found: Board, period: Period, earlier: Period | None,
    before: Scored | None, change: ScoreChange | None, effects: dict[str, Decimal], known: Known, currency: str,
) -> PartRow:  # fmt: skip
    metric = known.metrics.get(part.metric)
    style = presentation.style_of(metric.unit, currency) if metric else formats.Style()
    old = next((each for each in before.parts if each.metric == part.metric), None) if before else None
    was = found.entry(part.metric, earlier).exact if earlier else None
    moved = rounded(part.points - old.points) if old and part.points is not None and old.points is not None else None
    query = urlencode({"grain": found.grain.value, "period": period.key})
    return PartRow(
        name=_name(part.metric, known),
        url=f"{reverse('metrics:detail', args=[part.metric])}?{query}",
        value=style.full(rounded(part.value)) if part.value is not None else formats.DASH,
        before=style.full(rounded(was)) if was is not None else formats.DASH,
        points=formats.number(rounded(part.points), PLACES) if part.points is not None else formats.DASH,
        change=moved,
        change_text=_text(abs(moved)) if moved is not None else "",
        weight=formats.percent(rounded(part.weight)),
        effect=_signed(effects.get(part.metric, Decimal(0))) if change else formats.DASH,
        missing=part.points is None,
        capped=bool(change and part.metric in change.capped),
    )


def _area(
    at: int, definition: ScoreDefinition, now: Scored, before: Scored | None, rows: Sequence[PartRow],
    effects: dict[str, Decimal] | None,
) -> AreaRow:  # fmt: skip
    group = definition.groups[at]
    points, old = points_of_area(now, at), None
    if before is not None:
        old = points_of_area(before, at) if _same_areas(now, before) else None
    moved = rounded(points - old) if points is not None and old is not None else None
    tone, band = _band(definition, points)
    weight = sum((part.weight for part in now.parts if part.group == at), Fraction(0))
    names = [part.metric for part in now.parts if part.group == at]
    effect = sum(((effects or {}).get(name, Decimal(0)) for name in names), Decimal(0))
    return AreaRow(
        name=group.name.text(get_language()),
        points=formats.number(rounded(points), PLACES) if points is not None else formats.DASH,
        share=rounded(points) if points is not None else Decimal(0),
        tone=tone,
        band=band if points is not None else _("No value"),
        change=moved,
        change_text=_text(abs(moved)) if moved is not None else "",
        weight=formats.percent(rounded(weight)),
        effect=_signed(effect) if effects is not None else formats.DASH,
        parts=tuple(rows),
        missing=sum(row.missing for row in rows),
    )


def _same_areas(now: Scored, before: Scored) -> bool:
    return [(part.metric, part.group) for part in now.parts] == [(part.metric, part.group) for part in before.parts]


def points_of_area(found: Scored, at: int) -> Fraction | None:
    """The points of an area: those of its metrics with a value, by their weights; None where none has one."""
    parts = [part for part in found.parts if part.group == at and part.points is not None]
    whole = sum((part.weight for part in parts), Fraction(0))
    if not whole:
        return None
    return sum((part.weight * part.points for part in parts if part.points is not None), Fraction(0)) / whole


# --- the trend and the members ----------------------------------------------------------------------------------------


def bands_for(view: MetricView) -> tuple[charts.Band, ...]:
    """The bands of a score, to be drawn behind its trend; none for other kinds."""
    definition = view.definition
    if not isinstance(definition, ScoreDefinition):
        return ()
    bands = scoring.bands_of(definition)
    ends = [*(band.at_least for band in bands[1:]), Decimal(100)]
    return tuple(
        charts.Band(band.name.text(get_language()), band.at_least, end, band.tone)
        for band, end in zip(bands, ends, strict=True)
    )


def members_of(view: MetricView, points: Sequence[Point]) -> list[dict[str, str]]:
    """Members of a split beside each other, the best first, each with its band."""
    definition = view.definition
    if not isinstance(definition, ScoreDefinition):
        return []
    rows = []
    for point in sorted(points, key=lambda each: (each.value is None, -(each.value or 0), each.member)):
        tone, band = _band(definition, point.value)
        rows.append({
            "member": point.member or _("(empty)"), "value": formats.number(point.value, PLACES), "tone": tone,
            "band": band, "url": reverse("metrics:explain", args=[point.id]), "reason": point.reason,
        })  # fmt: skip
    return rows

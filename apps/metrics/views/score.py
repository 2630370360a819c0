"""What a score is made of, as rows of a table: by its definition, and for one value with its points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import formats
from apps.metrics import presentation
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import Definition, ScoreDefinition
from apps.metrics.domain.scales import Anchors, Band, Inverted, Linear, Percentile, Scale, Steps
from apps.metrics.domain.scoring import Scored, ScorePart
from apps.metrics.domain.values import rounded


@dataclass(frozen=True)
class ScoreRow:
    """One metric of a score, in texts; the last four only for a value."""

    key: str
    name: str
    group: str
    weight: str
    scale: str
    url: str = ""
    value: str = ""
    points: str = ""
    adds: str = ""


def score_rows(definition: Definition, known: Known, currency: str) -> tuple[ScoreRow, ...]:
    """The metrics of a score with their weight in the whole and their scale; none for other kinds. No query."""
    return tuple(_rows(definition, known, currency)) if isinstance(definition, ScoreDefinition) else ()


def _rows(definition: ScoreDefinition, known: Known, currency: str) -> Iterator[ScoreRow]:
    whole = Fraction(sum(group.weight for group in definition.groups))
    for group in definition.groups:
        inside = Fraction(sum(part.weight for part in group.parts))
        for part in group.parts:
            metric = known.metrics.get(part.metric)
            share = Fraction(group.weight) / whole * Fraction(part.weight) / inside
            yield ScoreRow(
                key=part.metric,
                name=metric.name.text(get_language()) if metric else part.metric,
                group=group.name.text(get_language()),
                weight=formats.percent(rounded(share)),
                scale=scale_in_words(part, known, currency),
            )


def scored_rows(
    definition: ScoreDefinition, found: Scored, known: Known, currency: str, urls: Mapping[str, str]
) -> tuple[ScoreRow, ...]:
    """The same rows with what one value came to: points, and what each adds to the score after missing parts gave
    their weight away. No query."""
    rows = []
    for row, part in zip(score_rows(definition, known, currency), found.parts, strict=True):
        metric = known.metrics.get(part.metric)
        style = presentation.style_of(metric.unit, currency) if metric else formats.Style()
        added = part.weight * part.points if part.points is not None else None
        rows.append(
            replace(
                row,
                url=urls.get(part.metric, reverse("metrics:detail", args=[part.metric])),
                weight=formats.percent(rounded(part.weight)),
                value=style.full(rounded(part.value)) if part.value is not None else formats.DASH,
                points=_digits(part.points),
                adds=_digits(added) if definition.mean == "arithmetic" else formats.DASH,
            )
        )
    return tuple(rows)


def _digits(value: Fraction | None) -> str:
    return formats.DASH if value is None else formats.plain(rounded(value, 2))


def scale_in_words(part: ScorePart, known: Known, currency: str) -> str:
    """What values of a metric are worth, written as the metric writes them."""
    metric = known.metrics.get(part.metric)
    style = presentation.style_of(metric.unit, currency) if metric else formats.Style()
    exact = replace(style, digits=max(style.digits, 2)) if style.kind == formats.Kind.NUMBER else style

    def write(value: Decimal) -> str:
        return exact.full(value) if value % 1 or exact.kind != formats.Kind.NUMBER else formats.plain(value)

    return in_words(part.scale, write)


def in_words(scale: Scale, say: Callable[[Decimal], str]) -> str:
    """What values are worth on a scale, values written by `say`."""
    if isinstance(scale, Linear):
        return _("0 points at %(zero)s, 100 at %(full)s") % {"zero": say(scale.floor), "full": say(scale.goal)}
    if isinstance(scale, Inverted):
        filled = {"full": say(scale.goal), "zero": say(scale.ceiling)}
        return _("100 points up to %(full)s, 0 from %(zero)s") % filled
    if isinstance(scale, Band):
        filled = {"low": say(scale.low), "high": say(scale.high), "a": say(scale.low_end), "b": say(scale.high_end)}
        return _("100 points from %(low)s to %(high)s, 0 at %(a)s and at %(b)s") % filled
    if isinstance(scale, Anchors):
        pairs = [_point(anchor.score, say(anchor.at)) for anchor in scale.anchors]
        return formats.listed(pairs)
    if isinstance(scale, Steps):
        pairs = [
            _("%(points)s points above") % {"points": f"{rung.score:f}"}
            if rung.up_to is None
            else _("%(points)s points up to %(value)s") % {"points": f"{rung.score:f}", "value": say(rung.up_to)}
            for rung in scale.steps
        ]
        return formats.listed(pairs)
    assert isinstance(scale, Percentile)  # noqa: S101 - the last of them
    return _("its rank, the highest is best") if scale.direction == "up" else _("its rank, the lowest is best")


def _point(points: Decimal, value: str) -> str:
    return _("%(points)s points at %(value)s") % {"points": f"{points:f}", "value": value}

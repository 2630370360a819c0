"""What stands beside the form of a score while one types: sums of weights, curves, and the last periods before and
after. All of it is arithmetic over stored values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import formats
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain, Period
from apps.metrics import presentation, selectors
from apps.metrics.domain import checks, scoring, traps
from apps.metrics.domain.arithmetic import rounded
from apps.metrics.domain.definition import Definition, ScoreDefinition, parse
from apps.metrics.domain.fields import Known
from apps.metrics.forms import ScoreForm
from apps.metrics.forms.score_weights import names_in, weight_of
from apps.metrics.selectors import Board, MetricView
from apps.metrics.views.score import in_words
from apps.metrics.views.score_curve import Curve, curve_of

PERIODS = 12
NOW, DRAFT = "(now)", "(draft)"


@dataclass(frozen=True)
class Total:
    """What a list of weights comes to: in words, and whether that is 100 %. `key` names its place on the page."""

    key: str
    text: str
    good: bool
    spread: str


@dataclass(frozen=True)
class PreviewRow:
    """A period of the preview: the score now and with what is typed, as texts; the bands by name and tone. One that is
    `kept` begins before the change holds: its score stays, and what it would be is only for comparison."""

    period: str
    now: str
    draft: str
    change: Decimal | None
    change_text: str
    band: str
    tone: str
    reason: str
    kept: bool


def context_of(
    request: HttpRequest,
    form: ScoreForm,
    known: Known,
    metric: MetricView | None,
    definition: ScoreDefinition | None,
    start: date | None,
) -> dict[str, Any]:
    """Everything beside the form. `definition` is what is typed, None while it is none. One query."""
    grain = _grain(definition or (metric.definition if metric else None))
    own = metric.key if metric else ""
    definitions: dict[str, Definition] = {key: each for key, each in known.metrics.items() if key != own}
    keys = []
    now = known.metrics.get(own)
    if isinstance(now, ScoreDefinition):
        definitions[NOW] = now
        keys.append(NOW)
    if definition is not None and _can_be_scored(definition, known):
        definitions[DRAFT] = definition
        keys.append(DRAFT)
    typed = [form.typed_metric(name) for name in form.part_names()]
    wanted = [key for key in typed if key in definitions]
    found = selectors.board(definitions, [*keys, *wanted], grain, last=PERIODS)
    rows = [_row(found, period, definitions, start) for period in reversed(found.periods)]
    return {
        "curves": _curves(form, known, found, request.workspace.currency),
        "totals": _totals(form),
        "preview": rows,
        "lines": _lines(found, keys),
        "moved": sum(row.change is not None and row.change != 0 for row in rows),
        "traps": [trap.in_words(_) for trap in traps.traps_of(definition, known)] if definition else [],
        "words": selectors.in_words(definition, known) if definition else "",
        "starts_at": start,
    }


def typed_definition(form: ScoreForm) -> tuple[ScoreDefinition | None, list[str]]:
    """What is typed as a definition, or what is wrong with it."""
    if not form.is_valid():
        return None, [text for texts in form.errors.values() for text in texts]
    document = form.document()
    if not any(document["name"].values()):
        document["name"] = {"en": document["key"] or "score"}
    try:
        found = parse({**document, "key": document["key"] or "preview"})
    except Refusal as refusal:
        return None, [issue.in_words(_) for issue in refusal.issues]
    return (found if isinstance(found, ScoreDefinition) else None), []


def _grain(definition: Any) -> Grain:
    grains = definition.grains if definition is not None else (Grain.MONTH,)
    return Grain.MONTH if Grain.MONTH in grains else Grain(grains[0])


def _can_be_scored(definition: ScoreDefinition, known: Known) -> bool:
    return not any(issue.blocking and issue.where.startswith(("groups", "caps")) and "weight" not in issue.where
                   for issue in checks.issues(definition, known))  # fmt: skip


# --- figures ----------------------------------------------------------------------------------------------------------


def _row(found: Board, period: Period, definitions: dict[str, Definition], start: date | None) -> PreviewRow:
    now = _score(found, NOW, period) if NOW in definitions else None
    made = found.scored(DRAFT, period) if DRAFT in definitions else None
    new = made.score if made else None
    change = rounded(new - now) if now is not None and new is not None else None
    definition = definitions.get(DRAFT)
    band = scoring.band_of(definition, new) if isinstance(definition, ScoreDefinition) and new is not None else None
    return PreviewRow(
        period=formats.period(period),
        now=digits(now),
        draft=digits(new),
        change=change,
        change_text=digits(abs(Fraction(change))) if change is not None else "",
        band=band.name.text(get_language()) if band else "",
        tone=band.tone if band else "none",
        reason=_insufficient(made.coverage) if made and new is None else "",
        kept=NOW in definitions and start is not None and period.start < start,
    )


def _score(found: Board, key: str, period: Period) -> Fraction | None:
    return found.scored(key, period).score


def _insufficient(coverage: Fraction) -> str:
    return _("Insufficient: only %(share)s of the weights has a value.") % {
        "share": formats.percent(rounded(coverage), 0)
    }


def digits(value: Fraction | None) -> str:
    """Points with one digit, half up."""
    return formats.DASH if value is None else formats.number(rounded(value), 1)


def _lines(found: Board, keys: list[str]) -> dict[str, str]:
    """The two series as paths of one small picture, 0 to 100 points high."""
    return {
        "now" if key == NOW else "draft": _path([_score(found, key, period) for period in found.periods])
        for key in keys
    }


def _path(scores: list[Fraction | None]) -> str:
    step = 300 / max(len(scores) - 1, 1)
    path, joined = "", False
    for at, score in enumerate(scores):
        if score is not None:
            path += f"{'L' if joined else 'M'}{4 + at * step:.1f} {float(84 - score * 80 / 100):.1f}"
        joined = score is not None
    return path


# --- curves and sums --------------------------------------------------------------------------------------------------


def _curves(form: ScoreForm, known: Known, found: Board, currency: str) -> dict[str, Curve]:
    """The picture of each metric's scale, by the prefix of its fields."""
    curves = {}
    for name in form.part_names():
        key, scale = form.typed_metric(name), form.typed_scale(name)
        metric = known.metrics.get(key)
        if metric is None or scale is None:
            continue
        style = presentation.style_of(metric.unit, currency)

        def say(value: Decimal, style: formats.Style = style) -> str:
            return style.full(value)

        curves[name] = curve_of(scale, _newest(found, key), say, in_words(scale, say))
    return curves


def _newest(found: Board, key: str) -> Fraction | None:
    for period in reversed(found.periods):
        entry = found.entry(key, period)
        if entry.exact is not None and entry.state != "open":
            return entry.exact
    return None


def _totals(form: ScoreForm) -> list[Total]:
    """The sum of each list of weights."""
    data = form.data if form.is_bound else form.initial
    lists = ["groups", *form.group_names(), *(segment.name for segment in form.segments)]
    return [_total(which, [data.get(name) for name in names_in(data, which)]) for which in lists]


def _total(which: str, typed: list[Any]) -> Total:
    weights = [weight_of(text) or Decimal(0) for text in typed]
    whole = sum(weights, Decimal(0))
    open_ones = sum(not str(text or "").strip() for text in typed)
    if len(typed) == 1 and not which.startswith("segment"):
        return Total(which, "100 %", True, "")
    gap = 100 - whole
    if not gap and (not open_ones or which.startswith("segment")):
        return Total(which, "100 %", True, "")
    said = formats.plain(whole.normalize() if whole else whole)
    if gap > 0:
        text = _("%(sum)s %%: %(gap)s %% are missing") % {"sum": said, "gap": formats.plain(gap.normalize())}
    elif gap < 0:
        text = _("%(sum)s %%: %(gap)s %% too much") % {"sum": said, "gap": formats.plain((-gap).normalize())}
    else:
        text = _("100 %, and a weight is not typed yet")
    return Total(which, text, False, f"spread-{which}")

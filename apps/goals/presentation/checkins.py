"""How check-ins are written: figures of a key result in its own unit, confidence and stands with tone and word."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from apps.common import formats
from apps.goals.domain.cadence import Stand
from apps.goals.models import CheckIn, KeyResult
from apps.goals.presentation.objectives import share_words
from apps.goals.selectors.checkins import Line
from apps.kernel.issue import N_
from apps.metrics import selectors as metrics
from apps.metrics.presentation import style_of
from apps.workspaces.scope import current_workspace

CONFIDENCE: dict[str, tuple[str, str]] = {
    "on_track": ("good", N_("Confident")),
    "at_risk": ("warn", N_("At risk")),
    "off_track": ("bad", N_("Not going to make it")),
}
STANDS: dict[Stand, tuple[str, object]] = {
    Stand.DUE: ("warn", N_("Due")),
    Stand.OPEN: ("info", N_("Can be made")),
    Stand.MISSED: ("bad", pgettext_lazy("check-in", "Missed")),
    Stand.AHEAD: ("none", N_("Later")),
    Stand.DONE: ("good", N_("Made")),
}


def stand(line: Line) -> tuple[str, str]:
    """Tone and word of how a check-in stands."""
    tone, word = STANDS[line.stand]
    return tone, _(str(word))


def confidence(value: str) -> tuple[str, str] | None:
    """Tone and word; None where nobody has said."""
    if value not in CONFIDENCE:
        return None
    tone, word = CONFIDENCE[value]
    return tone, _(word)


def style_for(row: KeyResult) -> formats.Style:
    """How the figures of a key result are written. A query where it follows a metric that is not loaded."""
    if row.metric_id is None:
        return formats.Style(formats.Kind.NUMBER, 2)
    return style_of(metrics.metric_for(row.metric_id).unit, current_workspace().currency)


def figure(row: KeyResult, value: Decimal | None, style: formats.Style | None = None) -> str:
    """A value of a key result, as people read it."""
    if value is None:
        return formats.DASH
    if row.kind == KeyResult.Kind.BINARY:
        return _("Done") if value >= 1 else _("Not done")
    if style is not None:
        return style.full(value)
    return f"{formats.plain(value)}{'' if row.unit == '%' else ' '}{row.unit}".strip()


def way(row: KeyResult, style: formats.Style | None = None) -> list[tuple[str, str]]:
    """Where it began, stands and is to go, side by side, as far as its kind has them."""
    kind, told = KeyResult.Kind, []
    if row.kind in (kind.REACH, kind.OPEN_BASELINE):
        told.append((_("Start"), figure(row, row.start, style)))
    if row.kind != kind.MILESTONES:
        told.append((_("Now"), figure(row, row.value, style)))
    if row.kind in (kind.REACH, kind.OPEN_BASELINE):
        told.append((_("Target"), figure(row, row.goal, style)))
    if row.kind == kind.ABOVE:
        told.append((_("At least"), figure(row, row.low, style)))
    if row.kind == kind.BELOW:
        told.append((_("At most"), figure(row, row.high, style)))
    if row.kind == kind.RANGE:
        told.append((_("From – to"), f"{figure(row, row.low, style)} – {figure(row, row.high, style)}"))
    told.append((_("Progress"), share_words(row.progress)))
    return told


def said(each: CheckIn, row: KeyResult, style: formats.Style | None = None) -> dict[str, object]:
    """A check-in, ready to show; with what it said before, the newest first."""
    former = each.corrections.all() if each.corrected_at else []
    return {
        "row": each,
        "value": figure(row, each.value, style) if each.value is not None else "",
        "confidence": confidence(each.confidence),
        "former": [
            (one, figure(row, one.value, style) if one.value is not None else "", confidence(one.confidence))
            for one in former
        ],
    }

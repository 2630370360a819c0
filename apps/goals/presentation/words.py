"""What a key result says, in the words of its kind, and as one sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.common import formats
from apps.goals.domain.drafts import ALL_FIGURES, KeyResultDraft
from apps.goals.domain.progress import Kind
from apps.goals.models import Cycle, KeyResult


def kind_words(kind: str) -> str:
    return str(KeyResult.Kind(kind).label)


def date_words(day: date) -> str:
    return _("until %(day)s") % {"day": formats.day(day)}


def goal_words(row: KeyResult, style: formats.Style) -> str:
    """What is to be reached or kept: "Target 10,000", "At least 4.5", "4 to 5"."""
    unit = (row.unit if row.unit == "%" else f" {row.unit}") if row.unit else ""
    return _goal(row.kind, style, unit, row.goal, row.low, row.high)


def _goal(
    kind: str, style: formats.Style, unit: str, goal: Decimal | None, low: Decimal | None, high: Decimal | None
) -> str:
    match kind:
        case Kind.ABOVE:
            return _("At least %(value)s") % {"value": style.full(low) + unit}
        case Kind.BELOW:
            return _("At most %(value)s") % {"value": style.full(high) + unit}
        case Kind.RANGE:
            return _("%(low)s to %(high)s") % {"low": style.full(low), "high": style.full(high) + unit}
        case Kind.BINARY:
            return _("Target: done")
        case Kind.MILESTONES:
            return _("All steps")
        case Kind.OPEN_BASELINE if goal is None:
            return _("Target still to be set")
        case _:
            return _("Target %(value)s") % {"value": style.full(goal) + unit}


def sentence(draft: KeyResultDraft, style: formats.Style, cycle: Cycle) -> str:
    """A key result in one sentence while it is being typed; "" as long as something is missing."""
    title, day = draft.title.strip(), formats.day(cycle.due)
    unit = (draft.unit.strip() if draft.unit.strip() == "%" else f" {draft.unit.strip()}") if draft.unit.strip() else ""
    if not title:
        return ""
    told = {"title": title, "day": day}
    match draft.kind:
        case Kind.REACH:
            return _reach(draft, style, unit, told)
        case Kind.ABOVE if draft.low is not None:
            return _("“%(title)s” stays at %(value)s or above until %(day)s.") % {
                **told, "value": style.full(draft.low) + unit,
            }  # fmt: skip
        case Kind.BELOW if draft.high is not None:
            return _("“%(title)s” stays at %(value)s or below until %(day)s.") % {
                **told, "value": style.full(draft.high) + unit,
            }  # fmt: skip
        case Kind.RANGE if draft.low is not None and draft.high is not None:
            figures = {"low": style.full(draft.low), "high": style.full(draft.high) + unit}
            return _("“%(title)s” stays between %(low)s and %(high)s until %(day)s.") % {**told, **figures}
        case Kind.BINARY:
            return _("“%(title)s” is done by %(day)s.") % told
        case Kind.MILESTONES if draft.steps:
            number = len(draft.steps)
            words = ngettext("%(n)s step", "%(n)s steps", number) % {"n": number}
            return _("“%(title)s” is done in %(steps)s by %(day)s.") % {**told, "steps": words}
        case Kind.OPEN_BASELINE:
            return _("“%(title)s” is measured first. Its target is set later, and nothing counts until then.") % told
    return ""


def digits_of(draft: KeyResultDraft) -> formats.Style:
    """Figures that belong to no metric are written with the digits that were typed."""
    told = [figure for name in ALL_FIGURES if (figure := getattr(draft, name)) is not None]
    digits = [-int(figure.normalize().as_tuple().exponent) for figure in told]
    return formats.Style(digits=min(max([0, *digits]), 6))


def _reach(draft: KeyResultDraft, style: formats.Style, unit: str, told: dict[str, str]) -> str:
    if draft.start is None or draft.goal is None or draft.start == draft.goal:
        return ""
    figures = {"start": style.full(draft.start) + unit, "goal": style.full(draft.goal) + unit}
    if draft.start > 0 and draft.goal >= 0:
        change = (draft.goal - draft.start) / draft.start
        change_text = formats.signed(formats.percent(abs(change), 1), change)
        return _("“%(title)s” goes from %(start)s to %(goal)s (%(change)s) by %(day)s.") % {
            **told, **figures, "change": change_text,
        }  # fmt: skip
    return _("“%(title)s” goes from %(start)s to %(goal)s by %(day)s.") % {**told, **figures}

"""What is said of a bridge: which causes are named, and that what is named and the rest add up.

Composed from computed contributions only. Texts are made by `telling_en` and `telling_zh` from figures that are already
written; no figure is made here, so that a text can say nothing else than the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from apps.drivers.domain import telling_en, telling_zh
from apps.drivers.domain.showing import Bridge, Shown
from apps.drivers.domain.told import Told

__all__ = ["Chosen", "Language", "Shown", "choose", "paragraph", "sentence", "way_down"]

MOST_NAMED = 3
LEAST_NAMED = Decimal("0.1")
"""Of many, a part is named if it is at least so much of all together, whatever their signs; the largest always is."""

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Chosen:
    """The bars that are named, the largest first, and the figure of the rest: together they make the change."""

    named: tuple[Shown, ...]
    rest: Decimal
    rest_count: int
    stable: tuple[Shown, ...]


def choose(found: Bridge) -> Chosen:
    """Which bars a paragraph names."""
    bars = [bar for bar in found.bars if bar.effect]
    ranked = sorted(bars, key=lambda bar: (-abs(bar.exact), bar.share.id, bar.extra or ""))
    whole = sum((abs(bar.effect) for bar in bars), Decimal(0))
    named = tuple(ranked[:MOST_NAMED])
    if len(ranked) > MOST_NAMED:
        named = tuple(bar for at, bar in enumerate(named) if not at or abs(bar.effect) >= LEAST_NAMED * whole)
    rest = [bar for bar in ranked if bar not in named]
    still = tuple(bar for bar in found.bars if not bar.effect and bar.extra is None)
    return Chosen(named, sum((bar.effect for bar in rest), Decimal(0)), len(rest), still)


def way_down(bar: Shown) -> Shown | None:
    """From a bar to the leaf below it that accounts for most of it, in its direction; None where it is a leaf."""
    at = bar
    while True:
        parts = [part for part in at.parts if part.effect and (part.effect > 0) == (bar.effect > 0)]
        if not parts:
            return at if at is not bar else None
        at = max(parts, key=lambda part: (abs(part.exact), part.share.id))


def sentence(told: Told, language: Language) -> str:
    """One sentence: the figure, its change, and what accounts for it."""
    return telling_zh.sentence(told) if language == "zh" else telling_en.sentence(told)


def paragraph(told: Told, language: Language) -> str:
    """One paragraph, as a director would say it in half a minute."""
    if language == "zh":
        return "".join(each for each in telling_zh.paragraph(told) if each)
    return " ".join(each for each in telling_en.paragraph(told) if each)

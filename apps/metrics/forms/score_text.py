"""Numbers and points of a score as people type them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

MOST_DIGITS = 40
"""What is longer is refused where numbers are checked, and is not written out before that."""


def number_of(text: str) -> str:
    """A number as typed, with a percentage as its share: "80 %" is 0.8. What is no number stays as it is."""
    text = text.strip().replace("％", "%")
    if not text.endswith("%"):
        return text
    try:
        number = Decimal(text[:-1].strip())
    except InvalidOperation:
        return text
    return f"{number / 100:f}" if number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS else text


def pairs(text: str) -> list[tuple[str | None, str]] | None:
    """ "60 = 0, above = 100" as values and points, None for "above"; None altogether where it is not written so."""
    found: list[tuple[str | None, str]] = []
    for part in re.split(r"[,，;；\n]", text):
        if not part.strip():
            continue
        at, equals, score = (step.strip() for step in part.replace("＝", "=").partition("="))
        if not equals or not score:
            return None
        found.append((number_of(at) if re.search(r"\d", at) else None, score))
    return found or None

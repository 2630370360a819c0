"""What an objective is worth in the end: a score from 0 to 1, computed, and judged where somebody thought otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from apps.kernel.issue import N_, Issue
from apps.kernel.numbers import divide

REASON_LENGTH = 500
GOOD_FROM = Decimal("0.7")
FAIR_FROM = Decimal("0.4")


class Band(StrEnum):
    """Half-open: good from 0.7, fair from 0.4, poor below; none where there is no score."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    NONE = "none"


def score(progress: Fraction | Decimal | None) -> Decimal | None:
    """Progress from 0 to 1, to two places, half up: 0.655 → 0.66, 1.25 → 1.00, −0.25 → 0.00. None stays None."""
    if progress is None:
        return None
    held = min(max(progress, 0), 1)
    exact = held if isinstance(held, Decimal | int) else divide(held.numerator, held.denominator)
    assert exact is not None  # noqa: S101  (a fraction has no denominator of 0)
    return Decimal(exact).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def band(score: Decimal | None) -> Band:
    """The band a score falls into."""
    if score is None:
        return Band.NONE
    if score >= GOOD_FROM:
        return Band.GOOD
    return Band.FAIR if score >= FAIR_FROM else Band.POOR


def final(computed: Decimal | None, judged: Decimal | None) -> Decimal | None:
    """The score that counts: the judged one where there is one. Both are kept, and shown."""
    return computed if judged is None else judged


def issues(judged: Decimal | None, reason: str) -> Iterator[Issue]:
    """Everything that speaks against a judged score."""
    if judged is not None and not 0 <= judged <= 1:
        yield Issue("judged", N_("A score lies between 0 and 1, such as 0.7."))
    elif judged is not None and judged != judged.quantize(Decimal("0.01")):
        yield Issue("judged", N_("A score has two digits after the point at most."))
    if judged is not None and not reason.strip():
        yield Issue("reason", N_("Say why the score is another than the computed one."))
    if len(reason) > REASON_LENGTH:
        yield Issue("reason", N_("At most %(most)s characters."), {"most": REASON_LENGTH})

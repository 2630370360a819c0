"""Make weights 100 %: what is open shares the rest; where nothing is open, all keep their proportions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

HUNDRED = Decimal(100)
_CENT = Decimal("0.01")


def spread(weights: Sequence[Decimal | None]) -> list[Decimal]:
    """Weights that make exactly 100, each with at most two digits: None shares evenly what the others leave.

    Where nothing is left for it, what is open is taken for an average one, and all are brought to 100 in proportion, as
    they are where none is open. Weights that are positive stay so.
    """
    typed = [weight for weight in weights if weight is not None]
    rest, open_ones = HUNDRED - sum(typed, Decimal(0)), len(weights) - len(typed)
    if not weights:
        return []
    if open_ones and rest >= _CENT * open_ones:
        shares = iter(_cut(rest, [Decimal(1)] * open_ones))
        return [next(shares) if weight is None else weight for weight in weights]
    average = sum(typed, Decimal(0)) / len(typed) if typed else Decimal(1)
    return _cut(HUNDRED, [average if weight is None else weight for weight in weights])


def _cut(whole: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """`whole` in proportion to `shares`, in cents, by the largest remainder; nothing that weighs is cut to 0."""
    total = sum(shares, Decimal(0))
    if not total:
        shares, total = [Decimal(1)] * len(shares), Decimal(len(shares))
    exact = [whole * share / total for share in shares]
    cut = [
        max(each.quantize(_CENT, ROUND_DOWN), _CENT if share else Decimal(0))
        for each, share in zip(exact, shares, strict=True)
    ]
    gap = whole - sum(cut, Decimal(0))
    order = sorted(range(len(cut)), key=lambda at: (exact[at] - cut[at], -at), reverse=True)
    for at in order[: int(abs(gap) / _CENT)]:
        cut[at] += _CENT if gap > 0 else Decimal(0)
    largest = max(range(len(cut)), key=cut.__getitem__)
    cut[largest] += whole - sum(cut, Decimal(0))
    return [Decimal(f"{each.normalize():f}") for each in cut]

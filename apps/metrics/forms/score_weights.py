"""Weights in the form of a score: shown in per cent, spread on request, and told where they do not make 100."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from apps.metrics.domain.score_spread import spread

SPREAD = re.compile(r"spread-(groups|group\d+|segment\d+)")


def weight_of(text: Any) -> Decimal | None:
    """A weight as typed, with or without a % sign; None where nothing was typed or it is no number above 0."""
    try:
        found = Decimal(str(text if text is not None else "").replace("％", "%").strip().rstrip("%").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found <= 1000 else None


def names_in(data: Mapping[str, Any], which: str) -> list[str]:
    """The weight fields of one list: of the areas, of the metrics of an area, of a member."""
    if which == "groups":
        return list(_there(data, "group{}_weight", lambda at: _has_metric(data, f"group{at}")))
    if which.startswith("segment"):
        return list(_there(data, which + "_weight{}", lambda at: _has_metric(data, f"group{at}")))
    return list(_there(data, which + "_part{}_weight", lambda at: bool(data.get(f"{which}_part{at}_metric"))))


def _there(data: Mapping[str, Any], pattern: str, wanted: Any) -> Iterator[str]:
    at = 0
    while pattern.format(at) in data:
        if wanted(at):
            yield pattern.format(at)
        at += 1


def _has_metric(data: Mapping[str, Any], group: str) -> bool:
    return any(data.get(f"{group}_part{at}_metric") for at in range(12))


def spread_as_asked(data: QueryDict) -> QueryDict:
    """What was typed, with the weights of the list whose button was pressed brought to 100."""
    asked = SPREAD.fullmatch(data.get("refresh", ""))
    if asked is None:
        return data
    names = names_in(data, asked[1])
    made = data.copy()
    for name, weight in zip(names, spread([weight_of(data[name]) or None for name in names]), strict=True):
        made[name] = f"{weight:f}"
    return made


def in_per_cent(weights: Sequence[Any]) -> list[str]:
    """Weights of a document as they are shown: those that make 100 as they are, others as their share of 100."""
    numbers = [Decimal(str(weight)) for weight in weights]
    if sum(numbers) != 100:
        numbers = spread([None] * len(numbers) if len({*numbers}) == 1 else numbers)
    return [f"{number.normalize():f}" for number in numbers]

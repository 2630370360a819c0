"""A formula as it was typed, with what is wrong in it marked."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django import template
from django.forms import BoundField

from apps.metrics.domain import formula
from apps.metrics.domain.formula.tokens import position_of

register = template.Library()

_WORD = re.compile(r"[\w.]+|.", re.DOTALL)


class Piece(NamedTuple):
    """Some characters of a formula; `wrong` if an error is about them."""

    text: str
    wrong: bool


@register.filter
def marked(field: BoundField, known: Iterable[tuple[str, str]]) -> list[Piece]:
    """The pieces of a formula that was refused, in order; empty if there is nothing to mark.

    `known` are the keys and names of the metrics it may use.
    """
    text = str(field.value() or "")
    if not field.errors or not text or len(text) > formula.MOST_CHARACTERS:
        return []
    reading = formula.read(text)
    keys = {key for key, _name in known}
    starts = {position_of(fault) - 1 for fault in reading.faults}
    starts |= {position - 1 for position in getattr(field.form, "positions", ()) if 0 < position <= len(text)}
    starts |= {word.position - 1 for word in reading.mentions if word.text not in keys}
    return list(_pieces(text, sorted(starts)))


def _pieces(text: str, starts: list[int]) -> Iterable[Piece]:
    at = 0
    for start in starts:
        if start < at:
            continue
        if start > at:
            yield Piece(text[at:start], wrong=False)
        match = _WORD.match(text, start)
        yield Piece(match.group() if match else " ", wrong=True)  # a space: something is missing at the end
        at = match.end() if match else start
    if starts and at < len(text):
        yield Piece(text[at:], wrong=False)


@register.filter
def of_key(found: Mapping[str, object], key: str) -> object:
    """{{ curves|of_key:name }}: what stands under a key; None where nothing does."""
    return found.get(key)

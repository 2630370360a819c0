"""From the text of a formula to words, numbers and signs; what is none of them is said at its character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from apps.kernel.issue import N_, Issue
from apps.metrics.domain.definition import FUNCTIONS

NO_TEXT = N_("At character %(position)s: a formula holds no text in quotes; name metrics by their keys, unquoted.")
NO_NUMBER = N_(
    "At character %(position)s: “%(text)s” is no number here; write it like 1250.75, with up to 15 digits and 6 more "
    "after the point."
)
NO_KEY = N_(
    "At character %(position)s: “%(text)s” is no key; keys are made of small letters a to z, digits and _, such as "
    "revenue_2."
)
FULL_WIDTH = N_("At character %(position)s: “%(text)s” is in full-width characters; write “%(plain)s”.")
NOT_ALLOWED = N_("At character %(position)s: “%(text)s” is not allowed; use metric keys, numbers, + - * / and ( ).")
NEEDS_BRACKETS = N_("At character %(position)s: “%(name)s” is a function; write %(name)s(...).")
NO_FUNCTION = N_(
    "At character %(position)s: “%(name)s” is no function, and a metric has no bracket behind it. The functions are "
    "%(functions)s."
)

_QUOTES = "'\"`´“”‘’「」『』"
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n\u3000\u00a0]+)"
    r"|(?P<number>[0-9][0-9A-Za-z_.]*|\.[0-9][0-9A-Za-z_.]*)"
    r"|(?P<word>[^\W0-9]\w*)"
    r"|(?P<sign>[-+*/(),×÷−（），＋＊／－])"
    rf"|(?P<quoted>[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]?)"
    rf"|(?P<other>[^\w\s{_QUOTES}(),（），+*/×÷−＋＊／－-]+|.)",
    re.DOTALL,
)
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_SAME = {"×": "*", "÷": "/", "−": "-", "（": "(", "）": ")", "，": ",", "＋": "+", "＊": "*", "／": "/", "－": "-"}
"""What a Chinese keyboard or a copied text has instead."""

_LONGEST_SHOWN = 24


class Token(NamedTuple):
    """`kind` is "number", "name", one of "+-*/(),", "end" or "wrong"; `position` its first character, from 1."""

    kind: str
    text: str
    position: int


class Tokens(NamedTuple):
    """What a text is made of, "end" last, and what is wrong with single words of it."""

    found: tuple[Token, ...]
    faults: tuple[Issue, ...]


def tokens(text: str) -> Tokens:
    """All words, numbers and signs of `text`, however wrong some of them are."""
    found = [*_tokens(text), Token("end", "", len(text) + 1)]
    faults = [_fault(token) for token in found if token.kind == "wrong"]
    return Tokens(tuple(found), (*faults, *_function_faults(found)))


def mentions(found: tuple[Token, ...]) -> Iterator[Token]:
    """The words that can only be metrics."""
    for token, following in pairwise(found):
        if token.kind == "name" and token.text not in FUNCTIONS and following.kind != "(":
            yield token


def fault(message: str, position: int, **params: object) -> Issue:
    """Something wrong at a character of the formula, counted from 1."""
    return Issue("expression", message, {"position": position, **params})


def position_of(issue: Issue) -> int:
    """The character that a fault is about."""
    return int(str(issue.params["position"]))


def shown(text: str) -> str:
    """A piece of the formula, cut where it is long, with what cannot be printed by its number."""
    cut = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
    return "".join(each if each.isprintable() else f"U+{ord(each):04X}" for each in cut)


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind, word = str(match.lastgroup), match.group()
        if kind == "sign":
            kind = word = _SAME.get(word, word)
        elif kind == "word":
            kind = "name" if _KEY.fullmatch(word) else "wrong"
        elif kind != "number" or not _NUMBER.fullmatch(word):
            kind = "space" if kind == "space" else "wrong"
        if kind != "space":
            yield Token(kind, word, match.start() + 1)


def _fault(token: Token) -> Issue:
    text, position = token.text, token.position
    if text[0] in _QUOTES:
        return fault(NO_TEXT, position, text=shown(text))
    if text[0] in "0123456789" or (text[0] == "." and len(text) > 1 and text[1] in "0123456789"):
        return fault(NO_NUMBER, position, text=shown(text))
    plain = unicodedata.normalize("NFKC", text)
    if plain != text and plain.isascii() and plain.isprintable():
        return fault(FULL_WIDTH, position, text=shown(text), plain=shown(plain))
    if text[0].isalpha() or text[0] == "_":
        return fault(NO_KEY, position, text=shown(text))
    return fault(NOT_ALLOWED, position, text=shown(text))


def _function_faults(found: list[Token]) -> Iterator[Issue]:
    for token, following in pairwise(found):
        if token.kind != "name" or (token.text in FUNCTIONS) == (following.kind == "("):
            continue
        if token.text in FUNCTIONS:
            yield fault(NEEDS_BRACKETS, token.position, name=token.text)
        else:
            yield fault(NO_FUNCTION, token.position, name=shown(token.text), functions=", ".join(FUNCTIONS))

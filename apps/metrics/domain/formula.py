"""Formulas over metrics: text to a frozen tree, and back.

A formula is + - * / and brackets over numbers and metric keys, with min, max, abs and coalesce. Nothing else exists in
it: no text, no power, no attribute, no call of anything else. Errors say at which character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from apps.kernel.issue import N_, Issue, Refusal
from apps.metrics.domain.definition import FUNCTIONS

MOST_CHARACTERS = 2000
MOST_NODES = 500
DEEPEST = 50
MOST_ARGUMENTS = 20


@dataclass(frozen=True)
class Number:
    """A number as written, never negative."""

    value: Decimal


@dataclass(frozen=True)
class Name:
    """The value of another metric; `position` is its first character, counted from 1."""

    key: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Negative:
    """Minus something."""

    operand: Node


class Part(NamedTuple):
    """A member of a chain with the sign before it; the first one's is "+" in a sum and "*" in a product."""

    sign: str
    node: Node


@dataclass(frozen=True)
class Sum:
    """Two or more terms joined by + and -."""

    terms: tuple[Part, ...]


@dataclass(frozen=True)
class Product:
    """Two or more factors joined by * and /, worked from left to right."""

    factors: tuple[Part, ...]


@dataclass(frozen=True)
class Call:
    """min, max, abs or coalesce of other nodes."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Name | Negative | Sum | Product | Call


class FormulaError(Refusal):
    """The text is no formula; `position` is the character, counted from 1, where reading stopped."""

    def __init__(self, message: str, position: int, **params: object) -> None:
        self.position = position
        filled = {"position": position, **params}
        super().__init__(message, filled, issues=[Issue("expression", message, filled)])


class _Token(NamedTuple):
    kind: str  # number, name, one of "+-*/(),", end
    text: str
    position: int


_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n\u3000]+)|(?P<number>[0-9]+(\.[0-9]+)?)|(?P<name>[a-z][a-z0-9_]*)"
    r"|(?P<sign>[-+*/(),×÷−（），＋＊／])"
)
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_SAME = {"×": "*", "÷": "/", "−": "-", "（": "(", "）": ")", "，": ",", "＋": "+", "＊": "*", "／": "/"}
"""What a Chinese keyboard or a copied text has instead."""


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormulaError(
                N_("At character %(position)s: “%(text)s” is not allowed; use metric keys, numbers, + - * / and ( )."),
                at + 1,
                text=text[at],
            )
        kind, word = str(match.lastgroup), match.group()
        if kind == "sign":
            word = _SAME.get(word, word)
            kind = word
        if kind == "number" and not _NUMBER.fullmatch(word):
            raise FormulaError(
                N_("At character %(position)s: a number has up to 15 digits and 6 more after the point."), at + 1
            )
        if kind != "space":
            found.append(_Token(kind, word, at + 1))
        at = match.end()
    return [*found, _Token("end", "", len(text) + 1)]


class _Parser:
    """Recursive descent over the tokens; one method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._nodes = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._sum()
        if self._next.kind != "end":
            raise self._unexpected(operator_missing=True)
        return node

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _made(self, node: Node) -> Node:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise FormulaError(
                N_("At character %(position)s: a formula has at most %(most)s parts. Make some of it a metric."),
                self._next.position,
                most=MOST_NODES,
            )
        return node

    def _chain(self, signs: str, neutral: str, below: str) -> tuple[Part, ...]:
        parts = [Part(neutral, getattr(self, below)())]
        while self._next.kind in signs and self._next.kind != "end":
            sign = self._take().kind
            parts.append(Part(sign, getattr(self, below)()))
        return tuple(parts)

    def _sum(self) -> Node:
        terms = self._chain("+-", "+", "_product")
        return self._made(Sum(terms)) if len(terms) > 1 else terms[0].node

    def _product(self) -> Node:
        factors = self._chain("*/", "*", "_unary")
        return self._made(Product(factors)) if len(factors) > 1 else factors[0].node

    def _unary(self) -> Node:
        if self._next.kind == "-":
            self._take()
            with self._deeper():
                return self._made(Negative(self._unary()))
        return self._primary()

    def _primary(self) -> Node:
        token = self._next
        if token.kind == "number":
            self._take()
            return self._made(Number(Decimal(token.text)))
        if token.kind == "name":
            self._take()
            return self._call(token) if token.text in FUNCTIONS else self._made(Name(token.text, token.position))
        if token.kind == "(":
            self._take()
            with self._deeper():
                node = self._sum()
            self._close()
            return node
        raise self._unexpected()

    def _call(self, name: _Token) -> Node:
        if self._next.kind != "(":
            raise FormulaError(
                N_("At character %(position)s: “%(name)s” is a function; write %(name)s(...)."),
                name.position,
                name=name.text,
            )
        self._take()
        with self._deeper():
            arguments = [self._sum()]
            while self._next.kind == ",":
                self._take()
                arguments.append(self._sum())
        self._close()
        least, most = (1, 1) if name.text == "abs" else (2, MOST_ARGUMENTS)
        if not least <= len(arguments) <= most:
            raise FormulaError(
                N_("At character %(position)s: %(name)s takes %(least)s to %(most)s values, not %(n)s."),
                name.position,
                name=name.text,
                least=least,
                most=most,
                n=len(arguments),
            )
        return self._made(Call(name.text, tuple(arguments)))

    def _close(self) -> None:
        if self._next.kind != ")":
            raise self._unexpected()
        self._take()

    def _deeper(self) -> _Deeper:
        if self._depth >= DEEPEST:
            raise FormulaError(
                N_("At character %(position)s: brackets go at most %(most)s deep."), self._next.position, most=DEEPEST
            )
        return _Deeper(self)

    def _unexpected(self, *, operator_missing: bool = False) -> FormulaError:
        token = self._next
        if token.kind == "end":
            return FormulaError(
                N_("At character %(position)s: the formula ends where something is missing."), token.position
            )
        if operator_missing:
            return FormulaError(
                N_("At character %(position)s: an operator (+ - * /) is missing before “%(found)s”."),
                token.position,
                found=token.text,
            )
        return FormulaError(
            N_("At character %(position)s: “%(found)s” cannot stand here."), token.position, found=token.text
        )


class _Deeper:
    """Counts how deep the parser is."""

    def __init__(self, parser: _Parser) -> None:
        self._parser = parser

    def __enter__(self) -> None:
        self._parser._depth += 1

    def __exit__(self, *_: object) -> None:
        self._parser._depth -= 1


def parse(text: str) -> Node:
    """The tree of a formula; FormulaError (a Refusal with one Issue at "expression") where it is none."""
    if len(text) > MOST_CHARACTERS:
        raise FormulaError(
            N_("A formula has at most %(most)s characters. Make some of it a metric."),
            MOST_CHARACTERS + 1,
            most=MOST_CHARACTERS,
        )
    return _Parser(text).whole()


def name_nodes(tree: Node) -> Iterator[Name]:
    """Every mention of a metric, from left to right."""
    if isinstance(tree, Name):
        yield tree
    elif isinstance(tree, Negative):
        yield from name_nodes(tree.operand)
    elif isinstance(tree, Sum | Product):
        for part in tree.terms if isinstance(tree, Sum) else tree.factors:
            yield from name_nodes(part.node)
    elif isinstance(tree, Call):
        for argument in tree.arguments:
            yield from name_nodes(argument)


def names(tree: Node) -> tuple[str, ...]:
    """Keys of the metrics it uses, each once, in the order of their first mention."""
    return tuple(dict.fromkeys(node.key for node in name_nodes(tree)))


_SHOWN = {"*": "×", "/": "÷", "-": "−"}


def write(tree: Node, labels: Mapping[str, str] | None = None) -> str:
    """The tree as text that `parse` reads back to an equal tree.

    With `labels` (by metric key) it is for reading only: names instead of keys, and × ÷ − for the signs.
    """
    return _Writer(labels).text(tree)


class _Writer:
    def __init__(self, labels: Mapping[str, str] | None) -> None:
        self._labels = labels

    def text(self, tree: Node) -> str:
        if isinstance(tree, Number):
            return f"{tree.value:f}"
        if isinstance(tree, Name):
            return tree.key if self._labels is None else self._labels.get(tree.key, tree.key)
        if isinstance(tree, Negative):
            return self._sign("-") + self._inner(tree.operand, Sum, Product)
        if isinstance(tree, Sum):
            return self._chain(tree.terms, Sum)
        if isinstance(tree, Product):
            return self._chain(tree.factors, Sum, Product)
        return f"{tree.function}({', '.join(self.text(argument) for argument in tree.arguments)})"

    def _chain(self, parts: tuple[Part, ...], *bracketed: type) -> str:
        text = self._inner(parts[0].node, *bracketed)
        for part in parts[1:]:
            text += f" {self._sign(part.sign)} {self._inner(part.node, *bracketed)}"
        return text

    def _inner(self, node: Node, *bracketed: type) -> str:
        return f"({self.text(node)})" if isinstance(node, bracketed) else self.text(node)

    def _sign(self, sign: str) -> str:
        return sign if self._labels is None else _SHOWN.get(sign, sign)

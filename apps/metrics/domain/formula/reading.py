"""From words to a tree: recursive descent, within limits, saying everything wrong that can be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from apps.kernel.issue import N_, Issue, Refusal
from apps.metrics.domain.definition import FUNCTIONS
from apps.metrics.domain.formula.tokens import Token, fault, mentions, position_of, shown, tokens
from apps.metrics.domain.formula.tree import Call, Name, Negative, Node, Number, Part, Prior, Product, Sum

MOST_CHARACTERS = 2000
MOST_NODES = 500
DEEPEST = 50
MOST_ARGUMENTS = 20
MOST_PERIODS_BACK = 400
MOST_FAULTS = 20

TOO_LONG = N_("A formula has at most %(most)s characters. Make some of it a metric.")
TOO_MANY_PARTS = N_("At character %(position)s: a formula has at most %(most)s parts. Make some of it a metric.")
TOO_DEEP = N_("At character %(position)s: brackets go at most %(most)s deep.")
ENDS_EARLY = N_("At character %(position)s: the formula ends where something is missing.")
NOT_CLOSED = N_("At character %(position)s: the bracket opened at character %(opened)s is not closed; add “)”.")
NOTHING_TO_CLOSE = N_("At character %(position)s: no bracket is open here; remove “)”.")
STRAY_COMMA = N_(
    "At character %(position)s: a comma stands only between the values of a function. Write numbers without commas."
)
OPERATOR_MISSING = N_("At character %(position)s: an operator (+ - * /) is missing before “%(found)s”.")
CANNOT_STAND = N_("At character %(position)s: “%(found)s” cannot stand here.")
ONE_VALUE = N_("At character %(position)s: %(name)s takes one value, not %(n)s.")
SEVERAL_VALUES = N_("At character %(position)s: %(name)s takes %(least)s to %(most)s values, not %(n)s.")
PRIOR_TAKES_TWO = N_(
    "At character %(position)s: prior takes a metric and a number of periods, such as prior(revenue, 12)."
)
PRIOR_OF_METRIC = N_(
    "At character %(position)s: prior takes the key of one metric. Make a calculation a metric of its own first."
)
PRIOR_PERIODS = N_("At character %(position)s: write how many periods earlier as a whole number from 1 to %(most)s.")

_NOTHING = Number(Decimal(0))
"""Stands in the tree where something wrong stood; such a tree is never handed out."""


class FormulaError(Refusal):
    """The text is no formula: `issues` in the order of their characters, at "expression"; `position` of the first."""

    def __init__(self, message: str, position: int, **params: object) -> None:
        first = fault(message, position, **params)
        super().__init__(message, first.params, issues=[first])
        self.position = position

    @classmethod
    def of(cls, faults: Sequence[Issue]) -> FormulaError:
        """All that is wrong with a text, at least one thing; it reads as the first of them."""
        first = faults[0]
        error = cls(first.message, position_of(first))
        error.params, error.issues = first.params, tuple(faults)
        return error


class Reading(NamedTuple):
    """A formula's tree, or what is wrong with it; and every word in it that can only be a metric, either way."""

    tree: Node | None
    faults: tuple[Issue, ...]
    mentions: tuple[Token, ...]


class _Argument(NamedTuple):
    node: Node
    position: int


class _Stop(Exception):
    """From here on nothing can be told."""


def read(text: str) -> Reading:
    """The tree of a formula, or every fault of it (at most 20), in the order of their characters."""
    if len(text) > MOST_CHARACTERS:
        return Reading(None, (fault(TOO_LONG, MOST_CHARACTERS + 1, most=MOST_CHARACTERS),), ())
    words = tokens(text)
    parser = _Parser(words.found)
    wrong = any(token.kind == "wrong" for token in words.found)
    tree = None if wrong else parser.whole()
    faults = sorted((*words.faults, *parser.faults), key=position_of)
    return Reading(None if faults else tree, tuple(faults[:MOST_FAULTS]), tuple(mentions(words.found)))


@lru_cache(maxsize=2048)
def parse(text: str) -> Node:
    """The tree of a formula; FormulaError (a Refusal with its Issues at "expression") where it is none."""
    reading = read(text)
    if reading.tree is None:
        raise FormulaError.of(reading.faults)
    return reading.tree


class _Parser:
    """One method for each rule of the grammar. What is wrong in one place alone is noted and read over."""

    def __init__(self, found: Sequence[Token]) -> None:
        self.faults: list[Issue] = []
        self._tokens = found
        self._at = 0
        self._nodes = 0
        self._depth = 0

    def whole(self) -> Node | None:
        """The tree; None where reading stopped, and `faults` says why."""
        try:
            node = self._sum()
            if self._next.kind != "end":
                raise self._misplaced(operator_missing=True)
        except _Stop:
            return None
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _note(self, message: str, position: int, **params: object) -> None:
        self.faults.append(fault(message, position, **params))

    def _stop(self, message: str, position: int, **params: object) -> _Stop:
        self._note(message, position, **params)
        return _Stop()

    def _made(self, node: Node) -> Node:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._stop(TOO_MANY_PARTS, self._tokens[max(self._at - 1, 0)].position, most=MOST_NODES)
        return node

    def _sum(self) -> Node:
        terms = [Part("+", self._product())]
        while self._next.kind in ("+", "-"):
            terms.append(Part(self._take().kind, self._product()))
        return self._made(Sum(tuple(terms))) if len(terms) > 1 else terms[0].node

    def _product(self) -> Node:
        factors = [Part("*", self._unary())]
        while self._next.kind in ("*", "/"):
            factors.append(Part(self._take().kind, self._unary()))
        return self._made(Product(tuple(factors))) if len(factors) > 1 else factors[0].node

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
            return self._call(token) if self._next.kind == "(" else self._named(token)
        if token.kind == "(":
            self._take()
            with self._deeper():
                node = self._sum()
            self._close(token)
            return node
        raise self._misplaced()

    def _named(self, token: Token) -> Node:
        """A metric; a function without its brackets has been noted among the words."""
        return self._made(_NOTHING if token.text in FUNCTIONS else Name(token.text, token.position))

    def _call(self, name: Token) -> Node:
        arguments = self._arguments()
        if name.text == "prior":
            return self._made(self._prior(name, arguments))
        n = len(arguments)
        if name.text == "abs" and n != 1:
            self._note(ONE_VALUE, name.position, name=name.text, n=n)
        elif name.text in ("min", "max", "coalesce") and not 2 <= n <= MOST_ARGUMENTS:
            self._note(SEVERAL_VALUES, name.position, name=name.text, least=2, most=MOST_ARGUMENTS, n=n)
        return self._made(Call(name.text, tuple(argument.node for argument in arguments)))

    def _arguments(self) -> list[_Argument]:
        opened = self._take()
        if self._next.kind == ")":
            self._take()
            return []
        with self._deeper():
            arguments = [_Argument(position=self._next.position, node=self._sum())]
            while self._next.kind == ",":
                self._take()
                arguments.append(_Argument(position=self._next.position, node=self._sum()))
        self._close(opened)
        return arguments

    def _prior(self, name: Token, arguments: list[_Argument]) -> Node:
        if len(arguments) != 2:
            self._note(PRIOR_TAKES_TWO, name.position)
            return _NOTHING
        metric, periods = arguments
        back = _whole(periods.node)
        if not isinstance(metric.node, Name):
            self._note(PRIOR_OF_METRIC, metric.position)
        if back is None or not 1 <= back <= MOST_PERIODS_BACK:
            self._note(PRIOR_PERIODS, periods.position, most=MOST_PERIODS_BACK)
        elif isinstance(metric.node, Name):
            return Prior(metric.node.key, back, metric.node.position)
        return _NOTHING

    def _close(self, opened: Token) -> None:
        if self._next.kind == "end":
            raise self._stop(NOT_CLOSED, self._next.position, opened=opened.position)
        if self._next.kind != ")":
            raise self._misplaced(operator_missing=True)
        self._take()

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        if self._depth >= DEEPEST:
            raise self._stop(TOO_DEEP, self._next.position, most=DEEPEST)
        self._depth += 1
        yield
        self._depth -= 1

    def _misplaced(self, *, operator_missing: bool = False) -> _Stop:
        token = self._next
        if token.kind == "end":
            return self._stop(ENDS_EARLY, token.position)
        if operator_missing and token.kind == ")":
            return self._stop(NOTHING_TO_CLOSE, token.position)
        if operator_missing and token.kind == ",":
            return self._stop(STRAY_COMMA, token.position)
        message = OPERATOR_MISSING if operator_missing else CANNOT_STAND
        return self._stop(message, token.position, found=shown(token.text))


def _whole(node: Node) -> int | None:
    """A number written with digits only."""
    if isinstance(node, Number) and node.value.as_tuple().exponent == 0:
        return int(node.value)
    return None

"""Units of metrics as exponents, such as currency¹ · customer⁻¹, and what a formula makes of them.

Nobody is asked for more than the kind of unit a metric is shown in. What a count counts is known from its definition:
the data set whose rows are counted, the column whose values are, the entity; for typed values the word behind the
figure. What is not known is never held against anybody: it fits everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from apps.metrics.domain.formula import Call, Name, Negative, Node, Number, Part, Prior, Product, Sum, name_nodes
from apps.metrics.domain.formula.writing import write

CURRENCY = "¤"
"""The company's currency among the things that have exponents; everything else there is something counted."""


@dataclass(frozen=True)
class Units:
    """Exponents of currency and of what is counted, none of them 0. Without any: a share, a score.

    `whole` is False where only the exponent of the currency is sure: an average price may be money per order or per
    piece, a typed amount money per customer.
    """

    powers: tuple[tuple[str, int], ...] = ()
    whole: bool = True

    @classmethod
    def of(cls, powers: Mapping[str, int], *, whole: bool = True) -> Units:
        kept = ((thing, power) for thing, power in powers.items() if power)
        return cls(tuple(sorted(kept, key=lambda pair: (pair[0] != CURRENCY, pair[0]))), whole)

    @property
    def money(self) -> int:
        return dict(self.powers).get(CURRENCY, 0)

    @property
    def counted(self) -> int:
        """The exponents of all that is counted, together: 1 for orders, 0 for orders per customer."""
        return sum(power for thing, power in self.powers if thing != CURRENCY)

    def times(self, other: Units, sign: int = 1) -> Units:
        """The units of a product; of a quotient with `sign` -1."""
        powers = dict(self.powers)
        for thing, power in other.powers:
            powers[thing] = powers.get(thing, 0) + sign * power
        return Units.of(powers, whole=self.whole and other.whole)

    def text(self, currency: str = CURRENCY) -> str:
        """ "CNY / customer", "order", "%" for what has no unit."""
        over = [_power(thing, power, currency) for thing, power in self.powers if power > 0]
        under = [_power(thing, -power, currency) for thing, power in self.powers if power < 0]
        if not over and not under:
            return "%"
        return " / ".join([" × ".join(over) or "1", *under])


def _power(thing: str, power: int, currency: str) -> str:
    named = currency if thing == CURRENCY else thing
    return named if power == 1 else f"{named}^{power}"


PURE = Units()
MONEY = Units(((CURRENCY, 1),))


def counting(thing: str) -> Units:
    """So many of a thing; `thing` is the key of a data set or column, or a word."""
    return Units(((noun(thing), 1),))


_TAIL = re.compile(r"_(id|no|nr|key|code|number|uuid)$")


def noun(word: str) -> str:
    """One of what a data set, a column or a word names: "orders", "order_id" and "Order" are all an order."""
    plain = _TAIL.sub("", word.strip().lower())
    if plain.endswith("ies") and len(plain) > 4:
        return plain[:-3] + "y"
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") and len(plain) > 2 else plain


# --- of formulas ------------------------------------------------------------------------------------------------------


class Clash(NamedTuple):
    """Two things added, subtracted or compared that are of different units, as texts, at a character.

    `unlike`: money and orders, orders and a rate; else two things counted, which may be called differently only.
    """

    position: int
    one: str
    unit: Units
    other: str
    other_unit: Units
    unlike: bool


class Derived(NamedTuple):
    """The units of a formula's result, None where they are not known, and what clashed on the way."""

    units: Units | None
    clashes: tuple[Clash, ...]


class _Side(NamedTuple):
    """Part of a formula: its units, or None; `constant` if made of numbers only, which take on any unit in a sum."""

    units: Units | None
    constant: bool
    node: Node


def derive(tree: Node, units_of: Callable[[str], Units | None]) -> Derived:
    """The units of a formula over metrics of these units (by key; None: not known)."""
    clashes: list[Clash] = []
    side = _side(tree, units_of, clashes)
    return Derived(PURE if side.constant else side.units, tuple(clashes))


def _side(tree: Node, units_of: Callable[[str], Units | None], clashes: list[Clash]) -> _Side:
    if isinstance(tree, Number):
        return _Side(PURE, constant=True, node=tree)
    if isinstance(tree, Name | Prior):
        return _Side(units_of(tree.key), constant=False, node=tree)
    if isinstance(tree, Negative):
        return _side(tree.operand, units_of, clashes)._replace(node=tree)
    if isinstance(tree, Sum):
        return _alike((_side(part.node, units_of, clashes) for part in tree.terms), tree, clashes)
    if isinstance(tree, Call):
        return _alike((_side(each, units_of, clashes) for each in tree.arguments), tree, clashes)
    return _product(tree, units_of, clashes)


def _product(tree: Product, units_of: Callable[[str], Units | None], clashes: list[Clash]) -> _Side:
    found: Units | None = PURE
    constant = True
    for part in tree.factors:
        side = _side(part.node, units_of, clashes)
        constant = constant and side.constant
        found = _times(found, side.units, part)
    return _Side(found, constant, tree)


def _times(found: Units | None, other: Units | None, part: Part) -> Units | None:
    if found is None or other is None:
        return None
    return found.times(other, -1 if part.sign == "/" else 1)


def _alike(sides: Iterable[_Side], tree: Node, clashes: list[Clash]) -> _Side:
    """What is added or compared has to be of one unit; numbers are, of whichever."""
    first: _Side | None = None
    varying = False
    for side in sides:
        varying = varying or not side.constant
        if side.constant or side.units is None:
            continue
        if first is None or first.units is None:
            first = side
            continue
        clash = _clash(first, first.units, side, side.units)
        if clash is not None:
            clashes.append(clash)
        elif side.units.whole and not first.units.whole:
            first = side
    return _Side(first.units if first else None, not varying, tree)


def _clash(first: _Side, one: Units, side: _Side, other: Units) -> Clash | None:
    sure = one.whole and other.whole
    unlike = one.money != other.money or (sure and one.counted != other.counted)
    if not unlike and (not sure or one == other):
        return None
    return Clash(_start(side.node), write(side.node), other, write(first.node), one, unlike)


def _start(node: Node) -> int:
    """The character of the first metric in it."""
    return next(name_nodes(node)).position

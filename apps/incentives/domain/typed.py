"""A plan as the fields of a form: every setting a text under a flat name, and the way back.

`components-0-curve-points-1-x` is the place `components[0].curve.points[1].x` of the plan, so a fault that `lint` or
`canonical.read` finds at a place belongs to a field. Shares are typed in percent, values of a metric and money as
numbers; what no decimal can say is typed as a fraction (100/3). Nothing is rounded on the way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from apps.incentives.domain.attainment import Basis, Direction
from apps.incentives.domain.canonical import read
from apps.incentives.domain.curve import Curve
from apps.incentives.domain.plan import Combine, Component, Multiplier, Plan
from apps.incentives.domain.rounding import minor_per_unit
from apps.kernel.issue import N_, Issue, Refusal

Typed = Mapping[str, str]
IN_PERCENT = frozenset({"weight", "cap", "total_cap", "x", "y", "rate"})
YES, NO = "yes", "no"
PAYS, BY_CURVE, BY_TIERS = "pays", "curve", "tiers"
HOW, ALWAYS, WHILE, ON_CURVE = "how", "always", "while", "curve"
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?(/[1-9][0-9]{0,11})?", re.ASCII)
_ROW = re.compile(r"(.*-(?:points|bands))-([0-9]{1,3})-([a-z]+)")
NOT_A_NUMBER = N_("“%(text)s” is not a number. Write one such as 12.5, or a fraction such as 100/3.")
NOT_GIVEN = N_("This is missing.")


def name_of(where: str) -> str:
    """The field of a place: "components[0].curve.points" is "components-0-curve-points"."""
    return re.sub(r"[\[\].]+", "-", where).strip("-")


# --- from a plan to fields -------------------------------------------------------------------------------------------


def fields_of(plan: Plan) -> dict[str, str]:
    """Every setting of `plan` as a text. `plan_of` makes the same plan of them again."""
    out: dict[str, str] = {}
    _spread(plan, "", out)
    for index, component in enumerate(plan.components):
        out[f"components-{index}-{PAYS}"] = BY_CURVE if component.tiers is None else BY_TIERS
    for index, multiplier in enumerate(plan.multipliers):
        how = ON_CURVE if multiplier.curve is not None else WHILE if multiplier.condition is not None else ALWAYS
        out[f"multipliers-{index}-{HOW}"] = how
    out["negative-floor"] = text_of(Fraction(plan.negative.floor, minor_per_unit(plan.currency)))
    return out


def _spread(value: object, name: str, out: dict[str, str]) -> None:
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            _spread(getattr(value, each.name), f"{name}-{each.name}" if name else each.name, out)
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            _spread(each, f"{name}-{index}", out)
    elif isinstance(value, bool):
        out[name] = YES if value else NO
    elif isinstance(value, Fraction):
        out[name] = text_of(value * 100 if _in_percent(name, out) else value)
    elif value is not None:
        out[name] = str(value)


def text_of(value: Fraction) -> str:
    """Exactly: as a decimal where there is one of twelve digits or less, else as a fraction."""
    scaled, digits = value, 0
    while scaled.denominator != 1 and digits < 12:
        scaled, digits = scaled * 10, digits + 1
    if scaled.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    sign, text = "-" if scaled < 0 else "", str(abs(scaled.numerator)).rjust(digits + 1, "0")
    return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)


def _in_percent(name: str, told: Typed) -> bool:
    """Whether a figure is typed in percent: shares are, values of a metric and what a multiplier multiplies by not."""
    way = name.split("-")
    first, last = way[0], way[-1]
    if first == "multipliers" or last not in IN_PERCENT:
        return False
    if last == "x" and first == "components":
        return told.get("-".join([*way[:2], "attaining", "basis"])) != Basis.ACTUAL
    return True


# --- from fields to a plan -------------------------------------------------------------------------------------------


def arranged(told: Typed) -> dict[str, str]:
    """The same fields with rows of curves and tiers that are empty taken out, and all rows numbered from 0 on.

    Components, gates and multipliers are numbered anew, too.
    """
    rows: dict[tuple[str, int], dict[str, str]] = {}
    out: dict[str, str] = {}
    for name, text in _renumbered(told).items():
        match = _ROW.fullmatch(name)
        if match:
            rows.setdefault((match[1], int(match[2])), {})[match[3]] = text
        else:
            out[name] = text
    counts: dict[str, int] = {}
    for (prefix, _), cells in sorted(rows.items()):
        if any(text.strip() for text in cells.values()):
            at = counts.get(prefix, 0)
            counts[prefix] = at + 1
            out |= {f"{prefix}-{at}-{cell}": text for cell, text in cells.items()}
    return out


BLOCKS = ("components", "gates", "multipliers")


def _renumbered(told: Typed) -> dict[str, str]:
    places = {(block, str(number)): at for block in BLOCKS for at, number in enumerate(numbers_of(told, block))}
    out = {}
    for name, text in told.items():
        block, _, rest = name.partition("-")
        number, _, field = rest.partition("-")
        if field and (block, number) in places:
            name = f"{block}-{places[block, number]}-{field}"
        out[name] = text
    return out


def numbers_of(told: Typed, block: str) -> list[int]:
    """The numbers of the blocks there are, in order: of components, or of the rows of one curve."""
    found = set()
    for name in told:
        if name.startswith(f"{block}-"):
            number = name[len(block) + 1 :].partition("-")[0]
            if number.isdecimal() and len(number) < 4:
                found.add(int(number))
    return sorted(found)


def plan_of(told: Typed, *, key: str, version: str, name: str, currency: str) -> Plan:
    """The plan that arranged fields say. Refusal with everything wrong at once; `where` is the place in the plan."""
    trouble: list[Issue] = []
    head = {"key": key, "version": version, "name": name, "currency": currency}
    data = _Reader(told, minor_per_unit(currency), trouble).read(Plan, _tree(told), "") | head
    try:
        plan: Plan | None = read(Plan, data) if not trouble else None
    except Refusal as refusal:
        trouble += refusal.issues
    if trouble:
        raise Refusal(N_("The plan cannot be kept like this."), issues=trouble)
    assert plan is not None  # noqa: S101  (trouble else)
    return _keyed(_turned(plan))


def _tree(told: Typed) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, text in told.items():
        *way, last = name.split("-")
        place = tree
        for step in way:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place[last] = text
    return tree


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


class _Reader:
    """Turns texts into what `canonical.read` takes, by the types of the plan's fields."""

    def __init__(self, told: Typed, minor: int, trouble: list[Issue]) -> None:
        self.told, self.minor, self.trouble = told, minor, trouble

    def read(self, kind: Any, node: dict[str, Any], where: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        unused = _unused(kind, node)
        for each in fields(kind):
            inner = f"{where}.{each.name}" if where else each.name
            hint, given = _hints(kind)[each.name], node.get(each.name)
            if given is None or each.name in unused:
                if hint is str:
                    found[each.name] = ""
                continue
            usual = each.default is not MISSING or each.default_factory is not MISSING
            value = self._value(hint, given, inner, usual)
            if value is not MISSING:
                found[each.name] = value
        if kind is Component and node.get(PAYS) == BY_TIERS:
            found.setdefault("tiers", {"bands": []})
        return found

    def _value(self, hint: Any, given: Any, where: str, usual: bool) -> Any:
        if isinstance(hint, UnionType):
            (hint,) = (each for each in get_args(hint) if each is not NoneType)
        if get_origin(hint) is tuple:
            if not isinstance(given, dict):
                return []
            rows = sorted((int(at), row) for at, row in given.items() if at.isdecimal())
            inner = get_args(hint)[0]
            return [self.read(inner, row, f"{where}[{at}]") for at, row in rows]
        if is_dataclass(hint):
            return self.read(hint, given, where) if isinstance(given, dict) else MISSING
        text = given.strip() if isinstance(given, str) else ""
        if not text:
            if hint is str:
                return ""
            if not usual:
                self.trouble.append(Issue(where, NOT_GIVEN))
            return MISSING
        return self._leaf(hint, text, where)

    def _leaf(self, hint: Any, text: str, where: str) -> Any:
        if hint is bool:
            return text == YES
        if hint is str or issubclass(hint, StrEnum):
            return text
        value = number_of(text)
        if value is None:
            self.trouble.append(Issue(where, NOT_A_NUMBER, {"text": text[:40]}))
            return MISSING
        if hint is Fraction:
            return str(Fraction(value, 100) if _in_percent(name_of(where), self.told) else value)
        if where == "negative.floor":
            value *= self.minor
        if value.denominator != 1:
            self.trouble.append(Issue(where, N_("This must be a whole number.")))
            return MISSING
        return int(value)


def number_of(text: str) -> Fraction | None:
    """What somebody typed: digits with a point, groups of three, a percent sign behind; None if it is no number."""
    plain = text.strip().replace(",", "").replace("，", "").replace("−", "-").removesuffix("%").strip()
    if not _NUMBER.fullmatch(plain):
        return None
    whole, _, part = plain.partition("/")
    return Fraction(Fraction(whole), int(part)) if part else Fraction(whole)


def _unused(kind: type, node: Mapping[str, Any]) -> frozenset[str]:
    """What the switches say is not used: a curve where tiers pay, a curve on a total that is not asked for."""
    if kind is Component:
        return frozenset({"curve" if node.get(PAYS) == BY_TIERS else "tiers"})
    if kind is Multiplier:
        return _UNUSED.get(str(node.get(HOW)), _UNUSED[ALWAYS])
    return frozenset({"total_curve"}) if kind is Plan and node.get("combine") != Combine.ON_TOTAL else frozenset()


_UNUSED = {
    ALWAYS: frozenset({"condition", "curve", "metric"}),
    WHILE: frozenset({"curve", "metric"}),
    ON_CURVE: frozenset({"condition", "factor"}),
}


def _turned(plan: Plan) -> Plan:
    """With each curve's way: it falls on values of which less is better, and, in a multiplier, as its points do."""
    components = tuple(replace(each, curve=replace(each.curve, falling=_falls(each))) for each in plan.components)
    multipliers = tuple(
        replace(each, curve=_as_drawn(each.curve)) if each.curve is not None else each for each in plan.multipliers
    )
    return replace(plan, components=components, multipliers=multipliers)


def _falls(component: Component) -> bool:
    rule = component.attaining
    return component.tiers is None and rule.basis is Basis.ACTUAL and rule.direction is Direction.LOWER


def _as_drawn(curve: Curve) -> Curve:
    points = curve.points
    return replace(curve, falling=len(points) > 1 and points[0].x > points[-1].x)


def _keyed(plan: Plan) -> Plan:
    """Every line with a key: its own, or the next one that is free (c1, g1, m1). A key, once given, stays."""
    taken = {line.key for line in plan.components} | {gate.key for gate in plan.gates}
    taken |= {factor.key for factor in plan.multipliers}

    def key(given: str, letter: str) -> str:
        if given:
            return given
        number = next(number for number in range(1, 1000) if f"{letter}{number}" not in taken)
        taken.add(f"{letter}{number}")
        return f"{letter}{number}"

    return replace(
        plan,
        components=tuple(replace(line, key=key(line.key, "c")) for line in plan.components),
        gates=tuple(replace(gate, key=key(gate.key, "g")) for gate in plan.gates),
        multipliers=tuple(replace(factor, key=key(factor.key, "m")) for factor in plan.multipliers),
    )

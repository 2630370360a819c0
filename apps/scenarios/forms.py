"""What people type on the page of a what-if, read into changes, and written back as they typed it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common import formats
from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.numbers import parse_decimal
from apps.metrics.domain.arithmetic import rounded
from apps.metrics.presentation import style_of
from apps.scenarios.domain.base import Base, Quantity
from apps.scenarios.domain.changes import Changes, How, Move, Pull, Weight
from apps.scenarios.domain.checks import field_of, weights_of
from apps.scenarios.domain.evaluation import Sheet

POINTS = ("个百分点", "percentage points", "pts", "pt", "pp")
PERCENT_OF_WHAT = N_(
    "Write +%(text)s or −%(text)s to move it by a share of itself; this figure itself is no percentage."
)
MOST_TYPED = 40

Style = formats.Style


class SaveForm(forms.Form):
    """Under which name a what-if is kept, and who sees it."""

    name = forms.CharField(label=_("Name of the what-if"), max_length=120, required=False)
    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}),
        help_text=_("What is assumed, and why. Whoever reads it later needs it."),
    )  # fmt: skip
    shared = forms.BooleanField(label=_("Everybody in the company may see it"), required=False)


@dataclass
class Typed:
    """What was read of a page: the changes that could be read, what could not, and every text as it was typed."""

    changes: Changes
    issues: list[Issue] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


def read(sheet: Sheet, sent: Mapping[str, str], currency: str) -> Typed:
    """Read every field of the page. What cannot be read is an issue at its field; what is empty changes nothing."""
    return _Reader(sheet, sent, currency).typed()


class _Reader:
    def __init__(self, sheet: Sheet, sent: Mapping[str, str], currency: str) -> None:
        self.sheet, self.sent, self.currency = sheet, sent, currency
        self.found = Typed(Changes())

    def typed(self) -> Typed:
        moves = dict(self._each(((key, field_of("move", key)) for key in self.sheet.leaves), self._move))
        weights = {
            weight: number
            for weight, number in self._each(_weight_fields(self.sheet), lambda text, _key: decimal(text))
            if number != weight_of(self.sheet.base, weight)
        }
        targets = ((key, field_of("goal", key)) for key in self.sheet.base.targets)
        goals = {
            key: goal for key, goal in self._each(targets, self._goal) if goal != self.sheet.base.targets[key].goal
        }
        pulls = ((Pull(*link), field_of("pull", *link)) for link in self.sheet.base.influences())
        elasticities = {pull: number for pull, number in self._each(pulls, lambda text, _key: decimal(text)) if number}
        self.found.changes = Changes(moves, weights, goals, elasticities)
        return self.found

    def _each(self, fields: Iterator[tuple], reader: Callable) -> Iterator[tuple]:
        for key, where in fields:
            text = self.sent.get(where, "")[:MOST_TYPED].strip()
            if not text:
                continue
            self.found.texts[where] = text
            try:
                yield key, reader(text, key)
            except Refusal as refusal:
                self.found.issues.append(Issue(where, refusal.message, refusal.params))

    def _style(self, key: str) -> Style:
        return style_of(self.sheet.base.metrics[key].unit, self.currency)

    def _move(self, text: str, key: str) -> Move:
        return read_move(text, self._style(key))

    def _goal(self, text: str, key: str) -> Decimal:
        return read_figure(text, self._style(key))


def weight_of(base: Base, weight: Weight) -> Decimal:
    """What a weight is in the definition of its score."""
    score = base.metrics[weight.score].score
    assert score is not None  # noqa: S101  (`weights_of` gives those of scores only)
    group = score.groups[weight.group]
    return group.weight if not weight.part else next(p.weight for p in group.parts if p.metric == weight.part)


def _weight_fields(sheet: Sheet) -> Iterator[tuple[Weight, str]]:
    for key in sheet.base.metrics:
        for weight in weights_of(sheet, key):
            yield weight, field_of("weight", *weight)


def _plain(text: str, style: Style | None = None) -> str:
    text = unicodedata.normalize("NFKC", text).replace(formats.MINUS, "-").strip()
    symbol = unicodedata.normalize("NFKC", style.symbol) if style else ""
    for mark in (",", " ", "\u00a0", "_", symbol):
        text = text.replace(mark, "") if mark else text
    return text


def decimal(text: str) -> Decimal:
    """A plain number as people write it; Refusal if it is none."""
    return parse_decimal(_plain(text).removeprefix("+"))


def read_figure(text: str, style: Style) -> Decimal:
    """A figure as people write it: "5,500", "¥5500"; a share as "32" or "32%", which is 0.32."""
    written = _plain(text, style)
    if style.kind is formats.Kind.PERCENT:
        return parse_decimal(written.removesuffix("%")) / 100
    return parse_decimal(written)


def read_move(text: str, style: Style) -> Move:
    """ "5200" and "=5200" set a figure, "+10%" moves it by a share of itself, "+200" by an amount.

    A figure that is a percentage itself is set by "35" or "35%" and moved by percentage points with "+2" or "+2pp".
    """
    written = _plain(text, style)
    match = re.fullmatch(r"([=+-]?)(.*)", written, re.DOTALL)
    assert match is not None  # noqa: S101  (both parts may be empty)
    sign, rest = match.groups()
    is_share = style.kind is formats.Kind.PERCENT
    if sign in ("", "="):
        if rest.endswith("%") and not is_share:
            raise Refusal(PERCENT_OF_WHAT, {"text": rest[:20]})
        return Move("set", read_figure(rest, style))
    how: How = "amount"
    ending = next((each for each in POINTS if rest.endswith(each.replace(" ", ""))), "")
    if rest.endswith("%"):
        how, rest = "share", rest.removesuffix("%")
    elif ending and is_share:
        rest = rest.removesuffix(ending.replace(" ", ""))
    number = parse_decimal(rest)
    number = -number if sign == "-" else number
    return Move(how, number / 100 if how == "share" or is_share else number)


def written(sheet: Sheet, changes: Changes, currency: str) -> dict[str, str]:
    """Changes as they would be typed, by field: `read` gives the same changes again."""
    metrics = sheet.base.metrics
    texts = {field_of("move", key): write_move(move, metrics[key]) for key, move in changes.moves.items()}
    texts |= {field_of("weight", *weight): _short(number) for weight, number in changes.weights.items()}
    texts |= {field_of("goal", key): write_figure(goal, metrics[key]) for key, goal in changes.goals.items()}
    texts |= {field_of("pull", *pull): _short(number) for pull, number in changes.elasticities.items()}
    return texts


def write_figure(value: Decimal | Fraction, each: Quantity) -> str:
    """A figure as it would be typed: a share in percent."""
    exact = Fraction(value) * (100 if each.unit.kind == "percent" else 1)
    return _short(rounded(exact, 6)) + ("%" if each.unit.kind == "percent" else "")


def write_move(move: Move, each: Quantity) -> str:
    """A move as it would be typed."""
    if move.how == "set":
        text = write_figure(move.number, each)
        return f"={text}" if move.number < 0 else text
    sign = "-" if move.number < 0 else "+"
    size = abs(move.number)
    if move.how == "share":
        return f"{sign}{_short(size * 100)}%"
    return f"{sign}{_short(size * 100)}pp" if each.unit.kind == "percent" else f"{sign}{_short(size)}"


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"

"""Targets as rows of a sheet: which columns there are, and a row read back, with every cell that cannot be.

Figures are exact and in the metric's own unit: a share as 0.32, not 32 %. An empty cell is nothing. Milestones stand in
one cell, as days with values: "2026-09-30 8500; 2026-10-31 9200".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.numbers import parse_decimal, plain
from apps.kernel.period import Grain
from apps.targets.domain import terms
from apps.targets.domain.checks import Wish
from apps.targets.domain.kinds import Kind, Shape

NEEDED = ("metric", "grain", "start", "due")
COLUMNS = (
    "metric", "grain", "dimension", "member", "team", "kind", "pace", *terms.FIGURES, "milestones", "start", "due",
    "review_on", "reason",
)  # fmt: skip
ONLY_TOLD = ("name",)
"""Columns of an export that are not read back."""

NO_COLUMN = N_("The column “%(column)s” is missing. Begin with a fresh export.")
UNKNOWN_COLUMN = N_("There is no column “%(column)s”. Take it out, or write one of: %(columns)s.")
TWICE = N_("The column “%(column)s” is there twice.")
FORMULA = N_("A formula stands here. Paste its value instead: what is agreed is a figure.")
NOT_ONE_OF = N_("“%(text)s” is none of: %(choices)s.")
NOT_A_DAY = N_("“%(text)s” is not a day. Write one such as 2026-06-30.")
NOT_A_MILESTONE = N_(
    "“%(text)s” is no milestone. Write a day and a value, such as 2026-09-30 8500; the next after a “;”."
)

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True)
class Line:
    """A row read: its number in the file, and what its cells say."""

    number: int
    metric: str
    dimension: str
    member: str
    team: str
    wish: Wish
    reason: str


def header_issues(header: Sequence[str]) -> Iterator[Issue]:
    """What is wrong with the columns; `where` is row 1 and the column."""
    known = {*COLUMNS, *ONLY_TOLD}
    for name in NEEDED:
        if name not in header:
            yield Issue(f"1:{name}", NO_COLUMN, {"column": name})
    for at, name in enumerate(header):
        if name not in known:
            yield Issue(f"1:{name}", UNKNOWN_COLUMN, {"column": name, "columns": ", ".join(COLUMNS)})
        elif name in header[:at]:
            yield Issue(f"1:{name}", TWICE, {"column": name})


def column_letters(at: int) -> str:
    """How a spreadsheet calls the column at this place: 0 is A, 26 is AA."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read(number: int, header: Sequence[str], cells: Sequence[str], formulas: frozenset[str]) -> Line | list[Issue]:
    """A row as a line, or everything in it that cannot be read; `where` is "row:column"."""
    told = dict(zip(header, cells, strict=False))
    reader = _Reader(number, told)
    for at, name in enumerate(header):
        if name in COLUMNS and f"{column_letters(at)}{number}" in formulas:
            reader.wrong(name, FORMULA)
    figures = {name: reader.figure(name) for name in terms.FIGURES}
    days = {name: reader.day(name) for name in ("start", "due", "review_on")}
    milestones = reader.milestones()
    grain = reader.choice("grain", Grain, None)
    kind = reader.choice("kind", Kind, Kind.LEVEL)
    pace = reader.choice("pace", Shape, Shape.PERIODS)
    if reader.issues or grain is None:
        return reader.issues
    assert kind is not None and pace is not None  # noqa: S101, PT018
    given: dict[str, Any] = {**figures, **days}
    wish = Wish(grain=grain, kind=kind, pace=pace, on_purpose=True, milestones=milestones, **given)
    text = {name: told.get(name, "").strip() for name in ("metric", "dimension", "member", "team", "reason")}
    return Line(number=number, wish=wish, **text)


class _Reader:
    """Reads cells of one row and keeps what is wrong with them."""

    def __init__(self, number: int, told: Mapping[str, str]) -> None:
        self.number, self.told = number, told
        self.issues: list[Issue] = []

    def wrong(self, name: str, message: str, params: Mapping[str, object] | None = None) -> None:
        self.issues.append(Issue(f"{self.number}:{name}", message, params or {}))

    def figure(self, name: str) -> Decimal | None:
        text = self.told.get(name, "").strip().replace(",", "").replace("−", "-")
        if not text:
            return None
        try:
            return parse_decimal(text)
        except Refusal as refusal:
            self.wrong(name, refusal.message, refusal.params)
            return None

    def day(self, name: str) -> date | None:
        text = self.told.get(name, "").strip()
        if not text:
            return None
        try:
            return date.fromisoformat(text[:10].replace("/", "-"))
        except ValueError:
            self.wrong(name, NOT_A_DAY, {"text": text[:40]})
            return None

    def milestones(self) -> tuple[tuple[date, Decimal], ...]:
        text = self.told.get("milestones", "").replace("；", ";").replace("−", "-")
        found = []
        for each in filter(None, map(str.strip, text.split(";"))):
            day, _space, figure = each.partition(" ")
            try:
                found.append(
                    (date.fromisoformat(day.replace("/", "-")), parse_decimal(figure.strip().replace(",", "")))
                )
            except (ValueError, Refusal):
                self.wrong("milestones", NOT_A_MILESTONE, {"text": each[:40]})
        return tuple(found)

    def choice(self, name: str, kind: type[Choice], usual: Choice | None) -> Choice | None:
        text = self.told.get(name, "").strip().lower()
        if not text and usual is not None:
            return usual
        if text in set(kind):
            return kind(text)
        self.wrong(name, NOT_ONE_OF, {"text": text[:40], "choices": ", ".join(map(str, kind))})
        return None


def written(row: Mapping[str, Any]) -> list[str]:
    """A target as the cells of a row, in the order of COLUMNS; `row` has the columns of a target and three names."""
    return [_cell(row.get(name)) for name in COLUMNS]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{plain(value):f}"
    if isinstance(value, list):
        return "; ".join(f"{day} {figure}" for day, figure in value)
    return value.isoformat() if isinstance(value, date) else str(value)

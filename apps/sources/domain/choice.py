"""What of a source is read: a table or one SELECT, all of it or what is new by a column that rises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from apps.kernel.issue import N_, Issue

LONGEST_SELECT = 20_000
_SELECT = re.compile(r"(?is)\s*(\(|select\b|with\b|values\b|table\b)")
_COMMENTS = re.compile(r"(?s)\A(\s+|--[^\n]*(\n|\Z)|/\*.*?\*/)*")


class Rises(StrEnum):
    """Types of columns by which rows can be told to be new."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    MOMENT = "moment"  # a time without a zone
    INSTANT = "instant"  # a time with one


@dataclass(frozen=True)
class Choice:
    """A `table` of a `schema`, or a `select`; `rising` is the column whose growth tells what is new ("": all is read).

    `overlap` reads rows again that are so much older than the newest known: days of a date or time, a difference of
    numbers. It only serves data with a row key, where a row that comes again takes its own place.
    """

    schema: str = ""
    table: str = ""
    select: str = ""
    rising: str = ""
    overlap: int = 0

    def to_json(self) -> dict[str, object]:
        return {
            "schema": self.schema, "table": self.table, "select": self.select, "rising": self.rising,
            "overlap": self.overlap,
        }  # fmt: skip

    def about(self) -> str:
        """What a file of it is called."""
        return self.table or "select"


def choice_of(data: Mapping[str, object]) -> Choice:
    """A choice from a plain dict. Raises ValueError for an overlap that is no whole number."""
    words = {name: str(data.get(name) or "") for name in ("schema", "table", "rising")}
    return Choice(**words, select=tidied(str(data.get("select") or "")), overlap=int(str(data.get("overlap") or 0)))


def tidied(select: str) -> str:
    """A SELECT without the semicolon that ends it."""
    return select.strip().rstrip(";").strip()


def faults_of(choice: Choice) -> list[Issue]:
    """Everything wrong with a choice that can be seen without asking the database."""
    found = []
    if bool(choice.table) == bool(choice.select):
        found.append(Issue("table", N_("Choose a table, or write one SELECT.")))
    elif choice.select:
        found += _select_faults(choice.select)
    if any("\0" in part for part in (choice.schema, choice.table, choice.rising)):
        found.append(Issue("table", N_("A name has a sign in it that cannot be read.")))
    if choice.overlap < 0:
        found.append(Issue("overlap", N_("Use 0 or more.")))
    return found


def _select_faults(select: str) -> list[Issue]:
    bare = select[_COMMENTS.match(select).end() :]  # type: ignore[union-attr]
    if len(select) > LONGEST_SELECT:
        message = N_("A SELECT has up to %(most)s characters. Make a view of it in the database.")
        return [Issue("select", message, {"most": LONGEST_SELECT})]
    if "\0" in select or not _SELECT.match(bare):
        return [Issue("select", N_("Write one statement that reads: SELECT …"))]
    return []

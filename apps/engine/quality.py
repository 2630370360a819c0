"""What is asked about the rows of a data set as a whole, and what is taken out of them. Loads no engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from apps.engine.codec import Message
from apps.engine.entry import FileEntry

if TYPE_CHECKING:
    from collections.abc import Sequence


class RuleKind(StrEnum):
    """What a rule asks of a cell; an empty cell only fails `filled`."""

    FILLED = "filled"
    UNIQUE = "unique"
    RANGE = "range"
    ONE_OF = "one_of"
    LENGTH = "length"
    PATTERN = "pattern"


@dataclass(frozen=True)
class Rule(Message):
    """Something that is to hold for every row: `columns` are one, but for `unique` several together.

    `low` and `high` (inclusive, "": open) are values of the column's type, or numbers of characters for `length`;
    `values` what `one_of` allows; `pattern` a text in which # is a digit, @ a letter, ? any character and * any
    number of them. Everything is text as `values.cell_text` writes it.
    """

    id: str
    kind: RuleKind
    columns: tuple[str, ...]
    low: str = ""
    high: str = ""
    values: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True)
class Profile(Message):
    """Look at all rows of a data set; empty cells of the upload `newest` are counted apart."""

    files: tuple[FileEntry, ...]
    rules: tuple[Rule, ...] = ()
    newest: str = ""


@dataclass(frozen=True)
class Frequent(Message):
    """A value and in how many rows it stands."""

    text: str
    rows: int


@dataclass(frozen=True)
class ColumnProfile(Message):
    """What a column holds; `newest_nulls` are the empty cells of the newest upload's rows. `low` and `high` are given
    for numbers and times, `frequent` where a value comes twice.

    With `about`, `distinct` is an estimate: there are too many rows to count it for every column.
    """

    name: str
    nulls: int
    newest_nulls: int
    distinct: int
    about: bool
    low: str
    high: str
    frequent: tuple[Frequent, ...]


@dataclass(frozen=True)
class Failing(Message):
    """A row that breaks a rule: where it came from, and its cells in the rule's columns."""

    upload: str
    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class RuleResult(Message):
    """How many rows break a rule, with the first of them; None where its column is gone."""

    rule: str
    failing: int | None
    examples: tuple[Failing, ...]


@dataclass(frozen=True)
class DayRows(Message):
    """How many rows a day has."""

    day: date
    rows: int


@dataclass(frozen=True)
class UploadRows(Message):
    """How many rows of an upload are left, from which day to which."""

    upload: str
    rows: int
    first: date
    last: date


@dataclass(frozen=True)
class Profiled(Message):
    """What all rows come to. Days without a row are left out."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    days: tuple[DayRows, ...]
    uploads: tuple[UploadRows, ...]
    rules: tuple[RuleResult, ...]


@dataclass(frozen=True)
class Purge(Message):
    """Write files of a data set anew without the rows of `upload` ("": of none), and without those before a day.

    `earlier` are files of the state before the upload: rows of it whose `key` an upload's row had taken come back.
    `out_dir` must exist; only new files are written in it, and none is left there on failure.
    """

    files: tuple[FileEntry, ...]
    out_dir: str
    upload: str = ""
    before: date | None = None
    earlier: tuple[FileEntry, ...] = ()
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rewritten(Message):
    """A file that held such rows, and what takes its place (None: nothing is left of it)."""

    path: str
    entry: FileEntry | None


@dataclass(frozen=True)
class Purged(Message):
    """Files that change, files that come beside them, rows that went and came back, and the days they are of."""

    rewritten: tuple[Rewritten, ...]
    added: tuple[FileEntry, ...]
    removed: int
    returned: int
    changed_first: date | None
    changed_last: date | None


def without(files: Sequence[FileEntry], purged: Purged) -> tuple[FileEntry, ...]:
    """The files of a version once `purged` is applied to it; what it added is left out."""
    new = {change.path: change.entry for change in purged.rewritten}
    found = (new.get(entry.path, entry) for entry in files)
    return tuple(entry for entry in found if entry is not None)

"""Asking for the rows that a load refused, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from enum import StrEnum

from apps.engine.codec import Message
from apps.engine.shape import Reading


class RejectCode(StrEnum):
    """Why a row was not loaded."""

    BAD_NUMBER = "bad_number"
    BAD_DATE = "bad_date"
    BAD_BOOLEAN = "bad_boolean"
    BAD_CURRENCY = "bad_currency"
    MISSING = "missing"
    TOO_MANY_CELLS = "too_many_cells"
    TOO_FEW_CELLS = "too_few_cells"
    DUPLICATE_KEY = "duplicate_key"
    SHARED_KEY = "shared_key"
    BAD_QUOTE = "bad_quote"
    BAD_CHARACTER = "bad_character"
    TOO_LONG = "too_long"
    BAD_LINE = "bad_line"
    REPEATED_HEADER = "repeated_header"
    TOTAL_ROW = "total_row"
    HIDDEN_ROW = "hidden_row"
    OUT_OF_RANGE = "out_of_range"
    NOT_ALLOWED = "not_allowed"
    BAD_LENGTH = "bad_length"
    BAD_PATTERN = "bad_pattern"
    KEPT_KEY = "kept_key"
    KNOWN_KEY = "known_key"
    UNKNOWN_KEY = "unknown_key"
    OUTSIDE_PERIOD = "outside_period"


@dataclass(frozen=True)
class ReturnRejects(Message):
    """Write the rejected rows of an upload in the shape they came: the columns, delimiter and encoding of the file, a
    workbook for a workbook, CSV for Parquet. In front stands a column `header` with the reasons, in the reader's words
    by code, or in `plain` ones where the encoding has no signs for those. Rows of the codes `without` are left out.
    `Exported.kind` says what was written: csv, jsonl or xlsx.
    """

    path: str
    filename: str
    sheet: str
    reading: Reading
    rejects_path: str
    out_path: str
    header: str
    reasons: Dict[str, str] = field(default_factory=dict, hash=False)
    plain: Dict[str, str] = field(default_factory=dict, hash=False)
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rejects(Message):
    """A page of the reject list that a load left at `path`. `limit` is at most 1,000."""

    path: str
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True)
class Reject(Message):
    """A cell (or with `column` empty a whole row) that could not be loaded; `text` is cut at 500 characters."""

    row: int
    column: str
    code: RejectCode
    text: str


@dataclass(frozen=True)
class RejectPage(Message):
    """`total` entries about `total_rows` rows, of which these from `offset` on, ordered by row and column."""

    rejects: tuple[Reject, ...]
    total: int
    total_rows: int
    offset: int


@dataclass(frozen=True)
class ExportRejects(Message):
    """Write the reject list as CSV for a spreadsheet; `headers` and `reasons` (by code) in the reader's language."""

    path: str
    out_path: str
    headers: tuple[str, str, str, str] = ("row", "column", "reason", "text")
    reasons: Dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Exported(Message):
    """The file written, with its number of entries, and what it is."""

    path: str
    rows: int
    kind: str = "csv"

"""How a file is read, and what was found in it: the words of a first look. Importing this module loads no engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from apps.engine.codec import Message
from apps.engine.plan import ColumnType
from apps.kernel.issue import Issue

LABELS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "gb18030": "GB18030 (GBK)",
    "cp950": "Big5",
    "cp1252": "Windows-1252",
}
"""Encodings that can be chosen: the codec of Python, and what people call it. cp950 is Big5 as Windows writes it."""

DELIMITERS = ",;\t|"


class DateOrder(StrEnum):
    """Which part of a date written in digits comes first; a year of four digits first is read in every order, one of
    two digits first only in `YYMD`."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"
    YYMD = "yymd"


class NumberStyle(StrEnum):
    """What a point and a comma in a number mean: 1,234.50 or 1.234,50."""

    POINT = "point"
    COMMA = "comma"


class Aside(StrEnum):
    """Rows that are recognised as no data; each kind is set aside, or kept where somebody says so."""

    REPEATED_HEADER = "repeated_header"
    TOTAL_ROW = "total_row"


@dataclass(frozen=True)
class Reading(Message):
    """How a file is read; what is left empty is found out.

    `encoding` is a key of `encodings.LABELS`; `header_row` the number of the row with the headers; `keep` the kinds of
    `Aside` that are rows like any other; `shown_only`: rows that a sheet hides are set aside. `nulls` are words that
    mean "no value" (None: those that stand in columns of numbers and dates; for a load: none). `likely` is the
    encoding of files of its kind: it is taken where the bytes fit it and tell of no other.
    """

    encoding: str = ""
    delimiter: str = ""
    header_row: int = 0
    keep: tuple[str, ...] = ()
    shown_only: bool = False
    nulls: tuple[str, ...] | None = None
    likely: str = ""


AS_FOUND = Reading()
"""Everything is found out."""


@dataclass(frozen=True)
class Found(Message):
    """Something in the file that a person should see: `count` times `what` ("blank_row", "null", "title",
    "hidden_row", or an `Aside`), first in `row` (0: not known), where `text` stands."""

    what: str
    count: int
    row: int = 0
    text: str = ""


@dataclass(frozen=True)
class ColumnShape(Message):
    """A column as found in the first 10,000 rows.

    `empty` and `distinct` count cells of that sample; `type`, `date_order` and `number_style` are proposals. `asks`
    names those of the last two that nothing in the column tells: a person has to say.
    """

    name: str
    position: int
    type: ColumnType
    empty: int
    distinct: int
    samples: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    date_order: DateOrder = DateOrder.YMD
    number_style: NumberStyle = NumberStyle.POINT
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileShape(Message):
    """A file as found: `kind` "csv", "xlsx", "xls", "ods", "parquet", "jsonl" or "" when it is none; `rows` without
    the header. `reading` is how it was read, everything filled in; `container` "gzip" or "zip" with the name `inner`
    of the file inside.

    A blocking Issue among `issues` (or those of a column) means that the file cannot be loaded as it is.
    """

    kind: str
    encoding: str = ""
    delimiter: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    rows: int = 0
    columns: tuple[ColumnShape, ...] = ()
    preview: tuple[tuple[str, ...], ...] = ()
    issues: tuple[Issue, ...] = ()
    reading: Reading = AS_FOUND
    hidden_sheets: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    container: str = ""
    inner: str = ""

    def blocking(self) -> tuple[Issue, ...]:
        """Every issue of the file and its columns that has to be mended first."""
        found = self.issues + tuple(issue for column in self.columns for issue in column.issues)
        return tuple(issue for issue in found if issue.blocking)


@dataclass(frozen=True)
class Inspect(Message):
    """Find out what the file at `path` is. `filename` is the name it came under, `sheet` one of its sheets."""

    path: str
    filename: str
    sheet: str = ""
    reading: Reading = AS_FOUND

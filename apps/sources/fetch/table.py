"""Rows of a database into a Parquet file, every value exactly as it is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from apps.kernel.issue import N_
from apps.sources.domain.choice import Rises
from apps.sources.fetch.trouble import Trouble

TOO_LARGE = N_("What is read is larger than %(most)s MB. Read only what is new, or fewer columns, with a SELECT.")
TOO_MANY = N_("There are more than %(most)s rows. Read only what is new by a column that grows, or choose fewer.")
TWICE = N_("Two columns are called %(name)s. Give each a name of its own, with AS in a SELECT.")
NO_VALUE = N_("%(name)s holds a value that is no number or day (such as NaN or infinity). Leave such rows out.")
NO_COLUMN = N_("There is no column %(name)s any more. Choose again what is read.")
NOT_RISING = N_("%(name)s is no whole number, decimal number, date or time, so it cannot tell what is new.")
EMPTY_NAME = N_("A column has no name. Give it one, with AS in a SELECT.")
GROUP_ROWS = 20_000
LONGEST_SHOWN = 200
TIMES = frozenset({Rises.DATE, Rises.MOMENT, Rises.INSTANT})


@dataclass(frozen=True)
class Field:
    """A column: its name, what the database calls its type, its type here, and whether rows can be told new by it."""

    name: str
    said: str
    type: pa.DataType
    rises: Rises | None = None

    def to_json(self) -> dict[str, object]:
        return {"name": self.name, "said": self.said, "rises": self.rises.value if self.rises else ""}


def decimals(said: str, name: str, precision: int | None, scale: int | None) -> Field:
    """A decimal number as such where 38 digits hold it, as its own digits in text otherwise."""
    if precision is None or scale is None or not 1 <= precision <= 38 or not 0 <= scale <= precision:
        return Field(name, said, pa.string(), Rises.DECIMAL)
    return Field(name, said, pa.decimal128(precision, scale), Rises.DECIMAL)


def checked(fields: Sequence[Field]) -> list[Field]:
    """The same columns. Raises Trouble where names are missing or come twice."""
    seen: set[str] = set()
    for field in fields:
        if not field.name.strip():
            raise Trouble(EMPTY_NAME)
        if field.name in seen:
            raise Trouble(TWICE, {"name": field.name})
        seen.add(field.name)
    return list(fields)


def rising_field(fields: Sequence[Field], name: str) -> tuple[int, Field]:
    """Position and type of the column by which rows are told new. Raises Trouble."""
    for position, field in enumerate(fields):
        if field.name == name:
            if field.rises is None:
                raise Trouble(NOT_RISING, {"name": name})
            return position, field
    raise Trouble(NO_COLUMN, {"name": name})


def shown(values: Sequence[object]) -> list[str]:
    """A row for a page, each cell cut where it is long."""
    return ["" if value is None else _text(value)[:LONGEST_SHOWN] for value in values]


def mark_of(value: object, rises: Rises) -> dict[str, str]:
    """The newest value known, so that the next reading goes on behind it."""
    if isinstance(value, datetime):
        if rises is Rises.INSTANT:
            value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        text = value.isoformat()
    else:
        text = value.isoformat() if isinstance(value, date) else str(value)
    return {"type": rises.value, "text": text}


def value_of(mark: dict[str, str]) -> int | Decimal | date | datetime:
    """The value of a mark, as a driver takes it."""
    kind, text = Rises(mark["type"]), mark["text"]
    if kind is Rises.INTEGER:
        return int(text)
    if kind is Rises.DECIMAL:
        return Decimal(text)
    return date.fromisoformat(text) if kind is Rises.DATE else datetime.fromisoformat(text)


class Writer:
    """Writes rows as they come, never whole in memory; stops at the limits. `mark` is the largest rising value.

    Rows of a column that rises come in its order. Where there are too many, those after the last whole value are left
    for the next time (`more`).
    """

    def __init__(
        self, path: Path, fields: Sequence[Field], *, most_rows: int, most_bytes: int, rising: int | None = None
    ) -> None:
        self.rows, self.more, self.mark = 0, False, None
        self._path, self._fields, self._rising = path, list(fields), rising
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._schema = pa.schema([pa.field(field.name, field.type) for field in fields])

    def write(self, rows: Iterable[Sequence[Any]], tell: Callable[[int], None]) -> None:
        """Write all rows, in groups; `tell` hears how many. Raises Trouble at a limit."""
        group: list[Sequence[Any]] = []
        with parquet.ParquetWriter(self._path, self._schema, compression="zstd") as writer:
            for row in rows:
                if self._is_full(row):
                    break
                group.append(row)
                self.rows += 1
                if self._rising is not None:
                    self.mark = row[self._rising]
                if len(group) >= GROUP_ROWS:
                    self._put(writer, group)
                    tell(self.rows)
                    group = []
            if group:
                self._put(writer, group)
            tell(self.rows)

    def _is_full(self, row: Sequence[Any]) -> bool:
        if self.rows < self._most_rows:
            return False
        if self._rising is None:
            raise Trouble(TOO_MANY, {"most": self._most_rows})
        if row[self._rising] == self.mark:
            if self.rows >= 2 * self._most_rows:
                raise Trouble(TOO_MANY, {"most": self._most_rows})
            return False  # rows of one value stay together: the next reading begins behind it
        self.more = True
        return True

    def _put(self, writer: parquet.ParquetWriter, group: list[Sequence[Any]]) -> None:
        across = zip(self._fields, zip(*group, strict=True), strict=True)
        columns = [self._array(field, values) for field, values in across]
        writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        if os.path.getsize(self._path) > self._most_bytes:
            raise Trouble(TOO_LARGE, {"most": self._most_bytes // 2**20})

    @staticmethod
    def _array(field: Field, values: Sequence[Any]) -> pa.Array:
        if field.type == pa.string():
            values = [value if value is None or isinstance(value, str) else _text(value) for value in values]
        try:
            if pa.types.is_decimal(field.type):
                values = [Decimal(value) if isinstance(value, str) else value for value in values]
            return pa.array(values, type=field.type)
        except (InvalidOperation, pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, ValueError):
            raise Trouble(NO_VALUE, {"name": field.name}) from None


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return f"{value:f}" if isinstance(value, Decimal) and value.is_finite() else str(value)

"""Values as JSON, CSV and Arrow: one table of columns, so that the three always say the same."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer

from apps.api.serializers.common import Figure, figure
from apps.api.serializers.model import GRAINS, STATES
from apps.common.tables import line_writer
from apps.metrics.selectors.listing import Listed

ARROW = "application/vnd.apache.arrow.stream"
DIGITS, PLACES = 38, 12


@dataclass(frozen=True)
class Column:
    """A column of the answer: its name, what its cells are, where they come from, and the field that documents it."""

    name: str
    kind: type
    cell: Callable[[Listed], Any]
    field: serializers.Field


def _text(**options: Any) -> serializers.CharField:
    return serializers.CharField(allow_blank=True, **options)


COLUMNS = (
    Column("id", int, lambda row: row.point.id, serializers.IntegerField(help_text="Of the value; for its rows.")),
    Column("metric", str, lambda row: row.metric, _text()),
    Column("grain", str, lambda row: str(row.point.period.grain), serializers.ChoiceField(choices=GRAINS)),
    Column("period", str, lambda row: row.point.period.key, _text(help_text="2026-06, 2026-Q2, 2026-W23 …")),
    Column("start", date, lambda row: row.point.period.start, serializers.DateField()),
    Column("end", date, lambda row: row.point.period.end, serializers.DateField(help_text="Exclusive.")),
    Column("dimension", str, lambda row: row.dimension, _text(help_text="Empty for totals.")),
    Column("member", str, lambda row: row.point.member, _text(help_text="Empty also for rows without a member.")),
    Column("value", Decimal, lambda row: row.point.value, Figure(allow_null=True)),
    Column("numerator", Decimal, lambda row: row.point.numerator, Figure(allow_null=True)),
    Column("denominator", Decimal, lambda row: row.point.denominator, Figure(allow_null=True)),
    Column("n", int, lambda row: row.point.n, serializers.IntegerField(help_text="Rows behind it.")),
    Column("state", str, lambda row: str(row.point.state), serializers.ChoiceField(choices=STATES)),
    Column("reason", str, lambda row: row.point.reason, _text()),
    Column("former_value", Decimal, lambda row: row.point.former_value, Figure(allow_null=True)),
    Column("version", int, lambda row: row.point.version_number, serializers.IntegerField()),
    Column("computed_at", datetime, lambda row: row.point.computed_at, serializers.DateTimeField()),
)
NAMES = tuple(column.name for column in COLUMNS)
ValuesPage = inline_serializer(
    "ValuePage",
    {
        "items": inline_serializer("Value", {column.name: column.field for column in COLUMNS}, many=True),
        "next": serializers.CharField(allow_null=True),
    },
)


@dataclass(frozen=True)
class Table:
    """A page of values and the cursor of the next page; each renderer writes it in its own way."""

    rows: Sequence[Listed]
    next: str | None

    def cells(self) -> list[tuple[Any, ...]]:
        return [tuple(column.cell(row) for column in COLUMNS) for row in self.rows]


def as_items(table: Table) -> list[dict[str, Any]]:
    """The rows for JSON: decimals as texts, times in ISO 8601 with their offset."""
    return [{name: _plain(cell) for name, cell in zip(NAMES, cells, strict=True)} for cells in table.cells()]


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return figure(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


class CsvRenderer(BaseRenderer):
    """CSV in UTF-8 with a header. A text that a spreadsheet would take for a formula gets an apostrophe before it."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        buffer = io.StringIO()
        write = line_writer(buffer)
        write(NAMES)
        for cells in data.cells():
            write(_plain(cell) for cell in cells)
        return buffer.getvalue().encode("utf-8")


class ArrowRenderer(BaseRenderer):
    """An Arrow IPC stream: decimals exact, days as date32, times in UTC."""

    media_type = ARROW
    format = "arrow"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        import pyarrow as pa  # large, and wanted by few requests

        kinds = {
            int: pa.int64(), str: pa.string(), date: pa.date32(), datetime: pa.timestamp("us", tz="UTC"),
            Decimal: pa.decimal128(DIGITS, PLACES),
        }  # fmt: skip
        schema = pa.schema([(column.name, kinds[column.kind]) for column in COLUMNS])
        rows = data.cells()
        arrays = [
            pa.array([row[index] for row in rows], type=schema.field(index).type) for index in range(len(COLUMNS))
        ]
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema) as stream:
            stream.write_batch(pa.record_batch(arrays, schema=schema))
        return sink.getvalue().to_pybytes()

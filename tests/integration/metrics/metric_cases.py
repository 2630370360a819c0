"""What the tests of metrics share: a data set's columns, documents, and how stored values are read."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from apps.metrics.domain.definition import Definition, document_of, parse
from apps.metrics.models import Metric, MetricValue

ORDERS = [
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "order_id", "name": "order_id", "type": "text", "role": "key"},
    {"source": "customer", "name": "customer", "type": "text", "role": "entity"},
    {"source": "region", "name": "region", "type": "text", "role": "dimension"},
    {"source": "status", "name": "status", "type": "text", "role": "attribute"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
]
Row = Sequence[object]


def csv_of(columns: Sequence[dict], rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column["source"] for column in columns])
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return text.getvalue().encode()


def document(key: str, kind: str, **parts: Any) -> Definition:
    return parse({"key": key, "kind": kind, "name": {"en": key.title()}, "grains": ["month"], **parts})


def document_json(key: str, kind: str, **parts: Any) -> dict[str, Any]:
    return document_of(document(key, kind, **parts))


def measure(how: str, column: str | None = None, dataset: str = "orders", **parts: Any) -> dict[str, Any]:
    return {"dataset": dataset, "how": how, **({"column": column} if column else {}), **parts}


Cells = dict[tuple[date, str], Decimal | None]


def cells(key: str, grain: str = "month", dimension: str = "") -> Cells:
    """The stored values by first day and member."""
    rows = MetricValue.objects.filter(metric__key=key, grain=grain, dimension=dimension)
    return {(row.period_start, row.member): row.value for row in rows}


def totals(key: str, grain: str = "month") -> dict[date, Decimal | None]:
    return {start: value for (start, _), value in cells(key, grain).items()}


def states(key: str, grain: str = "month") -> dict[date, str]:
    rows = MetricValue.objects.filter(metric__key=key, grain=grain, dimension="")
    return {row.period_start: row.state for row in rows}


def snapshot() -> list[tuple]:
    """Every stored value with everything it says, and when it was computed."""
    return list(MetricValue.objects.order_by("pk").values_list())


def metric(key: str) -> Metric:
    return Metric.objects.get(key=key)

"""Archives, Parquet and JSON lines."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pyarrow
from pyarrow import parquet

from tests.corpus.books import PLAIN, xlsx
from tests.corpus.case import CELLS, HEADER, ORDERS, ROWS, Case, text

PLAIN_CSV = text([HEADER, *CELLS]).encode()


def zipped(**files: bytes) -> bytes:
    """A ZIP of files by name ("__" stands for the point)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def as_parquet(table: pyarrow.Table, **options: object) -> bytes:
    """A table as Parquet."""
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, **options)
    return buffer.getvalue()


def cases() -> Iterator[Case]:
    shape = {"kind": "csv", "container": "gzip", "inner": "orders.csv"}
    yield Case("orders.csv.gz", gzip.compress(PLAIN_CSV), ORDERS, ROWS, shape=shape)
    gbk = text([HEADER, *CELLS]).encode("gbk")
    yield Case("gbk.csv.gz", gzip.compress(gbk), ORDERS, ROWS, shape={"encoding": "GB18030 (GBK)"})
    shape = {"kind": "csv", "container": "zip", "inner": "orders.csv"}
    yield Case("one.zip", zipped(orders__csv=PLAIN_CSV), ORDERS, ROWS, shape=shape)
    mac = {"data/orders.csv": PLAIN_CSV, "__MACOSX/data/._orders.csv": b"x", "data/.DS_Store": b"x"}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.mkdir("data")
        for name, content in mac.items():
            archive.writestr(name, content)
    yield Case("mac.zip", buffer.getvalue(), ORDERS, ROWS, shape=shape)
    yield Case("book.zip", zipped(orders__xlsx=xlsx(PLAIN)), ORDERS, ROWS, shape={"kind": "xlsx", "container": "zip"})
    yield Case("two.zip", zipped(a__csv=PLAIN_CSV, b__csv=PLAIN_CSV), refused="holds 2 files (a.csv, b.csv)")
    yield Case("nothing.zip", zipped(), refused="archive is empty")
    yield Case("nested.zip", zipped(a__gz=gzip.compress(PLAIN_CSV)), refused="another archive")
    yield Case("cut.csv.gz", gzip.compress(PLAIN_CSV * 50)[:-30], refused="damaged or was cut off")
    yield from _parquet()
    yield from _json()


def _parquet() -> Iterator[Case]:
    table = pyarrow.table(
        {
            "编号": [row[0] for row in ROWS],
            "日期": [row[1] for row in ROWS],
            "门店": [row[2] for row in ROWS],
            "金额": pyarrow.array([row[3] for row in ROWS], pyarrow.decimal128(18, 4)),
        }
    )
    yield Case("orders.parquet", as_parquet(table), ORDERS, ROWS, shape={"kind": "parquet", "rows": 4})
    kinds = pyarrow.table(
        {
            "at": pyarrow.array([datetime(2026, 1, 31, 20), datetime(2026, 2, 1)], pyarrow.timestamp("us", "UTC")),
            "n": [1, 2**53 + 1],
            "x": [0.1, 1e-7],
            "yes": [True, None],
            "deep": [[1, 2], None],
            "raw": [b"text", None],
        }
    )
    columns = (
        ("at", "at", "datetime", "time"), ("n", "n", "integer", "measure"), ("x", "x", "decimal", "measure"),
        ("yes", "yes", "boolean", "attribute"), ("deep", "deep", "text", "attribute"),
        ("raw", "raw", "text", "attribute"),
    )  # fmt: skip
    rows = [
        (datetime(2026, 2, 1, 4), 1, Decimal("0.1"), True, "[1, 2]", "text"),
        (datetime(2026, 2, 1, 8), 2**53 + 1, Decimal("0.0000001"), None, None, None),
    ]
    yield Case("kinds.parquet", as_parquet(kinds), columns, rows)
    bad = pyarrow.table({"day": ["2026-01-01", "nope", None], "n": [1.5, float("nan"), float("inf")]})
    columns = (("day", "day", "date", "time"), ("n", "n", "decimal", "measure"))  # type: ignore[assignment]
    aside = [(2, "day", "bad_date"), (2, "n", "bad_number"), (3, "day", "missing"), (3, "n", "bad_number")]
    yield Case("bad.parquet", as_parquet(bad), columns, [(date(2026, 1, 1), Decimal("1.5"))], aside)


def _json() -> Iterator[Case]:
    lines = [
        '{"编号": "0001", "日期": "2026-01-05", "门店": "北京店", "金额": 1234.5}',
        '{"日期": "2026-01-06", "编号": "0002", "金额": -3, "门店": "上海店"}',
        "",
        '{"编号": "0003", "日期": "2026-02-07", "门店": null, "金额": 0.01}',
        '{"编号": "1234567890123456789", "日期": "2026-02-28", "门店": "广州店"}',
    ]
    content = "\n".join(lines)
    yield Case(
        "orders.jsonl", content.encode(), ORDERS, ROWS, shape={"kind": "jsonl", "rows": 4}, found=[("blank_row", 1, 3)]
    )
    yield Case("utf-16.jsonl", content.encode("utf-16"), ORDERS, ROWS, shape={"encoding": "UTF-16 LE"})
    yield Case("gbk.jsonl", content.encode("gbk"), ORDERS, ROWS)
    columns = (("day", "day", "date", "time"), ("n", "n", "decimal", "measure"), ("deep", "deep", "text", "attribute"))
    broken = [
        '{"day": "2026-01-01", "n": 12345678901234567.125, "deep": {"a": [1.10, "x"]}}',
        '{"day": "2026-01-01", "n": 1',
        '{"day": "2026-01-01", "n": 1, "n": 2}',
        "[1, 2]",
        '{"day": "2026-01-01", "n": NaN}',
        '{"day": "2026-01-02", "n": 2, "deep": true}',
    ]
    rows = [
        (date(2026, 1, 1), Decimal("12345678901234567.125"), '{"a": [1.10, "x"]}'),
        (date(2026, 1, 2), Decimal(2), "true"),
    ]
    aside = [(2, "", "bad_line"), (3, "", "bad_line"), (4, "", "bad_line"), (5, "n", "bad_number")]
    yield Case("broken.jsonl", "\n".join(broken).encode(), columns, rows, aside)
    yield Case("no-key.jsonl", b"{}\n[1]\n{}\n", refused="no columns")
    yield Case("document.json", b'[{"a": 1}, {"a": 2}]', refused="one JSON document")

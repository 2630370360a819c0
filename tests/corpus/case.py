"""What a file of the corpus is, and the plain table that most of them hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

Value = str | Decimal | int | bool | date | datetime | None


@dataclass(frozen=True)
class Case:
    """A file and what comes of it.

    `columns` are (header, name, type, role), and options by header in `options`. `rows` are expected in the order of
    the file. `refused` are words of the sentence that refuses it. `shape` are attributes that the first look finds.
    """

    name: str
    content: bytes
    columns: Sequence[tuple[str, str, str, str]] = ()
    rows: Sequence[tuple[Value, ...]] = ()
    aside: Sequence[tuple[int, str, str]] = ()
    refused: str = ""
    reading: dict = field(default_factory=dict)
    sheet: str = ""
    options: dict[str, dict] = field(default_factory=dict)
    key: Sequence[str] = ()
    twins: str = "last"
    shape: dict = field(default_factory=dict)
    found: Sequence[tuple[str, int, int]] = ()


ORDERS = (
    ("编号", "id", "text", "key"),
    ("日期", "day", "date", "time"),
    ("门店", "store", "text", "dimension"),
    ("金额", "amount", "decimal", "measure"),
)
HEADER = [column[0] for column in ORDERS]
ROWS: tuple[tuple[str, date, str | None, Decimal | None], ...] = (
    ("0001", date(2026, 1, 5), "北京店", Decimal("1234.5")),
    ("0002", date(2026, 1, 6), "上海店", Decimal("-3")),
    ("0003", date(2026, 2, 7), None, Decimal("0.01")),
    ("1234567890123456789", date(2026, 2, 28), "广州店", None),
)
CELLS = [
    ["0001", "2026-01-05", "北京店", "1234.5"],
    ["0002", "2026-01-06", "上海店", "-3"],
    ["0003", "2026-02-07", "", "0.01"],
    ["1234567890123456789", "2026-02-28", "广州店", ""],
]
"""The same rows as text."""

TRADITIONAL = {"编号": "編號", "门店": "門店", "金额": "金額", "广州店": "廣州店", "日期": "日期"}
LATIN = {
    "编号": "Numéro", "日期": "Date", "门店": "Magasin", "金额": "Montant (€)",
    "北京店": "Orléans", "上海店": "Besançon", "广州店": "Cœur",
}  # fmt: skip


def renamed(words: dict[str, str]) -> tuple[tuple[tuple[str, str, str, str], ...], list[list[str]], list[tuple]]:
    """The plain table in other words: its columns, its lines (header first), its rows."""
    columns = tuple((words.get(source, source), *rest) for source, *rest in ORDERS)
    lines = [[words.get(cell, cell) for cell in line] for line in [HEADER, *CELLS]]
    rows = [tuple(words.get(value, value) if isinstance(value, str) else value for value in row) for row in ROWS]
    return columns, lines, rows


def text(lines: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\n") -> str:
    """Lines of cells as they stand; cells that need quotes come with them."""
    return "".join(delimiter.join(line) + end for line in lines)

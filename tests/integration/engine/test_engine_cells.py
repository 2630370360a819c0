"""What detection in Python takes for a number or a day, DuckDB loads, and to the same value."""

import csv
import re
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.engine import ColumnType, Limits, Load, NumberStyle, load
from apps.engine.cells import looks_like, strip
from apps.engine.child import Desk
from apps.engine.duck import connect
from apps.engine.typed import _decimal
from tests.integration.engine.engine_files import mapping, table

NUMBERISH = st.one_of(
    st.text("0123456789.,-+%￥$ 元", min_size=1, max_size=12),
    st.from_regex(r"[+-]?[￥$]?[0-9]{1,3}(,[0-9]{3}){0,2}(\.[0-9]{1,7})?%?", fullmatch=True),
)
DAYISH = st.one_of(
    st.dates(date(1890, 1, 1), date(2210, 1, 1)).map(str),
    st.from_regex(r"(19|20)[0-9]{2}([-/.])[0-9]{1,2}([-/.])[0-9]{1,2}", fullmatch=True),
    st.from_regex(r"20[0-9]{2}年[01]?[0-9]月[0-3]?[0-9]日", fullmatch=True),
)


def loaded_as(kind: str, cells: list[str]) -> dict[int, object]:
    """The values of the cells that load, by their position."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["day", "x"], *(["2026-01-01", cell] for cell in cells)])
        work_dir = Path(folder) / ".work-1"
        work_dir.mkdir()
        wanted = mapping((("day", "day", "date", "time"), ("x", "x", kind, "attribute")))
        request = Load(str(path), path.name, "", wanted, "u", (), "append", folder, "UTC")
        result = load.work(request, Desk(Limits(threads=1), str(work_dir), lambda *_: None))
        assert result.rows_in == result.rows_loaded + result.rows_rejected == len(cells)
        return {row - 2: value for row, value in table(result, "_row, x")}


def meant(cell: str) -> Decimal:
    """The number that a dressed cell means, said again without the engine."""
    value = Decimal(re.sub(r"[^0-9.]", "", cell)) * (-1 if "-" in cell else 1)
    return value / 100 if cell.endswith(("%", "％")) else value


@settings(deadline=None, max_examples=12)
@given(st.lists(NUMBERISH, min_size=20, max_size=60))
@example(["1,234.50", "￥-3", "-￥3", "12.5%", "0.000001", "+7"] * 4)
def test_numbers(cells: list[str]) -> None:
    found = loaded_as("decimal", cells)
    for at, cell in enumerate(map(strip, cells)):
        if looks_like(cell, ColumnType.DECIMAL):
            assert found[at] == meant(cell)
        elif found.get(at) is not None:
            assert cell.lstrip("+-").startswith("0") or len(re.sub(r"\D", "", cell)) > 15
            assert found[at] == meant(cell)


@settings(deadline=None, max_examples=12)
@given(st.lists(DAYISH, min_size=20, max_size=60))
def test_days(cells: list[str]) -> None:
    found = loaded_as("date", cells)
    for at, cell in enumerate(cells):
        parts = [int(part) for part in re.findall(r"[0-9]+", cell)]
        try:
            day = date(*parts) if looks_like(cell, ColumnType.DATE) else None
        except ValueError:
            day = None
        assert found.get(at) == day


def test_no_number_becomes_a_float_on_the_way(desk) -> None:
    number = _decimal("t", "t", NumberStyle.POINT)
    (kind,) = connect(desk()).execute(f"SELECT typeof({number}) FROM (SELECT '12.5%' AS t)").fetchone()  # noqa: S608
    assert kind == "DECIMAL(38,18)"

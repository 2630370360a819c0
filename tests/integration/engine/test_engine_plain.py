"""Workbooks read by a pattern are what calamine makes of them, whatever stands in them and whoever wrote them."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from apps.engine import read_plain, read_xlsx
from apps.engine.read_sheet import SheetSource
from apps.engine.source import Block
from apps.engine.unreadable import Damaged
from tests.corpus import files

TEXTS = (
    "a",
    "",
    " a",
    "a ",
    "\u3000全角\u3000",
    'say "s"',
    "R&D <b>",
    "x,y",
    "two\nlines",
    "_x000D_",
    "a_b",
    "合计",
    "0012",
    "1.50",
)
NUMBERS = (
    0,
    -0.0,
    1,
    -7,
    0.1,
    0.1 + 0.2,
    1e-7,
    1.5e300,
    123456789012345,
    1234567890123456,
    1e15,
    50326.9,
    45000.5,
    3.14159,
)
FORMATS = (
    "General",
    "0.00",
    "#,##0.00",
    "yyyy-mm-dd",
    "yyyy/m/d h:mm",
    "h:mm:ss",
    "[h]:mm",
    "0%",
    '"￥"#,##0.00',
    "@",
    "0.00E+00",
)


def read(path: Path) -> tuple:
    """Everything that a source tells, by records and by pieces."""
    by_records, by_pieces = SheetSource(str(path), "xlsx"), SheetSource(str(path), "xlsx")
    records = list(by_records.records())
    several = []
    for piece in by_pieces.pieces():
        if isinstance(piece, Block):
            cells = csv.reader(io.StringIO(piece.lines.decode(), newline=""))
            several += [(piece.row + at, by_pieces._write(each), None) for at, each in enumerate(cells)]
        else:
            several.append(tuple(piece))
    assert several == [tuple(record) for record in records]
    blank = [row for row in by_records.blank if row > by_records.header_row]
    assert [row for row in by_pieces.blank if row > by_records.header_row] == blank
    return by_records.header, by_records.header_row, by_records.titles, by_records.joined, records, blank


def same(path: Path, monkeypatch: pytest.MonkeyPatch, *, plain: bool = True) -> tuple:
    assert (SheetSource(str(path), "xlsx")._plain is not None) == plain
    ours = read(path)
    with monkeypatch.context() as patch:
        patch.setattr(read_xlsx, "plain_of", lambda *_: None)
        assert ours == read(path)
    return ours


def workbook(path: Path, seed: int, *, inline: bool, rows: int = 300) -> Path:
    """Columns of one kind each, with accidents: other kinds, gaps, blank rows, formulas, errors, rich text."""
    chance = random.Random(seed)
    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": inline, "date_1904": chance.random() < 0.3, "nan_inf_to_errors": True}
    )
    formats = [book.add_format({"num_format": code}) for code in FORMATS]
    bold, sheet = book.add_format({"bold": True}), book.add_worksheet("数据")
    kinds = [
        chance.choice(("text", "number", "styled", "day", "truth", "formula")) for _ in range(chance.randint(1, 7))
    ]
    at = chance.choice((0, 0, 2))
    sheet.write_row(at, 0, [f"列{number}" for number in range(len(kinds))])
    for row in range(at + 1, at + rows):
        if chance.random() < 0.02:
            continue
        for column, usual in enumerate(kinds):
            kind = (
                usual if chance.random() < 0.97 else chance.choice(("text", "number", "none", "rich", "error", "long"))
            )
            if kind == "text":
                sheet.write_string(row, column, chance.choice(TEXTS), chance.choice((None, bold)))
            elif kind == "number":
                sheet.write_number(
                    row, column, chance.choice((*NUMBERS, chance.random() * 1e5, chance.randrange(1000)))
                )
            elif kind == "styled":
                sheet.write_number(row, column, abs(chance.choice(NUMBERS)) % 60000, chance.choice(formats))
            elif kind == "day":
                day = datetime(2024, 1, 1) + timedelta(chance.randrange(900), chance.randrange(86400))
                sheet.write_datetime(
                    row, column, chance.choice((day, day.date(), date(1904, 1, 2))), formats[3 + column % 2]
                )
            elif kind == "truth":
                sheet.write_boolean(row, column, chance.random() < 0.5)
            elif kind == "formula":
                sheet.write_formula(row, column, "=A1&1", None, chance.choice(("text & more", 12.5, "x", True)))
            elif kind == "rich" and not inline:
                sheet.write_rich_string(row, column, "a", bold, "b", " c ")
            elif kind == "error":
                sheet.write_formula(row, column, "=1/0", None, "#DIV/0!")
            elif kind == "long":
                sheet.write_string(row, column + 3, "beyond")
    if chance.random() < 0.3:
        sheet.write_blank(at + rows + 3, 0, None, formats[0])
    book.close()
    return path


@pytest.mark.parametrize("seed", range(12))
def test_workbooks_with_accidents_are_what_calamine_reads(tmp_path: Path, monkeypatch, seed: int) -> None:
    monkeypatch.setattr(read_plain, "CHUNK", 4000)
    path = workbook(tmp_path / "book.xlsx", seed, inline=seed % 2 == 0)
    plain = SheetSource(str(path), "xlsx")._plain is not None
    assert plain or seed not in (0, 1, 2, 3)
    same(path, monkeypatch, plain=plain)


def test_workbooks_of_the_corpus_are_what_calamine_reads(tmp_path: Path, monkeypatch) -> None:
    """Small ones, as other programs write them."""
    kept: list[tuple[Path, bool]] = []
    for case in files.cases():
        if case.name.endswith((".xlsx", ".xlsm")):
            path = tmp_path / case.name
            path.write_bytes(case.content)
            with suppress(Exception):  # some are refused, whoever reads them
                plain = SheetSource(str(path), "xlsx")._plain is not None
                kept.append((path, plain))
    for path, plain in kept:
        same(path, monkeypatch, plain=plain)
    assert sum(plain for _, plain in kept) > 10


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b"<sheetData>", b"<!-- a note --><sheetData>"),
        (b'<row r="5"', b"<row"),
        (b'<row r="5"', b'<row r="4"'),
        (b'encoding="UTF-8"', b'encoding="UTF-16"'),
        (b"</sheetData>", b""),
        (b"</row></sheetData>", b"</rowS></sheetData>"),
    ],
)
def test_a_sheet_that_is_written_otherwise_is_left_to_calamine(tmp_path: Path, found: bytes, put: bytes) -> None:
    path = workbook(tmp_path / "book.xlsx", 3, inline=True, rows=20)
    facts = read_xlsx.facts_of(str(path), "数据")
    assert facts.plain
    changed(path, found, put)
    assert not read_xlsx.facts_of(str(path), "数据").plain


def changed(path: Path, found: bytes, put: bytes) -> None:
    """Write other XML into the sheet of a workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(found, put) if name.endswith("sheet1.xml") else content)
    path.write_bytes(out.getvalue())


@pytest.mark.parametrize("holds", ["A70", 'A70" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B70'])
def test_a_cell_that_names_another_row_than_its_own_is_refused_and_not_lost(tmp_path: Path, holds: str) -> None:
    """Found by atheris: calamine puts it where it says it is, which was not among the rows that were asked for; what
    is wrong in a cell it gives as nothing."""
    path = workbook(tmp_path / "book.xlsx", 3, inline=True, rows=20)
    changed(path, b'<c r="A7"', f'<c r="{holds}"'.encode())
    with pytest.raises(Damaged):
        list(SheetSource(str(path), "xlsx").records())


def test_rows_that_are_no_xml_are_damage(tmp_path: Path) -> None:
    """Found by atheris: calamine says nothing of the rows behind them."""
    path = workbook(tmp_path / "book.xlsx", 3, inline=True, rows=20)
    changed(path, b'<c r="A7"', b'<c r="A7".')
    with pytest.raises(Damaged):
        list(SheetSource(str(path), "xlsx").records())


def test_a_column_that_no_sheet_has_is_damage(tmp_path: Path) -> None:
    """Found by atheris: calamine ends the process for want of 200 GB."""
    path = workbook(tmp_path / "book.xlsx", 3, inline=True, rows=20)
    changed(path, b'<c r="A7"', b'<c r="CCCCCCCC7"')
    with pytest.raises(Damaged, match="no sheet has"):
        SheetSource(str(path), "xlsx")

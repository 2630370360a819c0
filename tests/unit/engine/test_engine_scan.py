"""Rows read many at a time are the very rows that are read one by one: the same cells, numbers and codes."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.engine import Reading, read_csv
from apps.engine.cells import strip
from apps.engine.read_csv import CsvSource
from apps.engine.scan import holds_pair
from apps.engine.source import Block, Record, cells_of

CELLS = (
    "a", "1", "合计", "Total", "SUM", "贡", "T", "", '""', '"x"', '"a,b"', '"q""q"', '"l\nm"', '"a\r\nb"', '"  "',
    '"\n"',
    " ", " b", "c ", "　", "\u00a0x", "\u200b", '"合计"', '5" p', '"un', 'x"y', "\0", "\r", "\uffff", "h0", '"h0"',
)  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("scan") / "file.csv"


def _stripped(row: int, cells: list[str]) -> tuple:
    return row, [strip(cell) for cell in cells], None


def _one(record: Record, delimiter: str) -> tuple:
    if record.code is None:
        return _stripped(record.row, cells_of(record.line, delimiter))
    return record.row, record.line, record.code


def _all_at_once(source: CsvSource) -> list[tuple]:
    found = []
    for piece in source.pieces():
        if not isinstance(piece, Block):
            found.append(_one(piece, source.delimiter))
            continue
        rows = list(csv.reader(io.StringIO(piece.lines.decode(), newline=""), delimiter=source.delimiter, strict=True))
        assert len(rows) == piece.rows
        loose = {at for cells in rows for at, cell in enumerate(cells) if strip(cell) != cell}
        assert loose <= piece.loose
        found += [_stripped(row, cells) for row, cells in enumerate(rows, start=piece.row)]
    return found


@st.composite
def _texts(draw) -> tuple[str, str]:
    delimiter, end = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(["\n", "\r\n"]))
    width = draw(st.integers(1, 4))
    header = delimiter.join(f"h{at}" for at in range(width))
    usual = st.lists(st.sampled_from(CELLS), min_size=width, max_size=width).map(delimiter.join)
    ragged = st.lists(st.sampled_from(CELLS), max_size=5).map(delimiter.join)
    lines = draw(st.lists(st.one_of(usual, usual, usual, ragged, st.just(header)), max_size=25))
    return end.join([header, *lines]) + draw(st.sampled_from(["", end])), delimiter


@settings(max_examples=150, deadline=None)
@given(text=_texts(), at_once=st.sampled_from([20, 50, 1 << 19]))
@example(text=('h0|h1|h2\n k|"x"|a\n k|b|c\n', "|"), at_once=50)
@example(text=('h0\nT\n1, ,"l\nm"\nh0\n"  "\n b,SUM,c ,"合计","l\nm"\n', ","), at_once=20)
def test_many_at_a_time_are_what_they_are_one_by_one(path: Path, text: tuple[str, str], at_once: int) -> None:
    path.write_bytes(text[0].encode())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(read_csv, "_PIECE", at_once)
        source = CsvSource(str(path), Reading(delimiter=text[1]))
        found, blank = _all_at_once(source), list(source.blank)
    assert source.position == source.size
    assert found == [_one(record, text[1]) for record in source.records()]
    assert blank == [row for row in source.blank if row > source.header_row]


@pytest.mark.parametrize(
    "text", [b"", b"<", b"<f", b"a<f", b"a<", b"ab<f", b"f<", b"<<ff", b"<" * 1000 + b"f", b"f<" * 9]
)
def test_two_bytes_are_found_wherever_they_stand(text: bytes) -> None:
    assert holds_pair(text, b"<f") == (b"<f" in text)

"""Rows of a CSV file: what one is, what number it has, and why one is none."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.engine.cells import strip
from apps.engine.encodings import NotText
from apps.engine.read_csv import CsvSource, find_delimiter
from apps.engine.requests import RejectCode
from apps.engine.source import LONGEST_RECORD, cells_of, lines_of


@pytest.fixture
def read(tmp_path: Path):
    def _read(content: bytes | str) -> tuple[list[str], list[tuple[int, list[str] | str]]]:
        """The header, and for each row its number with its cells or its code."""
        path = tmp_path / "file.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        source = CsvSource(str(path))
        rows = [(r.row, r.code.value if r.code else cells_of(r.line, source.delimiter)) for r in source.records()]
        assert source.position == source.size
        return source.header, rows

    return _read


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(read, end: str) -> None:
    assert read(end.join(["a,b", "1,2", "3,4"])) == (["a", "b"], [(2, ["1", "2"]), (3, ["3", "4"])])


def test_a_bom_is_no_part_of_the_first_header(read) -> None:
    assert read("\ufeff客户,金额\n甲,1\n") == (["客户", "金额"], [(2, ["甲", "1"])])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(read, delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["a", "b", "c"], ["1", "2", "3"], ["x y", "", "z"]))
    assert read(text)[1] == [(2, ["1", "2", "3"]), (3, ["x y", "", "z"])]


def test_a_comma_in_numbers_does_not_beat_the_semicolon() -> None:
    assert find_delimiter("a;b\n1,5;2,5\n3,5;4,5\n") == ";"
    assert find_delimiter('a,b\n"x;y;z",2\n"p;q;r",3\n') == ","
    assert find_delimiter("alone\n1\n2\n") == ","


def test_blank_rows_count_but_are_none(read) -> None:
    text = "\n\na,b\n\n1,2\n , \n,\n\n3,4\n\n\n"
    assert read(text) == (["a", "b"], [(5, ["1", "2"]), (9, ["3", "4"])])


def test_ragged_rows_are_found_with_their_number(read) -> None:
    text = "a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3\n"
    assert read(text)[1] == [
        (2, ["1", "2", "3"]),
        (3, "too_few_cells"),
        (4, "too_many_cells"),
        (5, ["1", "2", "3"]),
    ]


def test_quotes_hold_delimiters_quotes_and_line_ends(read) -> None:
    text = 'a,b\n"x,1","say ""hi"""\n"two\r\nlines",2\n3,"4"\n'
    assert read(text)[1] == [(2, ["x,1", 'say "hi"']), (3, ["two\nlines", "2"]), (4, ["3", "4"])]


def test_a_quote_within_a_cell_is_a_character(read) -> None:
    assert read('a,b\n5" pipe,2\n')[1] == [(2, ['5" pipe', "2"])]


def test_a_blank_before_a_quote_is_forgiven(read) -> None:
    assert read('a,b\n"1", "2"\n')[1] == [(2, ["1", "2"])]


def test_a_quote_that_never_closes_costs_its_own_row_only(read) -> None:
    text = 'a,b\n1,2\n3,"open\n5,6\n7,"fine"\n9,10\n'
    assert read(text)[1] == [(2, ["1", "2"]), (3, "bad_quote"), (4, ["5", "6"]), (5, ["7", "fine"]), (6, ["9", "10"])]


def test_rows_after_an_open_quote_are_read_to_the_last(read) -> None:
    assert read('a,b\n1,"open\n5,6\n7,8')[1] == [(2, "bad_quote"), (3, ["5", "6"]), (4, ["7", "8"])]


def test_an_open_quote_on_the_last_row(read) -> None:
    assert read('a,b\n1,2\n3,"open')[1] == [(2, ["1", "2"]), (3, "bad_quote")]


def test_an_open_quote_before_thousands_of_rows(read) -> None:
    rows = read('a,b\n1,"open\n' + "5,6\n" * 5000)[1]
    assert rows[0] == (2, "bad_quote")
    assert len(rows) == 5001
    assert rows[-1] == (5002, ["5", "6"])


def test_nul_and_overlong_rows(read) -> None:
    rows = read(b'a,b\n1,\0\n2,"\0"\n3,' + b"x" * LONGEST_RECORD + b"\n4,5\n")[1]
    assert rows == [(2, "bad_character"), (3, "bad_character"), (4, "too_long"), (5, ["4", "5"])]


def test_a_carriage_return_within_a_row_is_a_blank(read) -> None:
    assert read("a,b\n1,x\ry\n2,3\n")[1] == [(2, ["1", "x y"]), (3, ["2", "3"])]


@pytest.mark.parametrize(
    ("content", "position", "row"),
    [
        ("a,b\n1,é\n".encode("latin-1"), 6, 2),
        ("客户,金额\n".encode("gb18030"), 0, 1),
        (b"\xef\xbb\xbfa,b\n1,2\n3,\xff\n", 13, 3),
        (b'a,b\n1,"x\n\xff"\n', 9, 3),
        (b"a,b\n" + b"1,2\n" * 50_000 + b"1,\x80\n", 200_006, 50_002),
    ],
)
def test_what_is_not_utf8_is_found_to_the_byte(read, content: bytes, position: int, row: int) -> None:
    with pytest.raises(NotText) as error:
        read(content)
    assert (error.value.position, error.value.row) == (position, row)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6)


@settings(deadline=None)
@given(st.data(), st.sampled_from(",;\t|"), st.integers(2, 5))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path_factory, data, delimiter: str, width: int) -> None:
    table = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerows([[f"h{at}" for at in range(width)], *table])
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(buffer.getvalue().encode())
    source = CsvSource(str(path))
    assert source.delimiter == delimiter
    found = [cells_of(record.line, delimiter) for record in source.records()]
    assert _with_values(found) == _with_values(table)


def _with_values(rows: list[list[str]]) -> list[list[str]]:
    """The rows that hold a value, their cells without blanks around them: what is loaded."""
    stripped = [[strip(cell) for cell in row] for row in rows]
    return [row for row in stripped if any(row)]


@settings(deadline=None)
@given(st.lists(st.text('",ab ', max_size=6), max_size=12))
def test_no_line_is_lost_whatever_the_quotes(tmp_path_factory, endings: list[str]) -> None:
    """Each line of the file is in exactly one record, counted without a CSV parser."""
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_text("\n".join(["x,y", *(f"k{ending}" for ending in endings)]), newline="")
    records = list(CsvSource(str(path)).records())
    assert sum(1 + record.line.count(b"\n") for record in records) == len(endings)
    assert [record.row for record in records] == list(range(2, len(records) + 2))


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(st.text('a,;"\n \r\0é甲', max_size=4), min_size=width, max_size=width), min_size=1
        )
    ),
    st.sampled_from(",;\t"),
)
def test_many_rows_are_written_as_each_by_itself(rows: list[list[str]], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    written = out.getvalue()
    assert lines_of(rows, delimiter) == (b"" if "\r" in written else written.encode())


def test_every_row_is_accounted_for(read) -> None:
    assert {code.value for code in RejectCode} >= {"too_many_cells", "too_few_cells", "bad_quote"}
    rows = read('a,b\n1\n"x\n2,3\n1,2,3\n"q"w,2\n')[1]
    assert [row for row, _ in rows] == [2, 3, 4, 5, 6]

"""Uploads into typed Parquet: every cell exact, every row loaded or listed."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from apps.engine import ColumnMapping, ColumnType, EngineFailure, FileEntry, Mapping, Role
from tests.integration.engine.engine_files import mapping, rejects, table, write_csv, write_xlsx

HEAD = "order,customer,day,store,amount"


def one_column(tmp_path: Path, loader, kind: str, cells: list[str], **options):
    """Load `cells` as column x of `kind` beside a good day; the loaded values by row number, and the rejects."""
    lines = ["day;x", *(f'2026-01-01;"{cell}"' for cell in cells)]
    columns = (
        ColumnMapping("day", "day", ColumnType.DATE, Role.TIME),
        ColumnMapping("x", "x", ColumnType(kind), Role.ATTRIBUTE, **options),
    )
    loaded = loader(write_csv(tmp_path / "cells.csv", *lines), Mapping(columns))
    values = dict(table(loaded, "_row, x"))
    return values, rejects(loaded)


def test_a_clean_file(tmp_path: Path, loader) -> None:
    path = write_csv(
        tmp_path / "sales.csv", HEAD, "1,甲,2026-01-31,north,10.10", "2,,2026-02-01,,0.2", "3,乙,2026-01-02,南,-5"
    )
    loaded = loader(path, mapping())
    assert table(loaded, "*") == [
        ("1", "甲", date(2026, 1, 31), "north", Decimal("10.10"), date(2026, 1, 31), "u1", 2),
        ("2", None, date(2026, 2, 1), None, Decimal("0.2"), date(2026, 2, 1), "u1", 3),
        ("3", "乙", date(2026, 1, 2), "南", Decimal("-5"), date(2026, 1, 2), "u1", 4),
    ]
    assert (loaded.rows_in, loaded.rows_loaded, loaded.rows_rejected, loaded.rows_replaced) == (3, 3, 0, 0)
    assert (loaded.first_day, loaded.last_day) == (date(2026, 1, 2), date(2026, 2, 1))
    assert (loaded.changed_first, loaded.changed_last) == (date(2026, 1, 2), date(2026, 2, 1))
    january, february = loaded.files
    assert (january.month, january.rows, january.first_day, january.last_day) == (
        "2026-01", 2, date(2026, 1, 2), date(2026, 1, 31),
    )  # fmt: skip
    assert february == FileEntry(
        february.path, "2026-02", 1, Path(february.path).stat().st_size, date(2026, 2, 1), date(2026, 2, 1)
    )
    assert rejects(loaded) == []


def test_every_bad_cell_is_listed_and_the_row_rejected_whole(tmp_path: Path, loader) -> None:
    path = write_csv(
        tmp_path / "bad.csv",
        HEAD,
        "1,a,2026-01-01,s,1",
        "2,a,2026-13-01,s,N/A",
        "3,a,,s,2",
        "4,a,2026-01-02",
        "5,a,2026-01-02,s,3,4",
        '6,"a,2026-01-02,s,3',
        "7,a,2026-01-03,s,4",
    )
    loaded = loader(path, mapping())
    assert rejects(loaded) == [
        (3, "amount", "bad_number", "N/A"),
        (3, "day", "bad_date", "2026-13-01"),
        (4, "day", "missing", ""),
        (5, "", "too_few_cells", "4,a,2026-01-02"),
        (6, "", "too_many_cells", "5,a,2026-01-02,s,3,4"),
        (7, "", "bad_quote", '6,"a,2026-01-02,s,3'),
    ]
    assert (loaded.rows_in, loaded.rows_loaded, loaded.rows_rejected) == (7, 2, 5)
    assert loaded.reject_counts == {
        "bad_date": 1, "bad_number": 1, "bad_quote": 1, "missing": 1, "too_few_cells": 1, "too_many_cells": 1,
    }  # fmt: skip
    assert [row for (row,) in table(loaded, "_row")] == [2, 8]


def test_numbers_are_exact_or_refused(tmp_path: Path, loader) -> None:
    good = {
        "1,234.50": "1234.5", "￥12": "12", "¥ -3.5": "-3.5", "￥-3.5": "-3.5", "-￥3.5": "-3.5",
        "$1,000,000.01": "1000000.01",
        "12%": "0.12", "12.5％": "0.125", " 7 ": "7", "\u00a08\u3000": "8", "+9": "9", "0.1": "0.1", "100元": "100",
        "999999999999.999999": "999999999999.999999",
    }  # fmt: skip
    bad = ["1e3", "NaN", "inf", "1_000", "1.234,50", "12,34", "(-5)", "一二", "0x1F", "1.", ".5", "--1", "1 00", "N/A",
           "1e999999", "5 %%", "1,2345", "123456789012345678901", "0.1234567890123456789"]  # fmt: skip
    values, rejected = one_column(tmp_path, loader, "decimal", [*good, *bad])
    assert values == {at: Decimal(text) for at, text in enumerate(good.values(), start=2)}
    assert [text for *_, text in rejected] == bad
    assert {code for _, _, code, _ in rejected} == {"bad_number"}


def test_a_column_that_needs_more_digits_gets_them(tmp_path: Path, loader) -> None:
    cells = ["0.123456789012345678", "12345678901234567890", "-1234567890123.5", "33.3333333%"]
    values, _ = one_column(tmp_path, loader, "decimal", cells)
    assert list(values.values()) == [
        Decimal("0.123456789012345678"),
        Decimal("12345678901234567890"),
        Decimal("-1234567890123.5"),
        Decimal("0.333333333"),
    ]
    narrow, _ = one_column(tmp_path, loader, "decimal", ["0.123456", "999999999999"])
    assert list(narrow.values()) == [Decimal("0.123456"), Decimal("999999999999")]


def test_narrow_and_wide_decimals_add_up_exactly(tmp_path: Path, loader) -> None:
    head = "day,x"
    wanted = mapping((("day", "day", "date", "time"), ("x", "x", "decimal", "measure")))
    one = loader(write_csv(tmp_path / "1.csv", head, "2026-01-01,0.1", "2026-01-02,0.2"), wanted)
    two = loader(write_csv(tmp_path / "2.csv", head, "2026-02-01,0.000000000000000001"), wanted, one)
    three = loader(write_csv(tmp_path / "3.csv", head, "2026-01-03,0.3"), wanted, two)
    (total,) = duckdb.execute(
        "SELECT sum(x) FROM read_parquet(?, union_by_name=true)", [[entry.path for entry in three.files]]
    ).fetchone()
    assert total == Decimal("0.600000000000000001")


def test_integers(tmp_path: Path, loader) -> None:
    cells = {"7": 7, "-7": -7, "007": 7, "1,234": 1234, "5.0": 5, "999999999999999999": 999999999999999999, "300%": 3}
    bad = ["5.5", "1e3", "12345678901234567890", "x", "50%"]
    values, rejected = one_column(tmp_path, loader, "integer", [*cells, *bad])
    assert list(values.values()) == list(cells.values())
    assert [text for *_, text in rejected] == bad


def test_dates(tmp_path: Path, loader) -> None:
    good = ["2024-09-21", "2024/9/21", "2024.9.21", "2024年9月21日", "20240921", "2024-09-21 08:30",
            "2024-09-21T23:59:59.5", "2024-09-21T12:00:00Z", "21-Sep-2024", "Sep 21, 2024", "21 September 2024",
            "September 21st, 2024", "2024年9月21日 下午3:05", "2024年9月21日15时30分", "2024/9/21 3:05 PM",
            "２０２４／９／２１", "20240921 103000", "2024-09-21T23:30:00+08:00"]  # fmt: skip
    bad = ["2024-02-30", "2024-13-01", "21/09/2024", "24-09-21", "infinity", "1024-09-21", "31-Feb-2024", "45556",
           "today", "2024-09-21 25:00", "2024-09-21 24:00:00", "2024-09/21", "9999-12-31"]  # fmt: skip
    values, rejected = one_column(tmp_path, loader, "date", [*good, *bad])
    assert set(values.values()) == {date(2024, 9, 21)}
    assert list(values) == list(range(2, 2 + len(good)))
    assert [text for *_, text in rejected] == bad
    assert {code for _, _, code, _ in rejected} == {"bad_date"}


@pytest.mark.parametrize(("order", "expected"), [("dmy", date(2024, 3, 2)), ("mdy", date(2024, 2, 3))])
def test_the_order_of_day_and_month_is_as_told(tmp_path: Path, loader, order: str, expected: date) -> None:
    values, rejected = one_column(
        tmp_path,
        loader,
        "date",
        ["02/03/2024", "2-3-2024", "2.3.2024 10:00", "2024-01-31", "31/31/2024"],
        date_order=order,
    )
    assert list(values.values()) == [expected, expected, expected, date(2024, 1, 31)]
    assert [text for *_, text in rejected] == ["31/31/2024"]


def test_moments_are_told_in_the_time_of_the_company(tmp_path: Path, loader) -> None:
    cells = {
        "2024-12-31 16:30:00": datetime(2024, 12, 31, 16, 30),
        "2024-12-31T16:30:00Z": datetime(2025, 1, 1, 0, 30),
        "2024-12-31 16:30:00.250+00:00": datetime(2025, 1, 1, 0, 30, 0, 250_000),
        "2024-12-31 16:30 -0500": datetime(2025, 1, 1, 5, 30),
        "2024/12/31 8:05UTC": datetime(2024, 12, 31, 16, 5),
        "2024-12-31 16:30 +08": datetime(2024, 12, 31, 16, 30),
        "2024年12月31日 16:30": datetime(2024, 12, 31, 16, 30),
        "2024-12-31": datetime(2024, 12, 31),
    }
    values, rejected = one_column(tmp_path, loader, "datetime", list(cells))
    assert list(values.values()) == list(cells.values())
    assert rejected == []


def test_the_day_of_a_row_is_the_local_one(tmp_path: Path, loader) -> None:
    path = write_csv(
        tmp_path / "t.csv", "at", "2024-12-31T16:30:00Z", "2024-12-31 16:30:00", "2025-01-01T03:00:00-05:00"
    )
    wanted = mapping((("at", "at", "datetime", "time"),))
    shanghai = loader(path, wanted)
    assert [day for (day,) in table(shanghai, "d", "_row")] == [date(2025, 1, 1), date(2024, 12, 31), date(2025, 1, 1)]
    assert [entry.month for entry in shanghai.files] == ["2024-12", "2025-01"]
    new_york = loader(path, wanted, zone="America/New_York")
    assert [day for (day,) in table(new_york, "d", "_row")] == [
        date(2024, 12, 31),
        date(2024, 12, 31),
        date(2025, 1, 1),
    ]


def test_booleans_and_text(tmp_path: Path, loader) -> None:
    values, rejected = one_column(tmp_path, loader, "boolean", ["TRUE", "no", "是", "否", "1", "0", "maybe", ""])
    assert list(values.values()) == [True, False, True, False, True, False, None]
    assert rejected == [(8, "x", "bad_boolean", "maybe")]
    values, rejected = one_column(tmp_path, loader, "text", ["00123", " padded ", "=1+1", "", "NULL", "<img onerror>"])
    assert list(values.values()) == ["00123", "padded", "=1+1", None, "NULL", "<img onerror>"]
    assert rejected == []


def test_required_cells(tmp_path: Path, loader) -> None:
    values, rejected = one_column(tmp_path, loader, "decimal", ["1", "", " "], required=True)
    assert values == {2: Decimal(1)}
    assert rejected == [(3, "x", "missing", ""), (4, "x", "missing", "")]


def test_the_last_of_equal_keys_wins_and_the_others_are_listed(tmp_path: Path, loader) -> None:
    path = write_csv(
        tmp_path / "twins.csv", HEAD, "1,a,2026-01-01,s,1", "2,b,2026-01-01,s,2", "1,a,2026-02-01,s,3", "1,a,bad,s,4",
        ",a,2026-01-01,s,5",
    )  # fmt: skip
    loaded = loader(path, mapping(key=("order_no",)))
    assert table(loaded, "order_no, amount") == [("1", Decimal(3)), ("2", Decimal(2))]
    assert rejects(loaded) == [
        (2, "order", "duplicate_key", "1"), (5, "day", "bad_date", "bad"), (6, "order", "missing", ""),
    ]  # fmt: skip
    assert (loaded.rows_in, loaded.rows_loaded, loaded.rows_rejected) == (5, 2, 3)


def test_a_file_of_bad_rows_only(tmp_path: Path, loader) -> None:
    loaded = loader(write_csv(tmp_path / "bad.csv", HEAD, "1,a,x,s,1", "2"), mapping())
    assert (loaded.files, loaded.rows_in, loaded.rows_loaded, loaded.rows_rejected) == ((), 2, 0, 2)
    assert (loaded.first_day, loaded.changed_first) == (None, None)


def test_quoted_cells_with_lines_delimiters_and_quotes(tmp_path: Path, loader) -> None:
    path = write_csv(tmp_path / "q.csv", HEAD, '1,"a\nb, ""c""",2026-01-01,"",1', "2,x,2026-01-02,s,2")
    loaded = loader(path, mapping())
    assert table(loaded, "_row, customer, store") == [(2, 'a\nb, "c"', None), (3, "x", "s")]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_and_a_bom(tmp_path: Path, loader, delimiter: str) -> None:
    path = write_csv(
        tmp_path / "d.csv", "\ufeffday" + delimiter + "x", f"2026-01-01{delimiter}1,5", f"2026-01-01{delimiter}2.5"
    )
    loaded = loader(path, mapping((("day", "day", "date", "time"), ("x", "x", "decimal", "measure"))))
    assert table(loaded, "_row, x") == [(3, Decimal("2.5"))]
    assert rejects(loaded) == [(2, "x", "bad_number", "1,5")]


def test_a_workbook(tmp_path: Path, loader) -> None:
    rows = [
        ["order", "customer", "day", "store", "amount"],
        ["001", "甲", datetime(2026, 1, 31), "north", 0.1],
        [2, None, datetime(2026, 2, 1, 8, 30), 7, 1234.56],
        [],
        ["3", "x", "2026-02-03", "line\nbreak", 1 / 3],
        ["4", "x", "soon", "s", "N/A"],
        ["5", "x", datetime(2026, 2, 1), "s", 1, "beyond"],
    ]
    loaded = loader(write_xlsx(tmp_path / "book.xlsx", rows), mapping())
    assert table(loaded, "_row, order_no, day, store, amount") == [
        (2, "001", date(2026, 1, 31), "north", Decimal("0.1")),
        (3, "2", date(2026, 2, 1), "7", Decimal("1234.56")),
        (5, "3", date(2026, 2, 3), "line\nbreak", Decimal("0.3333333333333333")),
    ]
    assert [(row, column, code) for row, column, code, _ in rejects(loaded)] == [
        (6, "amount", "bad_number"), (6, "day", "bad_date"), (7, "", "too_many_cells"),
    ]  # fmt: skip


def test_missing_columns_are_named_all_at_once(tmp_path: Path, loader) -> None:
    path = write_csv(tmp_path / "m.csv", "order,day,who", "1,2026-01-01,x")
    with pytest.raises(EngineFailure) as failure:
        loader(path, mapping())
    assert not failure.value.retry
    assert [issue.params["column"] for issue in failure.value.issues] == ["customer", "store", "amount"]
    assert "It has: order, day, who." in str(failure.value)


def test_a_mapping_that_cannot_be_is_refused_with_everything_wrong(tmp_path: Path, loader) -> None:
    wanted = mapping(
        (
            ("a", "Bad Name", "text", "attribute"),
            ("b", "d", "text", "time"),
            ("c", "c", "date", "time"),
            ("e", "c", "text", "key"),
        ),
        key=("ghost",),
    )
    with pytest.raises(EngineFailure) as failure:
        loader(write_csv(tmp_path / "m.csv", "a,b,c,e", "1,2,3,4"), wanted, mode="upsert", zone="Mars/Base")
    said = str(failure.value)
    for words in ("“Bad Name” cannot name", "“d” cannot name", "2 columns are given", "2 do", "must be a date",
                  "“ghost”", "none of: append, period, replace, delete", "no time zone “Mars/Base”"):  # fmt: skip
        assert words in said


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "file is empty"),
        ("header.csv", b"order,customer,day,store,amount\n", "no row below it"),
        ("cut.csv", "order,customer,day,store,amount\n".encode("utf-16") + b"1", "not UTF-16 LE throughout"),
        ("twice.csv", b"order,customer,day,store,amount,day\n1,a,2026-01-01,s,1,2\n", "same name “day”"),
        ("noname.csv", b"order,customer,day,store,amount,\n1,a,2026-01-01,s,1,2\n", "Column 6 has no name"),
        ("page.csv", b"<html><table></table></html>", "web page"),
    ],
)
def test_files_that_cannot_be_loaded_are_refused_and_leave_nothing(
    tmp_path: Path, loader, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(EngineFailure, match=says) as failure:
        loader(path, mapping())
    assert not failure.value.retry
    assert list((tmp_path / "out").iterdir()) == []

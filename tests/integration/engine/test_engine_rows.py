"""From a figure down to the uploaded rows, and the list of those that were not loaded."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from apps.engine import (
    Aggregation,
    Condition,
    EngineFailure,
    ExportRejects,
    How,
    Loaded,
    Measure,
    MeasurePlan,
    Op,
    Reject,
    RejectCode,
    Rejects,
    Rows,
    TableRows,
    UploadedRow,
    export,
    measure,
    rows,
    run,
    table,
)
from apps.engine import rejects as reject_list
from apps.engine.export import neutral
from apps.engine.kinds.behind import MOST_ROWS
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_files import mapping, write_csv

HEAD = "order,customer,day,store,amount"
JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
BIG = (Condition("amount", Op.GE, (Decimal("0.20"),)),)
RATIO = MeasurePlan("x", Grain.MONTH, 1, Aggregation(How.SUM, "amount", BIG), Aggregation(How.DISTINCT, "customer"))
BY_STORE = MeasurePlan("x", Grain.MONTH, 1, Aggregation(How.COUNT), split_by="store")


@pytest.fixture
def sales(tmp_path: Path, loader) -> Loaded:
    one = loader(
        write_csv(tmp_path / "1.csv", HEAD, "1,a,2026-01-31,n,10.10", "2,,2026-01-02,n,0.20", "3,b,2026-02-01,n,5"),
        mapping(),
    )
    return loader(write_csv(tmp_path / "2.csv", HEAD, "4,a,2026-01-01,,0.1", "5,c,2026-01-15,s,"), mapping(), one)


@pytest.fixture
def behind(desk):
    return lambda *args, **options: rows.work(Rows(*args, **options), desk())


def test_the_rows_that_made_a_value_in_the_order_of_their_upload(sales: Loaded, behind) -> None:
    page = behind(sales.files, RATIO, JANUARY)
    assert page.columns == ("order_no", "customer", "day", "store", "amount")
    assert page.rows == (
        UploadedRow("u1", 2, ("1", "a", "2026-01-31", "n", "10.1")),
        UploadedRow("u1", 3, ("2", "", "2026-01-02", "n", "0.2")),
    )
    assert (page.total, page.offset) == (2, 0)


def test_each_side_has_its_own_rows(sales: Loaded, behind) -> None:
    page = behind(sales.files, RATIO, JANUARY, side="denominator")
    assert [(row.upload, row.row) for row in page.rows] == [("u1", 2), ("u2", 2), ("u2", 3)]


@pytest.mark.parametrize(
    ("member", "orders"), [("n", ["1", "2"]), ("s", ["5"]), ("", ["4"]), (None, ["1", "2", "4", "5"])]
)
def test_a_member_of_a_split(sales: Loaded, behind, member: str | None, orders: list[str]) -> None:
    page = behind(sales.files, BY_STORE, JANUARY, member)
    assert [row.cells[0] for row in page.rows] == orders


def test_pages(sales: Loaded, behind) -> None:
    first, second = (behind(sales.files, BY_STORE, JANUARY, offset=offset, limit=3) for offset in (0, 3))
    assert [len(first.rows), len(second.rows), first.total, second.total] == [3, 1, 4, 4]
    assert behind(sales.files, BY_STORE, (date(2030, 1, 1), date(2030, 2, 1))).total == 0


def test_the_rows_add_up_to_the_value(sales: Loaded, behind, desk) -> None:
    (value, *_) = measure.work(Measure(sales.files, Calendar("UTC"), (RATIO,)), desk()).rows
    page = behind(sales.files, RATIO, JANUARY)
    assert sum(Decimal(row.cells[4]) for row in page.rows) == value.numerator == Decimal("10.3")
    people = behind(sales.files, RATIO, JANUARY, side="denominator")
    assert len({row.cells[1] for row in people.rows}) == value.denominator == 2


@pytest.mark.parametrize(
    "bad",
    [
        {"side": "denominator"},
        {"side": "other"},
        {"limit": 0},
        {"limit": MOST_ROWS + 1},
        {"offset": -1},
        {"member": "x"},
    ],
)
def test_requests_that_cannot_be_are_refused(sales: Loaded, behind, bad: dict) -> None:
    plan = MeasurePlan("x", Grain.MONTH, 1, Aggregation(How.COUNT), split_by="amount")
    with pytest.raises(EngineFailure) as failure:
        behind(sales.files, plan, JANUARY, **bad)
    assert not failure.value.retry


def test_rows_through_the_child(sales: Loaded) -> None:
    assert run(Rows(sales.files, RATIO, JANUARY)).total == 2


@pytest.fixture
def rejected(tmp_path: Path, loader) -> Loaded:
    lines = ["1,a,x,s,=1+1", "2,a,2026-01-01,s,1", "3,@a", "4,a,2026-01-01,s,-5-5"]
    return loader(write_csv(tmp_path / "bad.csv", HEAD, *lines), mapping())


def test_the_reject_list_by_page(rejected: Loaded, desk) -> None:
    page = reject_list.work(Rejects(rejected.rejects_path, limit=3), desk())
    assert page.rejects == (
        Reject(2, "amount", RejectCode.BAD_NUMBER, "=1+1"),
        Reject(2, "day", RejectCode.BAD_DATE, "x"),
        Reject(4, "", RejectCode.TOO_FEW_CELLS, "3,@a"),
    )
    assert (page.total, page.total_rows) == (4, 3)
    rest = reject_list.work(Rejects(rejected.rejects_path, offset=3), desk())
    assert rest.rejects == (Reject(5, "amount", RejectCode.BAD_NUMBER, "-5-5"),)
    with pytest.raises(EngineFailure, match="1 to 1000 rows"):
        reject_list.work(Rejects(rejected.rejects_path, limit=1001), desk())
    assert run(Rejects(rejected.rejects_path)).total == 4


def test_the_reject_list_for_a_spreadsheet(rejected: Loaded, desk, tmp_path: Path) -> None:
    out = tmp_path / "拒绝.csv"
    request = ExportRejects(
        rejected.rejects_path, str(out), ("行", "列", "原因", "内容"), {"bad_number": "不是数字", "bad_date": "=日期"}
    )
    assert export.work(request, desk()).rows == 4
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["行", "列", "原因", "内容"],
            ["2", "amount", "不是数字", "'=1+1"],
            ["2", "day", "'=日期", "x"],
            ["4", "", "too_few_cells", "3,@a"],
            ["5", "amount", "不是数字", "'-5-5"],
        ]


def test_an_export_that_fails_leaves_no_file(rejected: Loaded, tmp_path: Path) -> None:
    target = tmp_path / "taken.csv"
    target.mkdir()
    with pytest.raises(EngineFailure):
        run(ExportRejects(rejected.rejects_path, str(target)))
    assert [path.name for path in tmp_path.iterdir() if "engine" in path.name] == []


@pytest.mark.parametrize("text", ["=1", "+1", "-x", "@x", "\tx", "\rx"])
def test_nothing_becomes_a_formula(text: str) -> None:
    assert neutral(text) == "'" + text
    assert neutral("x" + text) == "x" + text


def test_a_data_set_as_a_whole_month_by_month_however_it_is_cut(sales: Loaded, desk) -> None:
    whole = run(TableRows(sales.files, 0, 500))
    assert whole.columns == ("order_no", "customer", "day", "store", "amount")
    assert [(row.upload, row.row) for row in whole.rows] == [("u1", 2), ("u1", 3), ("u2", 2), ("u2", 3), ("u1", 4)]
    assert whole.rows[3].cells == ("5", "c", "2026-01-15", "s", "")
    for size in (1, 2, 3, 4):
        pages = [table.work(TableRows(sales.files, at, size), desk()) for at in range(0, 5, size)]
        assert [row for page in pages for row in page.rows] == list(whole.rows), size
        assert {page.total for page in pages} == {5}
    assert table.work(TableRows(sales.files, 5, 1), desk()).rows == ()
    assert table.work(TableRows((), 0, 1), desk()).total == 0


@pytest.mark.parametrize(("offset", "limit"), [(-1, 1), (0, 0), (0, 501)])
def test_a_page_of_a_data_set_has_limits(sales: Loaded, desk, offset: int, limit: int) -> None:
    with pytest.raises(EngineFailure):
        table.work(TableRows(sales.files, offset, limit), desk())

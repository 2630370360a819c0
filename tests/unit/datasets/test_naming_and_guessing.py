"""Names of columns and files, and what columns probably are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.datasets.domain import naming
from apps.datasets.domain.guess import guesses
from apps.datasets.domain.rejects import REASONS
from apps.engine.plan import ColumnType
from apps.engine.requests import ColumnShape, FileShape, RejectCode


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("客户编号", "customer_id"),
        ("金额(元)", "amount"),
        ("工单号", "work_order_number"),
        ("业代姓名", "col_3"),
        ("Order ID", "order_id"),
        ("customerID", "customer_id"),
        ("InvoiceNo", "invoice_no"),
        ("Ünïcode", "unicode"),
        ("2024 sales", "c_2024_sales"),
        ("", "col_3"),
        ("！！", "col_3"),
        ("d", "d_3"),
        ('=HYPERLINK("x")', "hyperlink"),
    ],
)
def test_a_header_becomes_a_readable_key(header, key):
    assert naming.column_key(header, 3) == key


@given(headers=st.lists(st.text(max_size=80), max_size=12))
def test_every_header_gets_a_key_of_its_own_that_fits(headers):
    taken: set[str] = set()
    for position, header in enumerate(headers, start=1):
        key = naming.column_key(header, position, taken)
        assert naming.KEY.fullmatch(key)
        assert key not in taken | naming.RESERVED
        taken.add(key)


@given(names=st.lists(st.text(max_size=130), max_size=8))
def test_every_dataset_gets_a_key_of_its_own_that_fits(names):
    taken: set[str] = set()
    for name in names:
        key = naming.dataset_key(name, taken)
        assert naming.DATASET_KEY.fullmatch(key)
        assert key not in taken
        taken.add(key)


@given(name=st.text(max_size=400))
def test_a_filename_is_only_a_name(name):
    safe = naming.safe_filename(name)
    assert 0 < len(safe) <= naming.LONGEST_FILENAME
    assert not set(safe) & set("/\\\x00\n\r\u202e\u200b")
    assert safe not in {".", ".."}
    assert naming.safe_filename(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\工单 2026-06.xlsx", "工单 2026-06.xlsx"),
        ("invoice\u202egnp.csv", "invoicegnp.csv"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
        ("...", "upload"),
    ],
)
def test_tricks_in_filenames_are_undone(name, safe):
    assert naming.safe_filename(name) == safe


@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("work_orders_2026-06.csv", "Work orders"),
        ("工单2026年6月.xlsx", "工单"),
        ("2026.csv", ""),
        ("CDNOW.txt", "CDNOW"),
    ],
)
def test_a_filename_suggests_the_name_of_the_data(filename, title):
    assert naming.title_from(filename) == title


def shape(*columns: tuple, rows: int = 1000) -> FileShape:
    """(header, type, distinct, empty)"""
    made = [
        ColumnShape(name, position, ColumnType(kind), empty, distinct)
        for position, (name, kind, distinct, empty) in enumerate(columns, start=1)
    ]
    return FileShape("csv", rows=rows, columns=tuple(made))


def roles(*columns: tuple, rows: int = 1000) -> dict[str, str]:
    return {guess.column.source: guess.column.role for guess in guesses(shape(*columns, rows=rows))}


def test_the_purchases_of_cdnow_are_guessed():
    found = guesses(
        shape(
            ("customer_id", "integer", 900, 0), ("date", "date", 500, 0), ("number_of_cds", "integer", 20, 0),
            ("amount", "decimal", 700, 0),
        )
    )  # fmt: skip
    assert [guess.column.role for guess in found] == ["entity", "time", "measure", "measure"]
    assert [guess.column.required for guess in found] == [False, True, False, False]
    assert not any(guess.in_key for guess in found), "customers come back: their number names no row"


def test_work_orders_are_guessed():
    found = roles(
        ("工单号", "text", 1000, 0), ("车架号", "text", 700, 0), ("进店时间", "datetime", 990, 0),
        ("更新时间", "datetime", 990, 0), ("门店", "text", 6, 0), ("保修", "boolean", 2, 0),
        ("工时费", "decimal", 400, 5), ("备注", "text", 800, 100), ("电话", "integer", 700, 0),
        ("empty", "text", 0, 1000),
    )  # fmt: skip
    assert found == {
        "工单号": "attribute", "车架号": "entity", "进店时间": "time", "更新时间": "attribute", "门店": "dimension",
        "保修": "dimension", "工时费": "measure", "备注": "attribute", "电话": "attribute", "empty": "attribute",
    }  # fmt: skip


def test_an_order_number_that_never_repeats_is_the_row_key():
    def key_of(*columns):
        return [guess.column.source for guess in guesses(shape(*columns)) if guess.in_key]

    assert key_of(("order_no", "text", 1000, 0), ("day", "date", 30, 0)) == ["order_no"]
    assert key_of(("order_no", "text", 990, 0), ("day", "date", 30, 0)) == []
    assert key_of(("order_no", "text", 999, 1), ("day", "date", 30, 0)) == []
    assert key_of(("amount", "decimal", 1000, 0), ("day", "date", 30, 0)) == []


def test_there_is_at_most_one_time_and_one_entity():
    found = list(
        roles(
            ("birthday", "date", 500, 0), ("paid", "date", 300, 0), ("order date", "date", 300, 0),
            ("customer", "text", 700, 0), ("customer id", "text", 700, 0),
        ).values()
    )  # fmt: skip
    assert found.count("time") == 1
    assert found.count("entity") == 1
    assert found[2] == "time"
    assert found[4] == "entity"


def test_every_reason_of_the_engine_has_words():
    assert set(REASONS) == {code.value for code in RejectCode}


def test_amounts_of_several_currencies_and_their_rates_are_guessed():
    def guessed(*columns: tuple[str, str, tuple[str, ...]]):
        made = [
            ColumnShape(name, position, ColumnType(kind), 0, 90, samples)
            for position, (name, kind, samples) in enumerate(columns, start=1)
        ]
        found = guesses(FileShape("csv", rows=100, columns=tuple(made)))
        return {guess.column.source: guess.column.role + ("*" if guess.in_key else "") for guess in found}

    day, codes = ("日期", "date", ()), ("USD", "eur")
    assert guessed(day, ("币种", "text", codes), ("汇率", "decimal", ("7.1",))) == {
        "日期": "time*", "币种": "currency*", "汇率": "rate",
    }  # fmt: skip
    sales = guessed(day, ("currency", "text", codes), ("total amount", "decimal", ()), ("units", "integer", ()))
    assert list(sales.values()) == ["time", "currency", "money", "measure"]
    own = guessed(day, ("ccy", "text", codes), ("price", "decimal", ()), ("rate", "decimal", ()))
    assert list(own.values()) == ["time", "currency", "money", "measure"]
    assert guessed(day, ("currency", "text", codes), ("units", "integer", ()))["currency"] == "dimension"
    assert guessed(day, ("currency", "text", ("RMB",)), ("price", "decimal", ()))["price"] == "measure"

"""Proposals for what a column is."""

import pytest

from apps.engine.detect import shape_of


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2", ""], "integer"),
        (["1", "-2.5"], "decimal"),
        (["￥1,234.50", "12%"], "decimal"),
        (["0", "1", "0"], "integer"),
        (["00123", "456"], "text"),
        (["1234567890123456", "1"], "text"),
        (["2026-01-01", "2026/1/2", "2026年1月3日"], "date"),
        (["2026-01-01", "2026-01-01 08:30"], "datetime"),
        (["2026-01-01 00:00:00", "2026-01-02 00:00"], "date"),
        (["2026-01-01T08:30:00Z"], "datetime"),
        (["20260101", "20260102"], "integer"),
        (["true", "FALSE"], "boolean"),
        (["是", "否"], "boolean"),
        (["Y", "n"], "boolean"),
        (["M", "F"], "text"),
        (["F", "F"], "text"),
        (["", " "], "text"),
        (["1", "x"], "text"),
        (["1.234,50"], "decimal"),
        (["1.234,50", "1,234.50"], "text"),
        (["（1,234.5）", "１２", "3.5万", "5‰"], "decimal"),
        (["21-Sep-2024", "Sep 3, 2024"], "date"),
        (["2024年9月21日 下午3:05", "2024-09-21 08:30"], "datetime"),
        (["1e5"], "text"),
    ],
)
def test_types(cells: list[str], kind: str) -> None:
    shape = shape_of("x", 1, cells)
    assert shape.type.value == kind
    assert shape.issues == ()


def test_a_few_odd_cells_do_not_hide_the_type() -> None:
    shape = shape_of("amount", 1, ["1.5"] * 99 + ["N/A"])
    assert shape.type.value == "decimal"
    assert str(shape.issues[0]) == "amount: 1 of 100 cells looked at are not of type decimal, such as “N/A”."
    assert shape_of("amount", 1, ["1.5"] * 80 + ["N/A"] * 20).type.value == "text"


@pytest.mark.parametrize(
    ("cells", "order", "asked"),
    [
        (["31/12/2026", "01/02/2026"], "dmy", False),
        (["12/31/2026", "01/02/2026"], "mdy", False),
        (["01/02/2026", "03/04/2026"], "dmy", True),
        (["31/12/2026", "12/31/2026"], "dmy", True),
        (["45-06-30", "26-07-01"], "yymd", False),
        (["03/04/05", "26-06-30"], "dmy", True),
    ],
)
def test_day_and_month_are_never_guessed_in_silence(cells: list[str], order: str, asked: bool) -> None:
    shape = shape_of("day", 1, cells)
    assert (shape.type.value, shape.date_order.value) == ("date", order)
    assert bool(shape.issues) == asked
    assert (shape.asks == ("date_order",)) == asked


@pytest.mark.parametrize(
    ("cells", "style", "asked"),
    [
        (["1,234.50", "12"], "point", False),
        (["1.234,50", "12"], "comma", False),
        (["12,5", "3"], "comma", False),
        (["1,234", "12"], "point", True),
        (["1.234"], "point", True),
        (["1.5", "1.234"], "point", False),
        (["12", "13"], "point", False),
    ],
)
def test_point_and_comma_are_never_guessed_in_silence(cells: list[str], style: str, asked: bool) -> None:
    shape = shape_of("amount", 1, cells)
    assert (shape.number_style.value, shape.asks == ("number_style",)) == (style, asked)
    assert bool(shape.issues) == asked

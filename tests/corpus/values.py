"""Numbers, dates, moments and identifiers, in every usual spelling; those that can be read in two ways, as chosen."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from tests.corpus.case import Case

DAY = date(2026, 3, 4)

POINT = {
    "1,234.50": "1234.5", "-1,234.50": "-1234.5", "(1,234.50)": "-1234.5", "（1,234.50）": "-1234.5",
    "1,234.50-": "-1234.5", "１，２３４．５０": "1234.5", "￥1,234.50": "1234.5", "¥ 1234.5": "1234.5",
    "$-1,234.5": "-1234.5", "€12": "12", "12€": "12", "CNY 12.5": "12.5", "12.5 CNY": "12.5", "RMB12.5": "12.5",
    "12.5元": "12.5", "1.5万": "15000", "1.5万元": "15000", "0.35亿": "35000000", "2亿元": "200000000",
    "12%": "0.12", "12.5％": "0.125", "(5%)": "-0.05", "3‰": "0.003", "1 234 567.8": "1234567.8",
    "1'234.5": "1234.5", "+7": "7", "0.000000000000000001": "0.000000000000000001", "−5": "-5",
    "99999999999999999999": "99999999999999999999",
}  # fmt: skip
COMMA = {
    "1.234,50": "1234.5", "1.234.567,8": "1234567.8", "12,5": "12.5", "(1.234,5)": "-1234.5", "1 234,5": "1234.5",
    "€ 1.234,50": "1234.5", "12,5%": "0.125", "7": "7", "-0,25": "-0.25", "1.234": "1234",
}  # fmt: skip
BAD_NUMBERS = (
    "1,23", "1,2345.6", "1.2.3", "12,34,567", "1e5", "NaN", "inf", "0x1F", "1_000", "一百", "12 3", "--5", "(-5)",
    "5 %%", "1万2", "$", "N/A", "#DIV/0!", "1e999999", "100000000000000000000000",
)  # fmt: skip

DAYS = (
    "2026-03-04", "2026/3/4", "2026.3.4", "2026年3月4日", "2026 年 3 月 4 日", "２０２６年３月４日", "20260304",
    "4-Mar-2026", "04 March 2026", "Mar 4, 2026", "March 4 2026", "4 Mar. 2026", "MAR-04-2026", "2026年3月4号",
    "2026-03-04 00:00:00", "2026-3-4 15:30", "2026-03-04T23:59:59.999",
)  # fmt: skip
BAD_DAYS = (
    "2026-02-30",
    "2026-13-01",
    "2026年2月30日",
    "31-Feb-2026",
    "today",
    "0226-03-04",
    "2026-03",
    "4/3/26x",
    "45000",
)
MOMENTS = {
    "2026-03-04 15:05": (15, 5, 0), "2026/3/4 15:05:07": (15, 5, 7), "2026年3月4日 15:05": (15, 5, 0),
    "2026年3月4日15时05分": (15, 5, 0), "2026年3月4日 15时5分7秒": (15, 5, 7), "2026年3月4日 下午3:05": (15, 5, 0),
    "2026-03-04 上午3:05": (3, 5, 0), "2026-03-04 3:05 PM": (15, 5, 0), "2026-03-04 12:05 AM": (0, 5, 0),
    "2026-03-04 12:05 pm": (12, 5, 0), "Mar 4, 2026, 3:05 PM": (15, 5, 0), "4-Mar-2026 15:05": (15, 5, 0),
    "20260304150507": (15, 5, 7), "2026-03-04T07:05:00Z": (15, 5, 0), "2026-03-04 15:05:00+08:00": (15, 5, 0),
    "2026-03-04 中午12:05": (12, 5, 0), "2026-03-04": (0, 0, 0),
}  # fmt: skip


def column(name: str, kind: str, cells: list[str], values: list, aside: list | None = None, **more: object) -> Case:
    """A file with one column of interest beside a day; every cell is quoted."""
    lines = ['"day","x"', *(f'"2026-01-01","{cell}"' for cell in cells)]
    columns = (("day", "day", "date", "time"), ("x", "x", kind, "attribute"))
    rows = [(date(2026, 1, 1), value) for value in values]
    content = ("\n".join(lines) + "\n").encode()
    return Case(name, content, columns, rows, aside or [], reading={"delimiter": ",", "nulls": ()}, **more)  # type: ignore[arg-type]


def cases() -> Iterator[Case]:
    point = [Decimal(number) for number in POINT.values()]
    bad = [(row, "x", "bad_number") for row in range(2, 2 + len(BAD_NUMBERS))]
    yield column("numbers-point.csv", "decimal", list(POINT), point)
    comma = {"x": {"number_style": "comma"}}
    yield column("numbers-comma.csv", "decimal", list(COMMA), [Decimal(n) for n in COMMA.values()], options=comma)
    yield column("numbers-bad.csv", "decimal", list(BAD_NUMBERS), [], bad)
    yield column("whole.csv", "integer", ["1", "-2", "3.0", "1,000", "５", "1.5万"], [1, -2, 3, 1000, 5, 15000])
    yield column("whole-bad.csv", "integer", ["1.5", "x", "9223372036854775808"], [], bad[:3])
    yield column(
        "ids.csv",
        "text",
        ["00123", "1234567890123456789", "0", "1E5", "1.0", " 7"],
        ["00123", "1234567890123456789", "0", "1E5", "1.0", "7"],
    )
    yield column("yes-no.csv", "boolean", ["是", "否", "Y", "false", "1", "0"], [True, False, True, False, True, False])
    yield column("yes-no-bad.csv", "boolean", ["maybe", "2"], [], [(2, "x", "bad_boolean"), (3, "x", "bad_boolean")])
    yield from _days()
    yield from _zones()
    yield from _asked()


def _days() -> Iterator[Case]:
    yield column("days.csv", "date", list(DAYS), [DAY] * len(DAYS))
    orders = {
        "dmy": ["04/03/2026", "4.3.2026", "04-03-26", "2026-03-04"],
        "mdy": ["03/04/2026", "3/4/26", "03-04-2026", "2026年3月4日"],
        "yymd": ["26-03-04", "26/3/4", "2026-03-04"],
    }
    for order, cells in orders.items():
        yield column(f"days-{order}.csv", "date", cells, [DAY] * len(cells), options={"x": {"date_order": order}})
    bad = [cell for cell in BAD_DAYS if cell != "2026-03"]
    yield column("days-bad.csv", "date", bad, [], [(row, "x", "bad_date") for row in range(2, 2 + len(bad))])
    first = [date(2026, 3, 1)] * 3
    yield column("months.csv", "date", ["2026-03", "2026年3月", "2026/3"], first)
    moments = [datetime(2026, 3, 4, *clock) for clock in MOMENTS.values()]
    yield column("moments.csv", "datetime", list(MOMENTS), moments)
    late = ["2026-03-04 25:00", "2026-03-04 下午13:61", "2026-03-04 13:05 PM"]
    yield column("moments-bad.csv", "datetime", late, [], [(row, "x", "bad_date") for row in (2, 3, 4)])


def _zones() -> Iterator[Case]:
    """Clocks told in another zone; the company's is Asia/Shanghai (UTC+8)."""
    cells = ["2026-07-01 12:00", "2026-01-01 12:00", "2026-07-01T12:00:00Z"]
    values = [datetime(2026, 7, 2, 0, 0), datetime(2026, 1, 2, 1, 0), datetime(2026, 7, 1, 20, 0)]
    yield column("zone-new-york.csv", "datetime", cells, values, options={"x": {"time_zone": "America/New_York"}})
    lines = "at,n\n2026-01-31 20:00,1\n2026-01-31 10:00,2\n"
    columns = (("at", "at", "datetime", "time"), ("n", "n", "integer", "measure"))
    rows = [(datetime(2026, 2, 1, 4, 0), 1), (datetime(2026, 1, 31, 18, 0), 2)]
    yield Case("zone-month.csv", lines.encode(), columns, rows, options={"at": {"time_zone": "UTC"}})


def _asked() -> Iterator[Case]:
    """What nothing in the column tells is asked; what something tells is not."""
    day = [date(2026, 4, 3), date(2026, 6, 5)]
    two = ["03/04/2026", "05/06/2026"]
    asked = {"asks": {"x": ("date_order",)}}
    yield column("asked-dates.csv", "date", two, day, options={"x": {"date_order": "dmy"}}, shape=asked)
    told = {"asks": {"x": ()}}
    yield column(
        "told-dates.csv", "date", ["03/04/2026", "13/06/2026"], [date(2026, 4, 3), date(2026, 6, 13)],
        options={"x": {"date_order": "dmy"}}, shape=told,
    )  # fmt: skip
    asked = {"asks": {"x": ("number_style",)}}
    yield column("asked-numbers.csv", "decimal", ["1,234", "5,678"], [Decimal(1234), Decimal(5678)], shape=asked)
    yield column("told-numbers.csv", "decimal", ["1,234", "5,678.9"], [Decimal(1234), Decimal("5678.9")], shape=told)
    comma = {"x": {"number_style": "comma"}}
    yield column(
        "told-commas.csv", "decimal", ["1.234", "5,6"], [Decimal(1234), Decimal("5.6")], options=comma, shape=told
    )

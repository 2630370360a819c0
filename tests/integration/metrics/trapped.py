"""Orders with every trap of time, and the same rows in a plain DuckDB for SQL by hand. Nothing here knows the product.

Empty cells in each column, periods without any row, ties to the second and at both ends of periods and windows, hours
that a clock shows twice or never, a leap day, ISO week 53, both sides of a fiscal year that starts in April.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb

COLUMNS = [
    {"source": "at", "name": "at", "type": "datetime", "role": "time"},
    {"source": "order_id", "name": "order_id", "type": "text", "role": "key"},
    {"source": "customer", "name": "customer", "type": "text", "role": "entity"},
    {"source": "region", "name": "region", "type": "text", "role": "dimension"},
    {"source": "status", "name": "status", "type": "text", "role": "attribute"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
    {"source": "score", "name": "score", "type": "integer", "role": "measure"},
]
GRAINS = ("day", "week", "month", "quarter", "half", "year")
FIRST, LAST = datetime(2019, 12, 2, 12, tzinfo=UTC), datetime(2021, 5, 30, 12, tzinfo=UTC)
EMPTY = (date(2020, 6, 20), date(2020, 10, 10))
"""No row from the first to the second: three months, and with them a quarter."""

MOMENTS = {
    "the leap day": "2020-02-29T05:00:00Z",
    "the last second before April in Shanghai": "2020-03-31T15:59:59Z",
    "the first moment of April in Shanghai": "2020-03-31T16:00:00Z",
    "the last second before April in Berlin": "2020-03-31T21:59:59Z",
    "the first moment of April in Berlin": "2020-03-31T22:00:00Z",
    "just before an hour that Berlin does not have": "2020-03-29T00:59:59Z",
    "just after it": "2020-03-29T01:00:00Z",
    "half past two in Berlin for the first time": "2020-10-25T00:30:00Z",
    "half past two in Berlin for the second time": "2020-10-25T01:30:00Z",
    "the last evening of week 52": "2020-12-27T14:00:00Z",
    "the first day of week 53": "2020-12-28T10:00:00Z",
    "the last day of week 53, in the next year": "2021-01-03T10:00:00Z",
    "the first moment of 2021 in Shanghai": "2020-12-31T16:00:00Z",
    "the first moment of 2021 in Berlin": "2020-12-31T23:00:00Z",
}


@dataclass(frozen=True)
class Year:
    """How a company cuts time."""

    zone: str
    grains: tuple[str, ...]
    fiscal_start: int = 1
    week_start: int = 1

    def start(self, day: date, grain: str) -> date:
        """The first day of the period that holds `day`."""
        if grain == "day":
            return day
        if grain == "week":
            return day - timedelta(days=(day.isoweekday() - self.week_start) % 7)
        months = {"month": 1, "quarter": 3, "half": 6, "year": 12}[grain]
        back = (day.month - self.fiscal_start) % months
        year, month = divmod(day.year * 12 + day.month - 1 - back, 12)
        return date(year, month + 1, 1)

    def periods(self, first: date, last: date, grain: str) -> list[tuple[date, date]]:
        """First day, and the day after the last, of the periods from the one of `first` to that of `last`."""
        starts = [self.start(first, grain)]
        while starts[-1] <= last:
            at = starts[-1]
            starts.append(next(day for n in range(1, 400) if self.start(day := at + timedelta(days=n), grain) != at))
        return list(pairwise(starts))


YEARS = (
    Year("Asia/Shanghai", ("week", "month", "year")),
    Year("Europe/Berlin", ("month", "quarter", "half", "year"), fiscal_start=4),
    Year("America/New_York", ("day", "week"), fiscal_start=7, week_start=7),
)
"""Between them every grain, and those that a fiscal year cuts otherwise twice."""

Row = tuple[str, str, str | None, str | None, str | None, str | None, int | None]


def rows() -> list[Row]:
    """The same rows each time: moment in UTC, order, customer, region, status, amount, score."""
    dice = random.Random(29022020)
    moments = [FIRST, LAST, *(datetime.fromisoformat(text) for text in MOMENTS.values() for _ in range(2))]
    while len(moments) < 420:
        moment = FIRST + timedelta(seconds=dice.randrange(int((LAST - FIRST).total_seconds())))
        if EMPTY[0] <= moment.date() <= EMPTY[1]:
            continue
        moments.append(moment)
    return list(_rows(dice, moments))


def _rows(dice: random.Random, moments: list[datetime]) -> Iterator[Row]:
    for number, moment in enumerate(moments):
        if number % 40 == 39:
            moment = moments[number - 1]  # two rows in the same second
        if number % 25 == 24:
            moment = moments[number - 1] + timedelta(days=14)  # at the very end of a window
            moment = moments[number - 1] if EMPTY[0] <= moment.date() <= EMPTY[1] or moment > LAST else moment
        same = number % 40 == 39 or number % 25 == 24
        customer = f"c{int(40 * dice.random() ** 3)}" if not same else customer  # noqa: F821 - the row before
        cells = (
            customer, dice.choice(["North", "South", "Süd", "north"]), dice.choice(["paid", "paid", "open"]),
            str(dice.choice(["10", "10.00", "0", "-5.5", f"{dice.randrange(9999)}.{dice.randrange(99):02d}"])),
            dice.randint(-1, 11),
        )  # fmt: skip
        empty = [dice.random() < 0.06 for _ in cells]
        shown = [None if gone else cell for cell, gone in zip(cells, empty, strict=True)]
        yield (moment.strftime("%Y-%m-%dT%H:%M:%SZ"), str(number), *shown)


def plain(year: Year) -> duckdb.DuckDBPyConnection:
    """Tables r (rows with their local day `d` and clock `c`) and p (periods: grain, number, first day, day after)."""
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE r (c TIMESTAMP, d DATE, id TEXT, who TEXT, region TEXT, status TEXT, amount DECIMAL(18,6), "
        "score INT, paid BOOLEAN GENERATED ALWAYS AS (status = 'paid'))"
    )
    local = [
        (datetime.fromisoformat(row[0]).astimezone(ZoneInfo(year.zone)).replace(tzinfo=None), row) for row in rows()
    ]
    connection.executemany(
        "INSERT INTO r VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [(clock, clock.date(), *row[1:]) for clock, row in local]
    )
    days = [clock.date() for clock, _ in local]
    connection.execute("CREATE TABLE p (g TEXT, n INT, s DATE, e DATE, y DATE)")
    for grain in GRAINS:
        found = year.periods(min(days), max(days), grain)
        cut = [(grain, n, start, end, year.start(start, "year")) for n, (start, end) in enumerate(found)]
        connection.executemany("INSERT INTO p VALUES (?, ?, ?, ?, ?)", cut)
    return connection

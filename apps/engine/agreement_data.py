"""The rows on which two engines have to agree: small, the same each time, and nasty.

Empty cells in every column, ties at the borders of periods and thresholds, decimals of both widths, a leap day, ISO
week 53, days on both sides of a fiscal year, names that compare differently where somebody folds case or blanks.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from apps.engine.plan import ColumnType
from apps.engine.requests import ColumnMapping, Load, Mapping, Role

ROWS = 10_000
ZONE = "Asia/Shanghai"
FIRST, LAST = date(2019, 11, 20), date(2021, 5, 15)

_EDGES = [
    date(2020, 2, 29), date(2020, 3, 31), date(2020, 4, 1), date(2020, 12, 31), date(2021, 1, 3), date(2021, 1, 4),
]  # fmt: skip
_STORES = ["north", "North", "south ", "south", "西", "o'hara", "100%", "back\\slash", ""]
_MEMBERS = 700

Row = list[object]

EVENTS = Mapping(
    (
        ColumnMapping("day", "day", ColumnType.DATE, Role.TIME),
        ColumnMapping("moment", "moment", ColumnType.DATETIME, Role.DIMENSION),
        ColumnMapping("customer", "customer", ColumnType.TEXT, Role.ENTITY),
        ColumnMapping("store", "store", ColumnType.TEXT, Role.DIMENSION),
        ColumnMapping("paid", "paid", ColumnType.BOOLEAN, Role.DIMENSION),
        ColumnMapping("units", "units", ColumnType.INTEGER, Role.MEASURE),
        ColumnMapping("currency", "currency", ColumnType.TEXT, Role.CURRENCY),
        ColumnMapping("price", "price", ColumnType.DECIMAL, Role.MONEY),
        ColumnMapping("amount", "amount", ColumnType.DECIMAL, Role.MEASURE),
    )
)
RATES = Mapping(
    (
        ColumnMapping("day", "day", ColumnType.DATE, Role.TIME),
        ColumnMapping("currency", "currency", ColumnType.TEXT, Role.CURRENCY),
        ColumnMapping("rate", "rate", ColumnType.DECIMAL, Role.RATE),
    )
)
PEOPLE = Mapping(
    (
        ColumnMapping("customer", "customer", ColumnType.TEXT, Role.ENTITY),
        ColumnMapping("joined", "joined", ColumnType.DATE, Role.TIME),
        ColumnMapping("left", "left_on", ColumnType.DATE, Role.DIMENSION),
        ColumnMapping("plan", "plan", ColumnType.TEXT, Role.DIMENSION),
    )
)
MOVES = Mapping(
    (
        ColumnMapping("who", "who", ColumnType.TEXT, Role.ENTITY),
        ColumnMapping("since", "since", ColumnType.DATETIME, Role.TIME),
        ColumnMapping("city", "city", ColumnType.TEXT, Role.DIMENSION),
        ColumnMapping("floor", "floor", ColumnType.INTEGER, Role.DIMENSION),
    )
)


def loads(folder: Path, out: Path) -> dict[str, list[Load]]:
    """What to load for the data sets "" (events; two uploads, the second with more decimals) and the further ones."""
    dice = random.Random(20260630)  # noqa: S311 - the same rows each time
    events = list(_events(dice))
    return {
        "": [
            _load(folder, out, "events-1", events[: ROWS // 2], EVENTS),
            _load(folder, out, "events-2", [[*row[:-1], _finer(dice, row[-1])] for row in events[ROWS // 2 :]], EVENTS),
        ],
        "people": [_load(folder, out, "people", list(_people(dice)), PEOPLE)],
        "rates": [_load(folder, out, "rates", list(_rates(dice)), RATES)],
        "moves": [_load(folder, out, "moves", list(_moves(dice)), MOVES)],
    }


def _load(folder: Path, out: Path, name: str, rows: list[Row], mapping: Mapping) -> Load:
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.source for column in mapping.columns])
        writer.writerows(rows)
    return Load(str(path), path.name, "", mapping, name, (), "append", str(out), ZONE)


def _events(dice: random.Random) -> Iterator[Row]:
    span = (LAST - FIRST).days
    for _ in range(ROWS):
        day = dice.choice(_EDGES) if dice.random() < 0.1 else FIRST + timedelta(days=int(span * dice.random() ** 0.8))
        moment = datetime.combine(day, time()) + timedelta(minutes=15 * dice.randrange(96))
        amount = f"{dice.choice([0, 5, 10, 10, 25, -10, dice.randint(-500, 9_999)])}.{dice.randrange(100):02d}"
        cells: Row = [
            moment.isoformat(sep=" "), _customer(dice), dice.choice(_STORES), dice.choice(["true", "false"]),
            dice.randint(-1, 10),
            dice.choice(["CNY", "usd", "EUR", "JPY"]), f"{dice.randint(0, 300)}.{dice.randrange(10**6):06d}", amount,
        ]  # fmt: skip
        yield [day.isoformat(), *("" if dice.random() < 0.04 else cell for cell in cells)]


def _customer(dice: random.Random) -> str:
    number = int(_MEMBERS * dice.random() ** 2)
    return f"c{number}" if number % 50 else f"C{number + 1}"


def _finer(dice: random.Random, amount: object) -> str:
    """Now and then with more decimals than a narrow column takes."""
    return f"{amount}{dice.randrange(10**9):09d}" if amount and dice.random() < 0.2 else str(amount)


def _people(dice: random.Random) -> Iterator[Row]:
    for number in range(_MEMBERS):
        joined = dice.choice([*_EDGES, FIRST + timedelta(days=dice.randrange(500))])
        left = joined + timedelta(days=dice.randrange(400)) if dice.random() < 0.4 else ""
        yield [f"c{number}" if dice.random() < 0.98 else "", joined, left, dice.choice(["basic", "pro", ""])]


def _rates(dice: random.Random) -> Iterator[Row]:
    """With gaps, with more decimals than count, and now and then two of one day."""
    for day in range(-40, (LAST - FIRST).days):
        for currency in ("USD", "EUR", "JPY"):
            for _ in range(dice.choice([0] * 9 + [1] * 9 + [2])):
                rate = f"{dice.randrange(9)}.{dice.randrange(10**15):015d}"
                yield [FIRST + timedelta(days=day), currency, rate]


def _moves(dice: random.Random) -> Iterator[Row]:
    """Where people live since when, some of them at two places from one moment on, some nowhere known."""
    for _ in range(2 * _MEMBERS):
        day = dice.choice([*_EDGES, FIRST + timedelta(days=dice.randrange(500))])
        moment = datetime.combine(day, time(dice.choice([0, 12])))
        cells: Row = [dice.choice(_STORES), dice.randint(1, 3)]
        who = _customer(dice) if dice.random() < 0.98 else ""
        yield [who, moment.isoformat(sep=" "), *("" if dice.random() < 0.04 else cell for cell in cells)]

"""The group 恒通集团: what three years of its after-sales look like, drawn so that a worked case comes out of the rows.

Each month is planned in counts, hours and amounts; members, work orders, hours, stock and answers are drawn to make up
exactly that. In the last month fewer members came, fewer technicians were on duty, and orders waited longer; the rest
went on as before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from apps.demo.domain.allocate import chance, spread
from apps.demo.domain.plan import months_until
from apps.demo.domain.visits import WEEKDAYS, days_of

YEAR = 12
MONTHS = 36  # a year that the score looks back at, then two of scores, so that it can be forecast
BRANDS = (("恒通乘用车", 50), ("恒通新能源", 32), ("恒通商用车", 18))

ON_FILE = 6_500  # members when the first month begins; in every month JOIN more join
JOIN = 100
NEVER = 1_700  # of those, who had already stopped coming
LEAVING = (5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 20)  # members who come for the last time, in the months of the second year

# Year by year; where there is the last one only, those before went up and down around its first month.
CAME = (
    1590, 1605, 1620, 1650, 1655, 1690, 1700, 1735, 1760, 1790, 1815, 1840,
    1860, 1890, 1905, 1940, 1950, 1985, 2010, 2040, 2085, 2120, 2160, 2200,
    2250, 2340, 2400, 2500, 2590, 2690, 2790, 2880, 2950, 3060, 3168, 2800,
)  # fmt: skip
SPEND = (  # yuan of each who had an order
    905, 912, 918, 925, 930, 934, 940, 944, 950, 955, 958, 962,
    968, 972, 980, 985, 990, 996, 1002, 1008, 1012, 1018, 1020, 1026,
    1026, 1035, 1050, 1060, 1072, 1084, 1095, 1105, 1112, 1124, 1128, 1150,
)  # fmt: skip
ORDERS = (860, 880, 900, 900, 920, 940, 940, 960, 980, 980, 1000, 1000)
NOT_FIXED = (62, 61, 60, 61, 58, 58, 56, 55, 54, 52, 50, 45)
CAME_BACK = (9, 9, 9, 8, 9, 8, 8, 8, 7, 7, 7, 8)
COMPLAINED = (6, 5, 5, 6, 5, 4, 4, 5, 4, 3, 3, 3)
TENTHS_OF_HOURS = (352, 346, 341, 330, 326, 318, 309, 304, 297, 288, 280, 300)  # an order, on average
FREE = (212, 208, 211, 205, 204, 199, 201, 196, 195, 192, 190, 198)  # revenue that warranty pays, in thousandths
COST = (604, 601, 598, 596, 592, 590, 588, 584, 581, 578, 575, 572)  # of revenue, in thousandths
PRESENT = (4100, 4150, 4200, 4300, 4300, 4400, 4450, 4500, 4550, 4600, 4700, 4500)  # hours of technicians on duty
SOLD = (79, 80, 81, 82, 82, 84, 85, 86, 87, 88, 90, 92)  # of them sold, in hundredths
STOCK = (408, 410, 415, 418, 425, 432, 440, 452, 468, 488, 500, 520)  # thousands of yuan at the end of the month
TURNS = (84, 85, 85, 87, 88, 90, 90, 92, 93, 94, 96, 96)  # of the stock in a year, in tenths
AROUND = (-3, 1, -2, 0, 2, -1, 1, -2, 0, 2, -1, 0)  # the years before against the last one, in per cent
ANSWERS = 200
PRAISE = (92, 94, 93, 96, 97, 99, 100, 102, 103, 106, 108, 110)
BLAME = (34, 34, 32, 32, 31, 30, 30, 28, 28, 27, 26, 24)

REPAIR = "维修"
WORKS = (("保养", 52), ("钣喷", 22), ("轮胎", 26))
KINDS = (("到店", 40), ("使用 App", 45), ("参加活动", 15))
SHELVES = (("机油养护", 30), ("制动悬架", 28), ("电器电池", 24), ("车身覆盖件", 18))


@dataclass(slots=True)
class Member:
    """A member: since when, of which brand, in which month of the year they come for certain, and when for the last
    time (from 0; MONTHS: still coming; -1: had stopped before)."""

    code: str
    joined: date
    month: int
    brand: str
    due: int
    last: int


class Coming(NamedTuple):
    """A member came, used the app or took part, on a day."""

    day: date
    member: Member
    kind: str


class Order(NamedTuple):
    """A finished work order; hours in tenths, amounts in fen. `fixed` is None for anything but a repair."""

    code: str
    day: date
    member: Member
    work: str
    warranty: bool
    tenths: int
    fixed: bool | None
    again: bool
    complaint: bool
    cents: int
    parts: int
    cost: int


class Shift(NamedTuple):
    """A brand's workshops on a day: hours of technicians present and hours sold, in tenths."""

    day: date
    brand: str
    present: int
    sold: int


class Shelf(NamedTuple):
    """What lies in stock of a kind of part at the end of a month, in fen."""

    day: date
    brand: str
    part: str
    cents: int


class Answer(NamedTuple):
    """A member's answer on a day: 0 to 10."""

    day: date
    member: Member
    score: int


@dataclass(frozen=True)
class ServiceYears:
    """Everything the group has written down in its 36 months."""

    members: list[Member]
    comings: list[Coming] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    shelves: list[Shelf] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


def service_years(last_month: date) -> ServiceYears:
    """Three years up to and with the month that holds `last_month`."""
    months = months_until(last_month, MONTHS)
    books = ServiceYears(_members(chance("hengtong-holding/members"), months))
    rng = chance("hengtong-holding/months")
    for month, first in enumerate(months):
        days = days_of(first)
        here = [m for m in books.members if m.month < month and month <= m.last]
        came = _came(rng, here, month)
        books.comings.extend(_comings(rng, came, days))
        books.orders.extend(_orders(rng, came, days, month))
        books.shifts.extend(_shifts(days, month))
        books.shelves.extend(_shelves(days[-1], month))
        books.answers.extend(_answers(rng, came, days, month))
    return books


def _of(series: Sequence[int], month: int) -> int:
    """A month's figure of a series of all years, or of the last one alone."""
    since = month - (MONTHS - len(series))
    return series[since] if since >= 0 else series[0] * (100 + AROUND[month % YEAR]) // 100


# --- members --------------------------------------------------------------------------------------------------------


def _members(rng: Random, months: Sequence[date]) -> list[Member]:
    ends = [-1] * NEVER + [month for month, count in enumerate(LEAVING, YEAR) for _ in range(count)]
    ends += [MONTHS] * (ON_FILE - len(ends))
    rng.shuffle(ends)
    joined = [months[0] - timedelta(days=1 + int(rng.random() ** 1.5 * 2900)) for _ in range(ON_FILE)]
    spans = [(day, -1, last) for day, last in zip(sorted(joined), ends, strict=True)]
    for month, first in enumerate(months):
        days = days_of(first)
        spans += [(day, month, MONTHS) for day in sorted(rng.choices(days, k=JOIN))]
    brands = rng.choices([name for name, _ in BRANDS], weights=[share for _, share in BRANDS], k=len(spans))
    return [
        Member(f"M{number:05d}", day, month, brand, last % YEAR if 0 <= last < MONTHS else rng.randrange(YEAR), last)
        for number, ((day, month, last), brand) in enumerate(zip(spans, brands, strict=True), 1)
    ]


def _came(rng: Random, here: Sequence[Member], month: int) -> list[Member]:
    """As many members as are planned, those who come for certain in this month among them, in no order."""
    sure = [member for member in here if month == member.last or month % YEAR == member.due]
    others = [member for member in here if month != member.last and month % YEAR != member.due]
    came = sure + rng.sample(others, _of(CAME, month) - len(sure))
    rng.shuffle(came)
    return came


def _dated(rng: Random, days: Sequence[date], count: int) -> list[date]:
    """`count` days of a month, in order, its first and its last among them."""
    weights = [WEEKDAYS[day.weekday()] for day in days]
    return [days[0], *sorted(rng.choices(days, weights=weights, k=count - 2)), days[-1]]


def _comings(rng: Random, came: Sequence[Member], days: Sequence[date]) -> Iterator[Coming]:
    again = rng.sample(came, len(came) // 5)
    who = [*came, *again]
    rng.shuffle(who)
    kinds = rng.choices([name for name, _ in KINDS], weights=[share for _, share in KINDS], k=len(who))
    return map(Coming, _dated(rng, days, len(who)), who, kinds)


# --- work orders ----------------------------------------------------------------------------------------------------


def _orders(rng: Random, came: Sequence[Member], days: Sequence[date], month: int) -> Iterator[Order]:
    """Nine of ten members with an order have one, the others two; half of all orders are repairs."""
    count = _of(ORDERS, month)
    customers = came[: count * 9 // 10]
    who = [*customers, *rng.sample(customers, count - len(customers))]
    repairs = [True] * (count // 2) + [False] * (count - count // 2)
    rng.shuffle(who)
    rng.shuffle(repairs)
    works = [REPAIR if repair else rng.choices(*zip(*WORKS, strict=True))[0] for repair in repairs]
    mended = _marked(rng, [at for at, repair in enumerate(repairs) if repair], _of(NOT_FIXED, month))
    again = _marked(rng, [at for at, repair in enumerate(repairs) if repair], _of(CAME_BACK, month))
    complaints = _marked(rng, range(count), _of(COMPLAINED, month))
    free = _marked(rng, [at for at, repair in enumerate(repairs) if repair], count // 5)
    revenue = len(customers) * _of(SPEND, month) * 100
    cents = _amounts(rng, works, free, revenue, revenue * _of(FREE, month) // 1000)
    tenths = spread(_of(TENTHS_OF_HOURS, month) * count, [rng.randint(30, 170) for _ in range(count)])
    parts = spread(_of(STOCK, month) * 100_000 * _of(TURNS, month) // 120, [max(1, each) for each in cents])
    costs = spread(revenue * _of(COST, month) // 1000 - sum(parts), cents)
    for at, day in enumerate(_dated(rng, days, count)):
        fixed = at not in mended if repairs[at] else None
        yield Order(
            f"HT{days[0]:%y%m}-{at + 1:04d}", day, who[at], works[at], at in free, tenths[at], fixed, at in again,
            at in complaints, cents[at], parts[at], parts[at] + costs[at],
        )  # fmt: skip


def _marked(rng: Random, of: Sequence[int], count: int) -> set[int]:
    return set(rng.sample(of, count))


def _amounts(rng: Random, works: Sequence[str], free: set[int], revenue: int, covered: int) -> list[int]:
    """What each order comes to: those that warranty pays come to `covered`, all of them to `revenue`."""
    prices = {REPAIR: 1250, "保养": 720, "钣喷": 1900, "轮胎": 1400}
    worth = [int(prices[work] * 100 * rng.lognormvariate(0, 0.35)) for work in works]
    paid = [0 if at in free else each for at, each in enumerate(worth)]
    return [
        a + b
        for a, b in zip(
            spread(revenue - covered, paid),
            spread(covered, [each if at in free else 0 for at, each in enumerate(worth)]),
            strict=True,
        )
    ]


# --- what runs beside -----------------------------------------------------------------------------------------------


def _shifts(days: Sequence[date], month: int) -> Iterator[Shift]:
    places = list(itertools.product(days, BRANDS))
    weights = [WEEKDAYS[day.weekday()] * share for day, (_, share) in places]
    present = spread(_of(PRESENT, month) * 10, weights)
    sold = spread(_of(PRESENT, month) * _of(SOLD, month) // 10, weights)
    for (day, (brand, _)), there, worked in zip(places, present, sold, strict=True):
        yield Shift(day, brand, there, worked)


def _shelves(day: date, month: int) -> Iterator[Shelf]:
    places = list(itertools.product(BRANDS, SHELVES))
    worth = spread(_of(STOCK, month) * 100_000, [share * much for (_, share), (_, much) in places])
    for ((brand, _), (part, _)), cents in zip(places, worth, strict=True):
        yield Shelf(day, brand, part, cents)


def _answers(rng: Random, came: Sequence[Member], days: Sequence[date], month: int) -> Iterator[Answer]:
    """As many answers of 9 and 10, and of 0 to 6, as are planned; the others gave 7 or 8."""
    praise, blame = _of(PRAISE, month), _of(BLAME, month)
    scores = [rng.choice((9, 10)) for _ in range(praise)] + [rng.choice((2, 3, 4, 5, 6, 6)) for _ in range(blame)]
    scores += [rng.choice((7, 8)) for _ in range(ANSWERS - praise - blame)]
    rng.shuffle(scores)
    return map(Answer, _dated(rng, days, ANSWERS), rng.sample(list(came), ANSWERS), scores)

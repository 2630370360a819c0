"""Work orders: who came when, where, for what, and what it came to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from apps.demo.domain.allocate import spread
from apps.demo.domain.people import Customer, Store
from apps.demo.domain.plan import MonthPlan

WEEKDAYS = (118, 108, 104, 106, 114, 92, 58)  # Monday to Sunday: fleets and commuters come on working days
ELSEWHERE = 0.03  # of the visits in between, at another store


class Work(NamedTuple):
    """A kind of work: its share of orders at first and at last, its price in yuan, how much that varies, and the share
    of parts in percent."""

    name: str
    first: int
    last: int
    yuan: int
    varies: float
    parts: int


WORKS = (
    Work("保养", 42, 39, 780, 0.25, 55),
    Work("维修", 22, 20, 1850, 0.5, 50),
    Work("钣喷", 9, 9, 3900, 0.5, 35),
    Work("轮胎", 8, 10, 2400, 0.35, 85),
    Work("季节检测", 9, 11, 220, 0.3, 10),
    Work("美容", 10, 11, 480, 0.4, 30),
)
REPAIR = "维修"
CHANNELS = (("App 预约", 18, 36), ("电话预约", 34, 27), ("直接到店", 38, 27), ("邀约回厂", 10, 10))


class Visit(NamedTuple):
    """One work order; `month` counts from 0, amounts are in fen and `parts` is the share of `cents` that parts made.
    `fixed` says whether a repair held at the first attempt, and is None for other work."""

    order: str
    month: int
    day: date
    customer: Customer
    store: Store
    work: str
    channel: str
    fixed: bool | None
    cents: int
    parts: int


def make_visits(
    rng: Random, customers: Sequence[Customer], stores: Sequence[Store], plans: Sequence[MonthPlan]
) -> list[Visit]:
    """The work orders of all months, in order of their day: as many, and worth as much, as the plan says."""
    visits: list[Visit] = []
    for month, plan in enumerate(plans):
        came = _who_came(rng, customers, month, plan.visits)
        visits += _month_of_visits(rng, came, stores, plan, (month, len(plans)))
    return visits


def days_of(month: date) -> list[date]:
    """The days of the month that begins on `month`."""
    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return [month + timedelta(days=n) for n in range((after - month).days)]


def _who_came(rng: Random, customers: Sequence[Customer], month: int, count: int) -> list[tuple[Customer, bool]]:
    """`count` customers, each with whether they came for their yearly service: those who were due, then others."""
    due = [customer for customer in customers if customer.is_due(month)]
    active = [customer for customer in customers if customer.first <= month <= customer.last]
    often = list(itertools.accumulate(customer.often for customer in active))
    others = rng.choices(active, cum_weights=often, k=count - len(due))
    return [(customer, True) for customer in due] + [(customer, False) for customer in others]


def _month_of_visits(
    rng: Random, came: list[tuple[Customer, bool]], stores: Sequence[Store], plan: MonthPlan, at: tuple[int, int]
) -> list[Visit]:
    """The work orders of a month: `at` is its number, from 0, and how many months there are."""
    (month, _), count, days = at, len(came), days_of(plan.first_day)
    rng.shuffle(came)
    on = sorted(rng.choices(range(len(days)), weights=[WEEKDAYS[day.weekday()] for day in days], k=count))
    works = rng.choices(WORKS, weights=[_drift(work.first, work.last, at) for work in WORKS], k=count)
    channels = rng.choices(
        [name for name, _, _ in CHANNELS], weights=[_drift(a, b, at) for _, a, b in CHANNELS], k=count
    )
    places = [_place(rng, customer, due, stores) for customer, due in came]
    worth = [
        max(1, int(work.yuan * store.ticket * rng.lognormvariate(0, work.varies)))
        for work, store in zip(works, places, strict=True)
    ]
    amounts = spread(plan.cents, worth)
    prefix = f"GD{plan.first_day:%y%m}"
    held = 92 * month // (at[1] - 1)  # of a thousand repairs, more than at first
    visits, turns = [], itertools.count(month)  # steps of 0.618 spread evenly: the share of repairs that hold is steady
    for number in range(count):
        work, store, cents = works[number], places[number], amounts[number]
        fixed = next(turns) * 618 % 1000 < (store.fix - 4) * 10 + held if work.name == REPAIR else None
        parts = cents * min(100, max(0, work.parts + rng.randint(-8, 8))) // 100
        visits.append(
            Visit(
                f"{prefix}-{number + 1:05d}", month, days[on[number]], came[number][0], store, work.name,
                channels[number], fixed, cents, parts,
            )
        )  # fmt: skip
    return visits


def _drift(first: int, last: int, at: tuple[int, int]) -> int:
    """A share on its way from `first` to `last` over the months, in hundredths."""
    month, count = at
    return first * 100 + (last - first) * 100 * month // (count - 1)


def _place(rng: Random, customer: Customer, due: bool, stores: Sequence[Store]) -> Store:
    if due or len(stores) == 1 or rng.random() >= ELSEWHERE:
        return customer.store
    return rng.choice([store for store in stores if store.region == customer.store.region])

"""What follows from a work order, and what runs beside it: surveys, parts taken from stock, costs, use of the app."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate, groupby
from random import Random
from typing import NamedTuple

from apps.demo.domain.allocate import spread
from apps.demo.domain.people import Customer, Store
from apps.demo.domain.plan import MonthPlan
from apps.demo.domain.visits import Visit, days_of

ASKED = 0.14  # of the customers answer the survey after a visit
COMMENTS = (
    "",
    "",
    "",
    "服务很好",
    "等待时间有点长",
    "价格偏高",
    "技师讲解清楚",
    "希望多些优惠",
    "接待热情",
    "还没修好",
)
PARTS = {
    "保养": ("机油", "机滤", "空调滤芯", "制动液"),
    "维修": ("悬架件", "传感器", "制动片", "水泵"),
    "钣喷": ("油漆", "覆盖件"),
    "轮胎": ("轮胎",),
    "季节检测": ("防冻液", "蓄电池"),
    "美容": ("护理用品",),
}
COSTS = (("人工", 30, 41), ("房租", 1, 12), ("能耗", 15, 4), ("设备折旧", 28, 5), ("市场推广", 10, 6), ("耗材", 20, 3))
ACTIONS = (("打开", 62), ("预约", 17), ("查看报价", 13), ("积分兑换", 8))
# App users of each month since it came out.
ACTIVE = (
    3420, 3610, 3990, 4080, 4390, 4460,
    4830, 5090, 5140, 5580, 5860, 6010, 6520, 6690, 7220, 7410, 7790, 8000,
)  # fmt: skip


class Survey(NamedTuple):
    """One answer, 0 to 10, some days after a work order."""

    code: str
    visit: Visit
    day: date
    score: int
    comment: str


class Part(NamedTuple):
    """Parts taken from stock for a work order; amounts in fen."""

    code: str
    visit: Visit
    kind: str
    quantity: int
    cents: int
    cost: int


class Cost(NamedTuple):
    """What a store spent on something on a day, in fen."""

    day: date
    store: Store
    kind: str
    cents: int


class AppEvent(NamedTuple):
    """A customer did something in the app, so many seconds after midnight."""

    day: date
    second: int
    customer: Customer
    action: str


def make_surveys(rng: Random, visits: Sequence[Visit], last_day: date) -> Iterator[Survey]:
    """Answers to the survey, in order of their day; the last one comes on `last_day`."""
    asked = [visit for visit in visits if rng.random() < ASKED]
    answered = sorted((min(visit.day + timedelta(days=rng.randint(1, 3)), last_day), visit.order) for visit in asked)
    by_order = {visit.order: visit for visit in asked}
    for number, (day, order) in enumerate(answered, 1):
        visit = by_order[order]
        yield Survey(f"WJ{number:06d}", visit, day, _score(rng, visit), rng.choice(COMMENTS))


def _score(rng: Random, visit: Visit) -> int:
    """Better stores are liked more, a repair that did not hold is not, and all are a little better liked each month."""
    mean = 7.46 + (visit.store.fix - 84) / 10 + visit.month * 0.04 - (2.6 if visit.fixed is False else 0)
    return min(10, max(0, round(rng.gauss(mean, 1.7))))


def make_parts(rng: Random, visits: Sequence[Visit]) -> Iterator[Part]:
    """One or two lines of parts for each work order that used any; together exactly the parts of the order."""
    number = 0
    for visit in visits:
        if not visit.parts:
            continue
        kinds = PARTS[visit.work]
        amounts = spread(visit.parts, [70, 30]) if len(kinds) > 1 and rng.random() < 0.25 else [visit.parts]
        for kind, cents in zip(rng.sample(kinds, len(amounts)), amounts, strict=True):
            number += 1
            quantity = 4 if kind == "轮胎" and cents > 200_000 else rng.randint(1, 2)
            yield Part(f"CK{number:07d}", visit, kind, quantity, cents, cents * rng.randint(58, 74) // 100)


def make_costs(rng: Random, visits: Sequence[Visit], plans: Sequence[MonthPlan]) -> Iterator[Cost]:
    """Monthly costs of each store, in order of their day; they follow its revenue of the month, rent does not."""
    for month, of_month in groupby(visits, key=lambda visit: visit.month):
        revenue: dict[Store, int] = {}
        for visit in of_month:
            revenue[visit.store] = revenue.get(visit.store, 0) + visit.cents
        days, made = days_of(plans[month].first_day), []
        for store in sorted(revenue, key=lambda store: store.name):
            for kind, day, share in COSTS:
                base = store.size * 2_400_000 if kind == "房租" else revenue[store] * share
                on = days[min(day, len(days)) - 1] if day < 28 else days[-1]
                made.append(Cost(on, store, kind, base * rng.randint(95, 105) // 10_000))
        yield from sorted(made, key=lambda cost: cost.day)


def make_app_events(rng: Random, customers: Sequence[Customer], plans: Sequence[MonthPlan]) -> Iterator[AppEvent]:
    """What customers did in the app, in order of time; it has been out for as many months as ACTIVE has."""
    actions = [name for name, _ in ACTIONS]
    weights = list(accumulate(weight for _, weight in ACTIONS))
    for month, count in enumerate(ACTIVE, start=len(plans) - len(ACTIVE)):
        users = rng.sample([c for c in customers if c.first <= month <= c.last], count)
        users += rng.choices(users, k=count // 3)
        days = days_of(plans[month].first_day)
        events = sorted((rng.randrange(len(days)), int(rng.triangular(21_600, 86_000, 43_000))) for _ in users)
        did = rng.choices(actions, cum_weights=weights, k=len(users))
        for (day, second), customer, action in zip(events, users, did, strict=True):
            yield AppEvent(days[day], second, customer, action)

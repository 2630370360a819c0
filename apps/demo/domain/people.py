"""The stores, and the customers who come to them.

Everybody who is a customer comes at least once in any twelve months: in the month of their yearly service. Whoever
leaves is followed, twelve months after their last visit, by somebody new; so each rolling year has the same number of
customers, although they are not the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from apps.demo.domain.allocate import spread

YEAR = 12
MODELS = (("极光 A5", 30), ("极光 SUV", 26), ("远行 MPV", 14), ("星程 EV", 18), ("星程 PHEV", 12))
LEVELS = (("普通", 62), ("银卡", 22), ("金卡", 12), ("钻石", 4))
VISITS_MORE = {"普通": 60, "银卡": 110, "金卡": 190, "钻石": 290}


@dataclass(frozen=True)
class Store:
    """A store: `size` in customers and `ticket` (what an order is worth) relative to the others, `fix` in percent."""

    name: str
    region: str
    size: int
    ticket: int
    fix: int


GROUP_STORES = (
    Store("上海浦东店", "华东大区", 23, 116, 88),
    Store("杭州滨江店", "华东大区", 17, 104, 86),
    Store("广州天河店", "华南大区", 19, 101, 84),
    Store("深圳南山店", "华南大区", 16, 110, 87),
    Store("成都高新店", "西南大区", 14, 90, 81),
    Store("重庆渝北店", "西南大区", 11, 84, 78),
)
SHOP_STORES = (Store("恒通 4S 店", "本店", 1, 100, 85),)


@dataclass(slots=True)
class Customer:
    """A customer. `first` and `last` are the months (from 0) between which they come, `service` the month of the
    year (0 to 11, counted from the first one) of their yearly service; `often` is how readily they come in between."""

    code: str
    store: Store
    model: str
    level: str
    often: int
    first: int
    last: int
    service: int
    since: date | None = None

    def is_due(self, month: int) -> bool:
        """Whether they certainly come in `month`."""
        if month in (self.first, self.last):
            return True
        return self.first < month < self.last and month % YEAR == self.service


def make_customers(rng: Random, stores: Sequence[Store], *, a_year: int, months: Sequence[date]) -> list[Customer]:
    """All customers of `months` (their first days), of whom `a_year` come in each rolling year."""
    count, start = len(months), months[0]
    left = _movement(rng, a_year, count - YEAR)  # how many come for the last time in each month but the last twelve
    came = _movement(rng, a_year, YEAR)  # how many come for the first time in the first twelve
    spans = [(-1, month) for month, many in enumerate(left) for _ in range(many)]
    spans += [(month, count) for month, many in enumerate(came) for _ in range(many)]
    spans += [(-1, count)] * (a_year - len(spans))
    rng.shuffle(spans)
    spans += [(month + YEAR, count) for month, many in enumerate(left) for _ in range(many)]
    homes = _homes(rng, stores, len(spans))
    models = _drawn(rng, MODELS, len(spans))
    levels = _drawn(rng, LEVELS, len(spans))
    made = []
    for number, ((first, last), home, model, level) in enumerate(zip(spans, homes, models, levels, strict=True), 1):
        service = first % YEAR if first >= 0 else rng.randrange(YEAR)
        often = VISITS_MORE[level] * rng.randint(40, 160)
        customer = Customer(f"K{number:06d}", home, model, level, often, first, last, service)
        if first < 0:
            customer.since = start - timedelta(days=1 + int(rng.random() ** 2 * 3300))
        made.append(customer)
    return made


def _movement(rng: Random, a_year: int, months: int) -> list[int]:
    """How many come or go in each of so many months: about one in fourteen a year."""
    return spread(a_year * months // (14 * YEAR), [rng.randint(80, 120) for _ in range(months)])


def _homes(rng: Random, stores: Sequence[Store], count: int) -> list[Store]:
    sizes = spread(count, [store.size for store in stores])
    homes = [store for store, size in zip(stores, sizes, strict=True) for _ in range(size)]
    rng.shuffle(homes)
    return homes


def _drawn(rng: Random, shares: Sequence[tuple[str, int]], count: int) -> list[str]:
    return rng.choices([name for name, _ in shares], weights=[weight for _, weight in shares], k=count)

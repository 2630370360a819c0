"""The association's panel: car owners of two dealers of a town, followed for a year. The rival's come more often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from apps.demo.domain.allocate import spread

OWNERS = 400  # of each dealer
DEALERS = (("恒通 4S 店", 1_000, 1_600), ("安驰 4S 店", 1_520, 1_580))  # visits of its owners, and yuan a visit


class Stay(NamedTuple):
    """A panel owner's visit to their dealer; amount in fen."""

    code: str
    day: date
    owner: str
    dealer: str
    cents: int


def make_panel(rng: Random, year: int) -> Iterator[Stay]:
    """The visits of a year in order of their day, one on its first and one on its last day; everybody comes."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    made = [visit for at, dealer in enumerate(DEALERS) for visit in _visits(rng, "AB"[at], *dealer)]
    between = sorted(rng.choices(range((after - first).days), k=len(made) - 2))
    days = [first, *(first + timedelta(days=day) for day in between), after - timedelta(days=1)]
    rng.shuffle(made)
    for number, (day, (owner, dealer, cents)) in enumerate(zip(days, made, strict=True), 1):
        yield Stay(f"DB{year % 100}-{number:04d}", day, owner, dealer, cents)


def _visits(rng: Random, mark: str, dealer: str, visits: int, yuan: int) -> list[tuple[str, str, int]]:
    owners = [f"{mark}{number:03d}" for number in range(1, OWNERS + 1)]
    who = [*owners, *rng.choices(owners, k=visits - OWNERS)]
    amounts = spread(visits * yuan * 100, [int(10_000 * rng.lognormvariate(0, 0.6)) + 1 for _ in who])
    return [(owner, dealer, cents) for owner, cents in zip(who, amounts, strict=True)]

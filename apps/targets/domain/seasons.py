"""The shape of former cycles: on which days a total was made before, laid over the days of now.

A *cycle* is a closed stretch of days as long as the target's. Each of its days lends its weight to a day of now:

* near Spring Festival, the day as many days before or after the festival;
* else the day of the same kind (working day or not, with China's moved weekends) at the same place among them: the
  first working day to the first, the last to the last, and between them in proportion.

So a month that begins on a Saturday is not compared with one that begins on a Monday, and what is pushed into the last
working days stays there. The share due is the mean of the cycles' shares; with few cycles it is itself uncertain, which
`error` says (the standard error of that mean), and a status gives the benefit of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import isqrt, lcm

from apps.kernel.period import Calendar, Grain, Period
from apps.targets.domain.calendars import Workdays, days_of
from apps.targets.domain.shapes import ALL_DUE, NONE_DUE

LEAST_CYCLES = 2
MOST_CYCLES = 3
BEFORE_FESTIVAL, AFTER_FESTIVAL = 21, 21
"""Days around Spring Festival that follow it and not the calendar."""
MARGIN = 31
"""Days around a cycle whose values are wanted, since the festival moves by up to a month."""

_ONE = timedelta(days=1)
_GRID = 10**12


@dataclass(frozen=True)
class Stretch:
    """Days from `start` to `due`, both included."""

    start: date
    due: date

    def __len__(self) -> int:
        return (self.due - self.start).days + 1

    def days(self) -> list[date]:
        return list(days_of(self.start, self.due))


@dataclass(frozen=True)
class Cycle:
    """A closed stretch and the value of each of its days; days around it are welcome (see MARGIN)."""

    stretch: Stretch
    values: Mapping[date, Fraction]


@dataclass(frozen=True)
class Path:
    """What one cycle had made by the end of each day, and in all; the share of a day is divided when asked for."""

    made: tuple[int, ...]
    total: int

    def __getitem__(self, at: int) -> Fraction:
        return Fraction(self.made[at], self.total)


@dataclass(frozen=True)
class Seasonal:
    """The mean of what former cycles had made at the same place. `paths` has one for each cycle."""

    stretch: Stretch
    paths: tuple[Path, ...]
    cycles: tuple[Stretch, ...]

    def after(self, day: date) -> Fraction:
        if day < self.stretch.start:
            return NONE_DUE
        return ALL_DUE if day >= self.stretch.due else min(max(_mean(self.shares(day)), NONE_DUE), ALL_DUE)

    def error(self, day: date) -> Fraction:
        """The standard error of the share due after `day`: how far a mean of so few cycles may be off."""
        shares = self.shares(day)
        if len(shares) < LEAST_CYCLES:
            return Fraction(0)
        mean = _mean(shares)
        variance = sum(((share - mean) * (share - mean) for share in shares), Fraction(0)) / (len(shares) - 1)
        return _root(variance / len(shares))

    def shares(self, day: date) -> tuple[Fraction, ...]:
        """What each cycle had made at the place of `day`; nothing outside the stretch."""
        if not self.stretch.start <= day <= self.stretch.due:
            return ()
        return tuple(path[self._at(day)] for path in self.paths)

    def _at(self, day: date) -> int:
        return (day - self.stretch.start).days


def learn(stretch: Stretch, cycles: Iterable[Cycle], workdays: Workdays) -> Seasonal | None:
    """The shape of the first `MOST_CYCLES` cycles that can be used; None if those are fewer than `LEAST_CYCLES`.

    A cycle cannot be used if one of its days has no value or its total is not above 0 (shares of it mean nothing).
    """
    found: list[tuple[Stretch, Path]] = []
    for cycle in cycles:
        if len(found) == MOST_CYCLES:
            break
        path = path_of(stretch, cycle, workdays)
        if path is not None:
            found.append((cycle.stretch, path))
    if len(found) < LEAST_CYCLES:
        return None
    return Seasonal(stretch, tuple(path for _, path in found), tuple(one for one, _ in found))


def path_of(stretch: Stretch, cycle: Cycle, workdays: Workdays) -> Path | None:
    """What one cycle had made by each day's place; None if it cannot be used."""
    days, values = cycle.stretch.days(), cycle.values
    if any(day not in values for day in days):
        return None
    lent = _festival_loans(stretch, cycle.stretch, workdays)
    known = frozenset(day for day, lender in lent if lender in values)
    loans = _loans(stretch, cycle.stretch, workdays, known)
    # whole numbers: a fraction for each day of each former cycle of each store is what a league table would wait for
    whole = lcm(*(values[day].denominator for loan in loans for day in (loan.low, loan.high)))
    mixed = lcm(*(loan.steps for loan in loans))
    numbers = {day: values[day].numerator * (whole // values[day].denominator) for each in loans for day in each.days}
    weights = [
        (numbers[loan.low] * (loan.steps - loan.part) + numbers[loan.high] * loan.part) * (mixed // loan.steps)
        for loan in loans
    ]
    total = sum(weights)
    if total <= 0:
        return None
    return Path(tuple(accumulate(weights)), total)


def reaches_beyond(stretch: Stretch, former: Stretch, workdays: Workdays) -> bool:
    """Whether days around `former` lend their weight, too: those around Spring Festival, which moved since."""
    return any(not former.start <= then <= former.due for _, then in _festival_loans(stretch, former, workdays))


@dataclass(frozen=True)
class _Loan:
    """From which days of a cycle a day borrows its weight: `part` of `steps` from `high`, the rest from `low`."""

    low: date
    high: date
    part: int = 0
    steps: int = 1

    @property
    def days(self) -> tuple[date, date]:
        return self.low, self.high


@lru_cache(maxsize=1024)
def _festival_loans(stretch: Stretch, former: Stretch, workdays: Workdays) -> tuple[tuple[date, date], ...]:
    """The days near Spring Festival, each with the day as many days before or after it back then."""
    years = _years_between(stretch, former)
    near = _festival_days(stretch, workdays) if years else {}
    found = []
    for day, offset in near.items():
        festival = workdays.festival((day - timedelta(days=offset)).year - years)
        if festival is not None:
            found.append((day, festival + timedelta(days=offset)))
    return tuple(found)


@lru_cache(maxsize=1024)
def _loans(stretch: Stretch, former: Stretch, workdays: Workdays, near: frozenset[date]) -> tuple[_Loan, ...]:
    """The loan of each day of `stretch`; `near` are those that follow the festival, and whose day then has a value.

    It is the same whatever the values are, so for all members of a dimension it is worked out once.
    """
    taken = _festival_days(former, workdays) if _years_between(stretch, former) else {}
    found = {day: _Loan(then, then) for day, then in _festival_loans(stretch, former, workdays) if day in near}
    for is_working in (True, False):
        wanting = [d for d in stretch.days() if d not in near and workdays.is_working(d) is is_working]
        lending = [d for d in former.days() if d not in taken and workdays.is_working(d) is is_working]
        found |= _in_proportion(wanting, lending or former.days())
    return tuple(found[day] for day in stretch.days())


def _years_between(stretch: Stretch, former: Stretch) -> int:
    return round((stretch.start - former.start).days / 365)


def _in_proportion(wanting: Sequence[date], lending: Sequence[date]) -> dict[date, _Loan]:
    """Loans by place among days of one kind: first to first, last to last, a mixture of neighbours between."""
    last = len(lending) - 1
    steps = len(wanting) - 1 or 2
    found = {}
    for index, day in enumerate(wanting):
        low, part = divmod(index * last if len(wanting) > 1 else last, steps)
        found[day] = _Loan(lending[low], lending[min(low + 1, last)], part, steps)
    return found


def _festival_days(stretch: Stretch, workdays: Workdays) -> dict[date, int]:
    """The days of a stretch that follow Spring Festival, each with how many days after it they come."""
    found: dict[date, int] = {}
    for year in range(stretch.start.year, stretch.due.year + 1):
        festival = workdays.festival(year)
        if festival is None:
            continue
        first = max(stretch.start, festival - timedelta(days=BEFORE_FESTIVAL))
        last = min(stretch.due, festival + timedelta(days=AFTER_FESTIVAL))
        found |= {day: (day - festival).days for day in days_of(first, last)}
    return found


def candidates(calendar: Calendar, stretch: Stretch, periods: Sequence[Period]) -> tuple[list[Stretch], list[Stretch]]:
    """Former stretches to learn from: the same days of up to three years before, and the ones right before it.

    The first are better, being the same season; the second stand in where there are not two years yet, for stretches of
    up to a month. Years are shifted by whole periods of the calendar.
    """
    return (
        [found for back in range(1, MOST_CYCLES + 1) if (found := _years_back(calendar, periods, back))],
        _right_before(calendar, periods),
    )


def _years_back(calendar: Calendar, periods: Sequence[Period], years: int) -> Stretch | None:
    first, last = periods[0], periods[-1]
    a_year = {Grain.DAY: 364, Grain.WEEK: 52, Grain.MONTH: 12, Grain.QUARTER: 4, Grain.HALF: 2, Grain.YEAR: 1}
    back = -years * a_year[first.grain]
    try:
        return Stretch(calendar.shift(first, back).start, calendar.shift(last, back).end - _ONE)
    except ValueError:
        return None


def _right_before(calendar: Calendar, periods: Sequence[Period]) -> list[Stretch]:
    days = (periods[-1].end - periods[0].start).days
    if days > MARGIN:
        return []
    size = len(periods)
    found = []
    for back in range(1, MOST_CYCLES + 1):
        first = calendar.shift(periods[0], -back * size)
        found.append(Stretch(first.start, calendar.shift(first, size - 1).end - _ONE))
    return found


def with_nothing_where_closed(
    part: Sequence[tuple[date, date, Decimal]], whole: Iterable[tuple[date, date, Decimal]]
) -> list[tuple[date, date, Decimal]]:
    """The values of a part, in order, with 0 where only the whole has one: it was closed.

    Not before its first and after its last value: then it was not there yet, or is not read so far. No value at all
    says nothing.
    """
    known = {start for start, _end, _value in part}
    if not known:
        return []
    first, last = min(known), max(known)
    closed = [(start, end, Decimal(0)) for start, end, _v in whole if first < start < last and start not in known]
    return sorted([*part, *closed])


def daily(values: Iterable[tuple[date, date, Decimal]], workdays: Workdays) -> dict[date, Fraction]:
    """Values of longer periods (first day, day after the last, value) as values of days: the same for each working
    day.
    """
    found: dict[date, Fraction] = {}
    for start, end, value in values:
        if start + _ONE == end:
            found[start] = Fraction(value)
            continue
        days = list(days_of(start, end - _ONE))
        working = [day for day in days if workdays.is_working(day)] or days
        each = Fraction(value) / len(working)
        found |= dict.fromkeys(days, Fraction(0)) | dict.fromkeys(working, each)
    return found


def _mean(shares: Sequence[Fraction]) -> Fraction:
    return sum(shares, Fraction(0)) / len(shares)


def _root(square: Fraction) -> Fraction:
    """The square root to twelve places, from below; exact enough for an error that is itself an estimate."""
    if square <= 0:
        return Fraction(0)
    scaled = square * _GRID * _GRID
    return Fraction(isqrt(scaled.numerator // scaled.denominator), _GRID)

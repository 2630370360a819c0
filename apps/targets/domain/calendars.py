"""Which days people work: weekends, holidays, the working weekends that China moves, and when Spring Festival is.

Holidays come from the library `holidays`, which alone is asked here. What it cannot know yet is said (`Workdays.gaps`):
China announces the working weekends of a year only in the autumn before; a zone without a country has weekdays only.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from babel.core import get_global

from apps.kernel.issue import N_

WITH_SPRING_FESTIVAL = frozenset({"CN", "HK", "MO", "TW"})
"""Countries whose trade follows Spring Festival (春节) wherever it falls."""

MOVES_WEEKENDS = "CN"
MOVES_SINCE = 2001
NOWHERE = "ZZ"
_DAY = timedelta(days=1)
_FESTIVAL = "春节"

WEEKDAYS_ONLY = N_("Holidays are not known: Monday to Friday count as working days.")
YEAR_UNKNOWN = N_("Holidays of %(years)s are not known: Monday to Friday count as working days.")
NOT_ANNOUNCED = N_("The working weekends of %(years)s are not announced yet: holidays by law are counted only.")


@dataclass(frozen=True)
class Gap:
    """What is not known of some years: an English message (gettext) with `years` to fill in."""

    message: str
    years: tuple[int, ...]

    @property
    def params(self) -> dict[str, object]:
        return {"years": ", ".join(map(str, self.years))}


@dataclass(frozen=True)
class Workdays:
    """The working days of a country (ISO 3166, two letters), or of none: then Monday to Friday."""

    country: str = ""

    def is_working(self, day: date) -> bool:
        return day.toordinal() in _known(self.country, day.year).working

    def count(self, first: date, last: date) -> int:
        """Working days from `first` to `last`, both included; 0 where `last` lies before `first`."""
        if last < first:
            return 0
        return sum(
            _known(self.country, year).between(first.toordinal(), last.toordinal())
            for year in range(first.year, last.year + 1)
        )

    def days(self, first: date, last: date) -> Iterator[date]:
        """The working days from `first` to `last`, both included."""
        return (day for day in days_of(first, last) if self.is_working(day))

    def festival(self, year: int) -> date | None:
        """The first day of Spring Festival in `year`; None where trade does not follow it, or nobody knows."""
        return _festival(year) if self.country in WITH_SPRING_FESTIVAL else None

    def gaps(self, first: date, last: date) -> tuple[Gap, ...]:
        """What is not known of the years from `first` to `last`, in words."""
        if not self.country or not _is_known(self.country):
            return (Gap(WEEKDAYS_ONLY, ()),)
        years = range(first.year, last.year + 1)
        found = {
            YEAR_UNKNOWN: [year for year in years if not _known(self.country, year).holidays],
            NOT_ANNOUNCED: [year for year in years if _known(self.country, year).awaits],
        }
        return tuple(Gap(message, tuple(these)) for message, these in found.items() if these)


def country_of(time_zone: str) -> str:
    """The country a time zone lies in: "Asia/Shanghai" gives "CN"; "" for UTC and the like."""
    zone = get_global("zone_aliases").get(time_zone, time_zone)
    found = str(get_global("zone_territories").get(zone, ""))
    return found if len(found) == 2 and found.isalpha() and found != NOWHERE else ""


def days_of(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    return (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))


@dataclass(frozen=True)
class _Year:
    """The working days of a year as ordinals; whether its holidays are known, and its moved weekends still awaited."""

    ordered: tuple[int, ...]
    working: frozenset[int]
    holidays: bool
    awaits: bool

    def between(self, first: int, last: int) -> int:
        return bisect_right(self.ordered, last) - bisect_left(self.ordered, first)


@lru_cache(maxsize=512)
def _known(country: str, year: int) -> _Year:
    days = [date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)]
    known = _of_country(country, year)
    if known is None:
        working = [day for day in days if day.isoweekday() <= 5]
    else:
        working = [day for day in days if known.is_working_day(day)]
    ordered = tuple(day.toordinal() for day in working)
    awaits = (
        country == MOVES_WEEKENDS
        and year >= MOVES_SINCE
        and known is not None
        and not any(day.year == year for day in known.weekend_workdays)
    )
    return _Year(ordered, frozenset(ordered), known is not None, awaits)


def _of_country(country: str, year: int) -> holidays.HolidayBase | None:
    if not country or not _is_known(country):
        return None
    found = holidays.country_holidays(country, years=year, language="zh_CN" if country == MOVES_WEEKENDS else None)
    return found if found.start_year <= year <= found.end_year else None


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def _is_known(country: str) -> bool:
    return country in _countries()


@lru_cache(maxsize=256)
def _festival(year: int) -> date | None:
    known = _of_country(MOVES_WEEKENDS, year)
    named = [] if known is None else [day for day in known if day.year == year and known.get(day) == _FESTIVAL]
    return min(named, default=None)

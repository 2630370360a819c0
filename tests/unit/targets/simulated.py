"""Months that make their target exactly: heavy on weekdays, pushed at the end, with chance in every day.

The shape is found by the figures that are known of it: judged evenly by calendar days, such months look late (below 95
%) on day 3, 15 and 25 in 54, 76 and 78 of 100 cases; judged by the very shape they are drawn from, in 37, 18 and 6.
A weekend day makes 0.35 of a weekday, the last four weekdays 1.6 each, and every day varies by a factor of e^±0.25.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from apps.kernel.period import Calendar, Grain
from apps.targets.domain import judging, pace, seasons, shapes
from apps.targets.domain.calendars import Workdays, days_of
from apps.targets.domain.judging import Reading
from apps.targets.domain.kinds import Kind, Shape
from apps.targets.domain.pace import Course
from apps.targets.domain.seasons import Cycle, Stretch

WEEKEND, PUSH, PUSHED_DAYS, CHANCE = 0.35, 1.6, 4, 0.25
CALENDAR, WORKDAYS = Calendar("Etc/UTC"), Workdays()
GOAL = Decimal(100_000)
EVENLY, WORKING, LEARNT, KNOWN = "calendar days", "working days", "two cycles", "the true shape"


def drawn_from(stretch: Stretch) -> dict[date, float]:
    """What each day makes on average."""
    days = stretch.days()
    working = [day for day in days if day.isoweekday() <= 5]
    pushed = set(working[-PUSHED_DAYS:])
    return {day: (PUSH if day in pushed else 1.0) if day.isoweekday() <= 5 else WEEKEND for day in days}


def a_month(stretch: Stretch, random: Random) -> dict[date, Fraction]:
    """One month as it might go, in whole units."""
    return {
        day: Fraction(round(1000 * mean * random.lognormvariate(0, CHANCE)))
        for day, mean in drawn_from(stretch).items()
    }


def month_of(year: int, month: int) -> Stretch:
    period = CALENDAR.period_of(date(year, month, 1), Grain.MONTH)
    return Stretch(period.start, period.end - timedelta(days=1))


def courses(stretch: Stretch, random: Random) -> dict[str, Course]:
    """The same target laid out four ways; two former years are drawn for the learnt one."""
    bare = pace.course(
        CALENDAR, grain=Grain.MONTH, baseline=None, goal=GOAL, start=stretch.start, due=stretch.due, kind=Kind.FLOW
    )
    former = [month_of(stretch.start.year - back, stretch.start.month) for back in (1, 2)]
    learnt = seasons.learn(stretch, [Cycle(each, a_month(each, random)) for each in former], WORKDAYS)
    mean = {day: Fraction(value).limit_denominator(1000) for day, value in drawn_from(stretch).items()}
    true = seasons.Seasonal(stretch, (tuple(shares_of(mean, stretch)),), ())
    spreads = {
        EVENLY: (Shape.CALENDAR_DAYS, shapes.CalendarDays(stretch.start, stretch.due)),
        WORKING: (Shape.WORKING_DAYS, shapes.WorkingDays(stretch.start, stretch.due, WORKDAYS)),
        LEARNT: (Shape.SEASONAL, learnt),
        KNOWN: (Shape.SEASONAL, true),
    }
    return {name: _with(bare, shape, spread) for name, (shape, spread) in spreads.items()}


def _with(course: Course, shape: Shape, spread: object) -> Course:
    return Course(course.baseline, course.goal, course.before, course.periods, Kind.FLOW, shape, spread=spread)


def shares_of(values: dict[date, Fraction], stretch: Stretch) -> list[Fraction]:
    total, made, found = sum(values.values()), Fraction(0), []
    for day in stretch.days():
        made += values[day]
        found.append(made / total)
    return found


def alarms(
    *, months: int, days: tuple[int, ...], seed: int, ending_at: Fraction = Fraction(1)
) -> dict[tuple[str, int], Fraction]:
    """In how many of some simulated months each way of laying out a target says "behind" on each day.

    The months end at `ending_at` of the goal: at 1 every alarm is a false one, below it a right one.
    """
    random, raised = Random(seed), dict[tuple[str, int], int]()
    for _ in range(months):
        stretch = month_of(random.randrange(2010, 2030), random.randrange(1, 13))
        shares = shares_of(a_month(stretch, random), stretch)
        for name, course in courses(stretch, random).items():
            for day in days:
                at = list(days_of(stretch.start, stretch.due))[day - 1]
                value = Fraction(GOAL) * shares[day - 1] * ending_at
                reading = Reading(pace.as_decimal(value), course.first, at, judging.Basis.DAYS)
                behind = judging.judge(course, reading).status in (pace.Status.WARN, pace.Status.BAD)
                raised[name, day] = raised.get((name, day), 0) + behind
    return {key: Fraction(count, months) for key, count in raised.items()}

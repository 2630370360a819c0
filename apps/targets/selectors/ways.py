"""How much of a way is due by a day where a target in force lays it over the time by a shape of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from apps.kernel.period import Grain
from apps.targets.domain.kinds import WITH_A_WAY, Shape
from apps.targets.domain.pace import Course
from apps.targets.models import Target
from apps.targets.selectors.finding import in_force
from apps.targets.selectors.reading import course_of, judge, look_back, setting
from apps.targets.selectors.values import series_for

Scope = tuple[UUID, str, str, str]
"""A metric's id, a kind of period, a dimension and a member (both "" for its total)."""
OF_ITS_OWN = (Shape.SEASONAL, Shape.MILESTONES, Shape.WORKING_DAYS, Shape.STEPS)
"""Shapes that somebody chose; the others are even, as everything is where no target says otherwise."""
LEAST_BACK = 2
_DAY = timedelta(days=1)


def shares_due(scopes: Collection[Scope], start: date, due: date, on: date) -> dict[Scope, tuple[Fraction, Shape]]:
    """The share of the way from `start` to `due` that is due at the end of `on`, with the shape that says so; of places
    whose target in force has a shape of its own and lies over all of these days.

    One query; up to nine more for each grain and dimension whose shape is learnt from former years.
    """
    rows = in_force().filter(
        metric_id__in={scope[0] for scope in scopes}, pace__in=OF_ITS_OWN, kind__in=WITH_A_WAY,
        start__lte=start, due__gte=due,
    )  # fmt: skip
    named = {_scope(row): row for row in rows}
    wanted = [named[scope] for scope in scopes if scope in named]
    courses = _learnt([row for row in wanted if row.pace == Shape.SEASONAL])
    found = {}
    for row in wanted:
        share = _within(courses.get(row.pk) or course_of(row), start, due, on)
        if share is not None:
            found[_scope(row)] = (share, Shape(row.pace))
    return found


def _learnt(rows: list[Target]) -> dict[UUID, Course]:
    """The courses of targets with what former years say, as far as they can be learnt."""
    alike: dict[tuple[str, str], list[Target]] = defaultdict(list)
    for row in rows:
        alike[row.grain, row.dimension].append(row)
    found: dict[UUID, Course] = {}
    for (grain, _dimension), these in alike.items():
        series = series_for(these, Grain(grain), look_back(these, setting(), LEAST_BACK))
        found |= {pk: each.course for pk, each in judge(these, series).items()}
    return found


def _within(course: Course, start: date, due: date, on: date) -> Fraction | None:
    """The share of what is due from the first to the last of these days that is due by `on`; None if nothing is."""
    before = course.share_after(start - _DAY)
    whole = course.share_after(due) - before
    if whole <= 0:
        return None
    return min(max((course.share_after(on) - before) / whole, Fraction(0)), Fraction(1))


def _scope(row: Target) -> Scope:
    return row.metric_id, row.grain, row.dimension, row.member

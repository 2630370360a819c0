"""What targets are judged by: values up to which day, laid over which shape. A fixed number of queries for many
targets.

A level is judged by its newest closed period. A flow adds up its periods; of the one that still runs it takes the
value so far, which counts up to the newest day that has a value of its own, or, for metrics that are not read by day,
to the day before it was computed. What former cycles made by each day is read from values of days, for times of up to a
hundred days, else from those of the target's periods.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from django.utils.timezone import now

from apps.kernel.period import Calendar, Grain, Span
from apps.metrics import selectors as metrics
from apps.metrics.domain import values
from apps.metrics.selectors import Point, Series
from apps.targets.domain import adding, coverage, judging, pace, seasons, shapes
from apps.targets.domain.calendars import Workdays, country_of
from apps.targets.domain.judging import Basis, Reading, Standing
from apps.targets.domain.kinds import Kind, Shape
from apps.targets.domain.pace import Course
from apps.targets.domain.seasons import Cycle, Seasonal, Stretch
from apps.targets.domain.shapes import Spread
from apps.targets.models import Target
from apps.targets.selectors.values import Place
from apps.workspaces.scope import current_workspace

BY_DAY = 100
"""A cycle of up to so many days is learnt from values of days; a longer one from those of its periods."""
_DAY = timedelta(days=1)

_Told = tuple[date, date, Decimal]


class _Reach(NamedTuple):
    """To which day values of days reach, what today has so far, and to which day those of others reach that are
    further."""

    day: date
    so_far: Decimal | None
    others: date | None = None


@dataclass(frozen=True)
class Setting:
    """Today, and how the company cuts and counts its days."""

    calendar: Calendar
    today: date
    workdays: Workdays


def setting() -> Setting:
    """The calendar of the workspace, its day, and the working days of the country its time zone lies in. No query."""
    calendar = current_workspace().calendar
    return Setting(calendar, calendar.today(now()), Workdays(country_of(calendar.time_zone)))


@dataclass(frozen=True)
class Judged:
    """A target's course, how things stand, and the stored value that says so (the newest, where several add up)."""

    course: Course
    standing: Standing
    point: Point | None


def judge(rows: Sequence[Target], found: Mapping[UUID, Series], *, with_record: bool = False) -> dict[UUID, Judged]:
    """How the series of many targets (by target id) stand, by target id.

    No query for levels and limits. Where there are flows, one for each dimension (two for members, whose days without
    a value are told from days without data by the total's, and two more where any end before it); where their shape is
    learnt from former cycles (or, `with_record`, their projection is to say how far it may be off), up to four more for
    each grain and dimension.
    """
    told = setting()
    rows = [row for row in rows if row.pk in found]
    courses = {row.pk: _bare(row, found[row.pk], told) for row in rows}
    reached = _days_reached([row for row in rows if row.kind == Kind.FLOW], courses, found, told)
    past = _past([row for row in rows if _wants_past(row, with_record)], courses, found, told)
    answer = {}
    for row in rows:
        series = found[row.pk]
        course = _spread(row, courses[row.pk], past.get(row.pk), told)
        point = judged_by(series, course)
        reading = _reading(course, series, point, reached.get(row.pk), told)
        standing = judging.judge(course, reading, today=told.today, workdays=told.workdays, calendar=told.calendar)
        answer[row.pk] = Judged(course, standing, _behind(course, series, reading, point))
    return answer


def _behind(course: Course, series: Series, reading: Reading | None, point: Point | None) -> Point | None:
    """The stored value a standing rests on: of a flow the newest that was added up."""
    if course.kind is not Kind.FLOW:
        return point
    return next((each for each in series.points if reading and each.period == reading.period), None)


def course_of(target: Target, *, up: bool = True) -> Course:
    """The course of a target, without what former cycles say: a learnt shape is spread over working days. No query."""
    told = setting()
    return _spread(target, _laid(target, told, up=up), None, told)


def judged_by(series: Series, course: Course) -> Point | None:
    """The newest value of an ended period, but of none after the target's last: what happens later changes nothing."""
    ended = [point for point in series.points if point.value is not None and not point.is_open]
    in_time = [point for point in ended if point.period <= course.last]
    return (in_time or [None])[-1]


def _bare(row: Target, series: Series, told: Setting) -> Course:
    return _laid(row, told, up=series.metric.direction == "up")


def _laid(row: Target, told: Setting, *, up: bool) -> Course:
    course = pace.course(
        told.calendar, grain=Grain(row.grain), baseline=row.baseline, goal=row.goal, start=row.start, due=row.due,
        kind=Kind(row.kind),
    )  # fmt: skip
    limits = {"low": row.low, "high": row.high, "tolerance": row.tolerance}
    return replace(course, shape=Shape(row.pace), up=up, **limits)


def _spread(row: Target, course: Course, record: Seasonal | None, told: Setting) -> Course:
    """The course with the shape that was agreed, or that stands in for one that cannot be learnt yet."""
    if not course.has_way:
        return course
    return replace(course, spread=_shape(row, course, record, told), record=record)


def _shape(row: Target, course: Course, record: Seasonal | None, told: Setting) -> Spread | None:
    """How the way is spread; None where it is one step at the end of each period."""
    start, due = course.start, course.due
    if course.shape is Shape.CALENDAR_DAYS:
        return shapes.CalendarDays(start, due)
    if course.shape is Shape.STEPS:
        return shapes.Steps(shapes.update_days(told.calendar, start, due))
    if course.shape is Shape.WORKING_DAYS or (course.shape is Shape.SEASONAL and record is None):
        return shapes.WorkingDays(start, due, told.workdays)
    if course.shape is Shape.SEASONAL:
        return record
    if course.shape is not Shape.MILESTONES or course.goal is None:
        return None
    begin = Fraction(0) if course.kind is Kind.FLOW or course.baseline is None else Fraction(course.baseline)
    agreed = [(date.fromisoformat(day), Fraction(value)) for day, value in row.milestones]
    return shapes.milestones(due, begin, Fraction(course.goal), agreed) if begin != course.goal else None


def _reading(
    course: Course, series: Series, point: Point | None, reached: _Reach | None, told: Setting
) -> Reading | None:
    if course.kind is Kind.FLOW:
        return _total(course, series, reached, told)
    if point is None or point.value is None:
        return None
    former = point.former_value if point.state == values.RESTATED else None
    as_of = point.period.end - _DAY
    return Reading(point.value, point.period, as_of, Basis.CLOSED, former, point.numerator, point.denominator)


def _total(course: Course, series: Series, reached: _Reach | None, told: Setting) -> Reading | None:
    """What a flow has made so far. A period without a value ends it: what comes after a gap is no total."""
    by_period = {point.period: point for point in series.points if point.value is not None}
    made: list[Point] = []
    for period in course.periods:
        if period not in by_period:
            break
        made.append(by_period[period])
    if made and _holds_today_only(made[-1], reached, told):
        made.pop()
    if not made:
        return _before(course, series, told)
    value = sum((Decimal(point.value) for point in made), Decimal(0))
    former = [point for point in made if point.state == values.RESTATED and point.former_value is not None]
    newest = made[-1]
    as_of, basis = newest.period.end - _DAY, Basis.CLOSED
    if newest.state in values.UNSETTLED:
        as_of, basis = _reaches_to(newest, reached, told)
        if newest.is_open and reached and reached.so_far is not None and told.today in newest.period:
            value -= reached.so_far
    before = value + sum((point.former_value - point.value for point in former), Decimal(0)) if former else None
    behind = reached.others if reached is not None and basis is Basis.DAYS else None
    return Reading(value, newest.period, as_of, basis, before, others=behind)


def _holds_today_only(newest: Point, reached: _Reach | None, told: Setting) -> bool:
    """Whether the running period has nothing but what today, which is not over, has made so far."""
    if not newest.is_open or reached is None or reached.so_far is None:
        return False
    return told.today in newest.period and reached.day < newest.period.start


def _before(course: Course, series: Series, told: Setting) -> Reading | None:
    """Nothing of its time has a value: no data, or, where it is still to begin, the newest value from before."""
    if told.today > course.start:
        return None
    earlier = [p for p in series.points if p.value is not None and not p.is_open and p.period < course.first]
    if not earlier:
        return None
    return Reading(earlier[-1].value, earlier[-1].period, earlier[-1].period.end - _DAY)


def _reaches_to(point: Point, reached: _Reach | None, told: Setting) -> tuple[date, Basis]:
    """Up to which day an unsettled value counts."""
    last = point.period.end - _DAY
    if reached is not None and reached.day >= point.period.start:
        return min(reached.day, last), Basis.DAYS
    if not point.is_open:
        return last, Basis.CLOSED
    computed = told.calendar.today(point.computed_at)
    return max(min(computed, told.today - _DAY, last), point.period.start), Basis.RUNNING


def _days_reached(
    rows: Sequence[Target], courses: Mapping[UUID, Course], found: Mapping[UUID, Series], told: Setting
) -> dict[UUID, _Reach]:
    """To which day the values of flows reach, of those whose metric is read by day; by target id."""
    answer: dict[UUID, _Reach] = {}
    for dimension, alike in _by_dimension(rows).items():
        since = min(courses[row.pk].start for row in alike)
        ids, members = {row.metric_id for row in alike}, {_place(row)[1] for row in alike}
        reached = metrics.newest_days(ids, since, told.today, dimension, members)
        closable = _closable(alike, dimension, found)
        whole = metrics.newest_days(closable, since, told.today) if closable else {}
        own = {place: _Reach(*told_of) for place, told_of in reached.items()}
        own |= _with_closed_days(own, {pk: day for (pk, _none), (day, _so_far) in whole.items()}, dimension)
        for row in alike:
            if Grain.DAY in found[row.pk].metric.grains and _place(row) in own:
                answer[row.pk] = own[_place(row)]
    return answer


def _closable(rows: Iterable[Target], dimension: str, found: Mapping[UUID, Series]) -> set[UUID]:
    """The metrics of which a member that has no value on a day, where the total has one, made nothing that day."""
    members = [row for row in rows if dimension]
    return {row.metric_id for row in members if adding.empty_is_nothing(found[row.pk].metric.definition)}


def _with_closed_days(own: Mapping[Place, _Reach], whole: Mapping[UUID, date], dimension: str) -> dict[Place, _Reach]:
    """How far the values of members reach that end before the total's: past the days on which they are usually closed,
    and no further. Two queries, where there are any."""
    late = {
        (metric_id, member): reach
        for (metric_id, member), reach in own.items()
        if member and metric_id in whole and reach.day < whole[metric_id]
    }
    if not late:
        return {}
    ids, members = {pk for pk, _member in late}, {member for _pk, member in late}
    first = min(reach.day for reach in late.values()) - timedelta(weeks=coverage.WEEKS)
    span = [Span(first, max(whole.values()) + _DAY)]
    had = metrics.values_within(ids, Grain.DAY, span, dimension, members)
    all_had = {pk: _days(told) for (pk, _none), told in metrics.values_within(ids, Grain.DAY, span).items()}
    answer = {}
    for place, reach in late.items():
        others, day = whole[place[0]], reach.day
        if others - day <= timedelta(days=judging.LATE_DAYS):
            day = coverage.reaches_to(day, others, had=_days(had.get(place, [])), all_had=all_had.get(place[0], set()))
        answer[place] = _Reach(day, reach.so_far, others if day < others else None)
    return answer


def _days(told: Iterable[_Told]) -> set[date]:
    return {start for start, _end, _value in told}


def _wants_past(row: Target, with_record: bool) -> bool:
    return row.kind == Kind.FLOW and (with_record or row.pace == Shape.SEASONAL)


def _past(
    rows: Sequence[Target], courses: Mapping[UUID, Course], found: Mapping[UUID, Series], told: Setting
) -> dict[UUID, Seasonal | None]:
    """What former cycles of flows say, by target id."""
    answer: dict[UUID, Seasonal | None] = {}
    for dimension, alike in _by_dimension(rows).items():
        by_grain: dict[Grain, list[Target]] = defaultdict(list)
        for row in alike:
            by_grain[_learnt_by(courses[row.pk], found[row.pk])].append(row)
        for grain, these in by_grain.items():
            learn = _Learner(grain, dimension, courses, told, _closable(these, dimension, found))
            answer |= learn.all(these)
    return answer


@dataclass
class _Learner:
    """What former cycles of targets of one grain and dimension say."""

    grain: Grain
    dimension: str
    courses: Mapping[UUID, Course]
    told: Setting
    closable: set[UUID]
    known: dict[Place, list[_Told]] = field(default_factory=lambda: defaultdict(list))
    whole: dict[Place, list[_Told]] = field(default_factory=lambda: defaultdict(list))

    def all(self, rows: Sequence[Target]) -> dict[UUID, Seasonal | None]:
        """From the same days of former years; of those without two such, from the days right before.

        Two queries; two more where a member without a value made nothing.
        """
        wanted = {row.pk: _former_stretches(self.courses[row.pk], self.told) for row in rows}
        self._read(rows, {pk: years for pk, (years, _before) in wanted.items()})
        answer = {row.pk: self._learn(row, wanted[row.pk][0]) for row in rows}
        others = [row for row in rows if answer[row.pk] is None]
        self._read(others, {row.pk: wanted[row.pk][1] for row in others})
        for row in others:
            years, right_before = wanted[row.pk]
            answer[row.pk] = self._learn(row, years) or self._learn(row, right_before)
        return answer

    def _read(self, rows: Sequence[Target], stretches: Mapping[UUID, Sequence[Stretch]]) -> None:
        spans = sorted({self._span(row, each) for row in rows for each in stretches[row.pk]})
        ids, members = {row.metric_id for row in rows}, {_place(row)[1] for row in rows}
        for place, days in metrics.values_within(ids, self.grain, spans, self.dimension, members).items():
            self.known[place] += days
        if self.closable:
            for place, days in metrics.values_within(self.closable & ids, self.grain, spans).items():
                self.whole[place] += days

    def _span(self, row: Target, former: Stretch) -> Span:
        """The days a former stretch is read for: itself, and as far around it as Spring Festival was then, or as
        it takes to know that somebody was there."""
        around = row.metric_id in self.closable
        around = around or seasons.reaches_beyond(self._stretch(row), former, self.told.workdays)
        margin = timedelta(days=seasons.MARGIN if around else 0)
        return Span(former.start - margin, former.due + _DAY + margin)

    def _learn(self, row: Target, stretches: Sequence[Stretch]) -> Seasonal | None:
        days = self._days(_place(row), row.metric_id in self.closable)
        cycles = [Cycle(each, days) for each in stretches]
        return seasons.learn(self._stretch(row), cycles, self.told.workdays)

    def _days(self, place: Place, closable: bool) -> dict[date, Fraction]:
        own = sorted(set(self.known.get(place, [])))
        if closable:
            own = seasons.with_nothing_where_closed(own, sorted(set(self.whole.get((place[0], ""), []))))
        return seasons.daily(own, self.told.workdays)

    def _stretch(self, row: Target) -> Stretch:
        return Stretch(self.courses[row.pk].start, self.courses[row.pk].due)


def _former_stretches(course: Course, told: Setting) -> tuple[list[Stretch], list[Stretch]]:
    years, right_before = seasons.candidates(told.calendar, Stretch(course.start, course.due), course.periods)
    return years, [each for each in right_before if each.due < told.today]


def _learnt_by(course: Course, series: Series) -> Grain:
    days = (course.due - course.start).days + 1
    return Grain.DAY if Grain.DAY in series.metric.grains and days <= BY_DAY else series.grain


def _by_dimension(rows: Iterable[Target]) -> dict[str, list[Target]]:
    found: dict[str, list[Target]] = defaultdict(list)
    for row in rows:
        if row.numbers is not None:
            found[row.numbers[0]].append(row)
    return found


def _place(row: Target) -> Place:
    return row.metric_id, row.numbers[1] if row.numbers else row.member


def look_back(rows: Iterable[Target], told: Setting, least: int) -> int:
    """How many of the newest periods are read, so that none of a flow or of what is over is missing. No query."""
    longest = [
        len(told.calendar.between(row.start, told.today, Grain(row.grain)))
        for row in rows
        if row.start <= told.today and (row.kind == Kind.FLOW or row.due < told.today)
    ]
    return max([least, *longest])

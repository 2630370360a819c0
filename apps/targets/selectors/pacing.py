"""Where metrics should be today: all targets of one member, one target by day, and the members of a dimension as a
league.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q, QuerySet

from apps.evidence import selectors as forecasts
from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Grain, Span
from apps.metrics import selectors as metrics
from apps.metrics.selectors import Ahead, MetricView, Point, Series
from apps.targets.domain import adding, judging, league
from apps.targets.domain.calendars import Gap, days_of
from apps.targets.domain.judging import Basis, Reading, Standing
from apps.targets.domain.kinds import Kind, Shape, State
from apps.targets.domain.league import Entry, Ranked
from apps.targets.domain.pace import Course
from apps.targets.models import Target
from apps.targets.selectors.cascading import TEAMS, part_name
from apps.targets.selectors.reading import judge, judged_by, look_back, setting
from apps.targets.selectors.values import series_for

LOOK_BACK = 26
A_WEEK = timedelta(days=7)
JUST_OVER = timedelta(days=92)
"""So long after its end a target that no other followed is still shown: how it ended is what people come for."""


@dataclass(frozen=True)
class Paced:
    """A target with its metric, how it stands, what is expected when it is due, and what is not known of its days."""

    target: Target
    metric: MetricView
    standing: Standing
    point: Point | None
    series: Series
    ahead: Ahead | None = None
    gaps: tuple[Gap, ...] = ()

    @property
    def course(self) -> Course:
        return self.standing.course


@dataclass(frozen=True, order=True)
class Place:
    """For whom a target is: a member of a dimension, or a team by its id, called so; all empty: everything."""

    dimension: str = ""
    member: str = ""
    team: str = ""
    name: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """The same as one word of an address."""
        return f"{TEAMS}={self.team}" if self.team else f"{self.dimension}:{self.member}"


def place_of(target: Target) -> Place:
    """For whom a target is."""
    return Place(target.dimension, target.member, str(target.team_id or ""), part_name(target))


def in_force_on(day: date) -> QuerySet[Target]:
    """The targets that counted on `day` and whose time it lies in, or was over not long before with no other following.

    One of each scope, the one that counted then, with its team. What was withdrawn by then, or replaced, is not
    there; nor are those of teams that have no numbers of their own.
    """
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
    held = Q(valid_until__isnull=True) | Q(valid_until__gt=day)
    standing = Q(status=State.IN_FORCE, due__gte=day - JUST_OVER) | Q(
        status=State.ENDED, ended_at__date__gt=day, due__gte=day
    )
    valued = Q(team=None) | ~Q(team__dimension="")
    rows = Target.objects.filter(begun, held, standing, valued, start__lte=day).select_related("team")
    scope = ("metric_id", "grain", "dimension", "member", "team_id")
    return rows.order_by(*scope, "set_at", "pk").distinct(*scope)


def places(day: date, owner: UUID | None = None) -> list[Place]:
    """Everything, and every member and team that has a target on `day`: first those of which `owner` answers for one.
    One query.
    """
    found: dict[Place, bool] = defaultdict(bool)
    for dimension, member, team_id, name, owner_id in in_force_on(day).values_list(
        "dimension", "member", "team_id", "team__name", "owner_id"
    ):
        place = Place(dimension, member, str(team_id or ""), name or member)
        found[place] |= owner is not None and owner_id == owner and place != Place()
    return sorted(found, key=lambda place: (not found[place], place.dimension, bool(place.team), place.name))


def past_dues(place: Place, today: date, most: int = 12) -> list[date]:
    """The last days of targets of this place that were still in force when they were over, newest first. One query."""
    rows = Target.objects.filter(
        Q(status=State.IN_FORCE) | Q(status=State.ENDED, ended_at__date__gt=F("due")),
        **_scope_of(place), due__lt=today,
    )  # fmt: skip
    return list(rows.order_by("-due").values_list("due", flat=True).distinct()[:most])


def _scope_of(place: Place) -> dict[str, str | None]:
    return {"dimension": place.dimension, "member": place.member, "team_id": place.team or None}


def paced(place: Place, day: date) -> list[Paced]:
    """All targets of one place on `day`, those in most trouble first.

    One query, and for each grain: four, one more where there are flows, and up to four for what former cycles say.
    """
    by_grain: dict[str, list[Target]] = defaultdict(list)
    for row in in_force_on(day).filter(**_scope_of(place)):
        by_grain[row.grain].append(row)
    found = [each for grain, rows in by_grain.items() for each in _paced_alike(Grain(grain), rows)]
    return sorted(found, key=_trouble_first)


def paced_one(target_id: UUID) -> Paced:
    """One target, in force or not, with its standing. A fixed number of queries; NotHere if there is none."""
    row = Target.objects.filter(pk=target_id).select_related("team").first()
    found = _paced_alike(Grain(row.grain), [row]) if row else []
    if not found:
        raise NotHere(N_("There is no such target."))
    return found[0]


def _paced_alike(grain: Grain, rows: Sequence[Target]) -> list[Paced]:
    """Targets of one grain whose values are those of members of one dimension, or totals."""
    told = setting()
    ids, back = [row.metric_id for row in rows], look_back(rows, told, LOOK_BACK)
    series = series_for(rows, grain, back)
    judged = judge(rows, series, with_record=True)
    dimension = next((row.numbers[0] for row in rows if row.numbers), "")
    coming = forecasts.member_forecasts(ids, grain, dimension)
    return [
        Paced(
            row, series[row.pk].metric, judged[row.pk].standing, judged[row.pk].point, series[row.pk],
            _ahead(row, series[row.pk], coming), _gaps(judged[row.pk].course),
        )
        for row in rows
        if row.pk in judged
    ]  # fmt: skip


def _ahead(target: Target, series: Series, coming: Mapping) -> Ahead | None:
    if target.numbers is None:
        return None
    found = forecasts.ahead_of(coming.get((target.metric_id, target.numbers[1])), series)
    return next((each for each in found if target.due in each.period), None)


def _gaps(course: Course) -> tuple[Gap, ...]:
    """What is not known of the working days a target's line, or what it still needs, is reckoned by."""
    by_days = course.kind is Kind.FLOW or course.shape is Shape.WORKING_DAYS
    return setting().workdays.gaps(course.start, course.due) if by_days and course.has_way else ()


def _trouble_first(each: Paced) -> tuple[int, str]:
    order = ["bad", "warn", "good", "none"]
    return order.index(each.standing.status), each.metric.name.casefold()


def paced_here(series: Series) -> Paced | None:
    """How a series as it is shown stands against the target in force for it; None without one.

    One query, and for a total one to three more.
    """
    row = (
        in_force_on(setting().today)
        .filter(metric_id=series.metric.id, grain=series.grain, dimension=series.dimension, member=series.member)
        .filter(team=None)
        .first()
    )
    if row is None:
        return None
    judged = judge([row], {row.pk: series}, with_record=True)[row.pk]
    return Paced(row, series.metric, judged.standing, judged.point, series, None, _gaps(judged.course))


def days_made(paced: Paced) -> dict[date, Decimal]:
    """What a flow had made by the end of each day, up to the day its value counts to; empty where no days are known.

    One query.
    """
    course, as_of, numbers = paced.course, paced.standing.as_of, paced.target.numbers
    if numbers is None or course.kind is not Kind.FLOW or Grain.DAY not in paced.metric.grains:
        return {}
    if as_of is None or as_of < course.start:
        return {}
    span = Span(course.start, min(as_of, course.due) + timedelta(days=1))
    dimension, member = numbers
    place = (paced.target.metric_id, member)
    known = metrics.values_within([paced.target.metric_id], Grain.DAY, [span], dimension, {member})
    days = {start: value for start, _end, value in known.get(place, [])}
    closable = bool(dimension and days) and adding.empty_is_nothing(paced.metric.definition)
    made, total = {}, Decimal(0)
    for day in days_of(span.start, span.end - timedelta(days=1)):
        if day in days or closable:
            total += days.get(day, Decimal(0))
            made[day] = total
    return made


# The league


@dataclass(frozen=True)
class Choice:
    """A league there is: a metric's targets by one grain for the members of a dimension, or for `teams` named by
    members of it."""

    metric_id: UUID
    grain: Grain
    dimension: str
    members: int
    teams: bool = False


@dataclass(frozen=True)
class Placed:
    """A line of the league."""

    ranked: Ranked
    paced: Paced


def leagues(day: date) -> list[Choice]:
    """Every metric and dimension of which two members, or two teams named by members, have a target on `day`, the
    largest first. One query.
    """
    found: dict[tuple[UUID, str, str, bool], int] = defaultdict(int)
    for row in in_force_on(day).exclude(dimension="", team=None):
        found[row.metric_id, row.grain, row.numbers[0] if row.numbers else "", row.team_id is not None] += 1
    chosen = [Choice(key[0], Grain(key[1]), key[2], count, key[3]) for key, count in found.items() if count > 1]
    return sorted(chosen, key=lambda each: (each.teams, -each.members, each.dimension, str(each.metric_id)))


def league_of(choice: Choice, day: date) -> list[Placed]:
    """The members or teams ranked by attainment, and how their ranks moved: since the period before, or, within one, in
    a week. At most thirteen queries, however many members.
    """
    rows = in_force_on(day).filter(metric_id=choice.metric_id, grain=choice.grain)
    if choice.teams:
        rows = rows.filter(team__dimension=choice.dimension)
    else:
        rows = rows.filter(dimension=choice.dimension, team=None)
    found = list(rows)
    paced = _paced_alike(choice.grain, found) if found else []
    by_key = {_key_of(each): each for each in paced}
    earlier = _earlier(paced)
    entries = [
        Entry(
            part_name(each.target),
            each.standing.attainment if each.standing.grey is None else None,
            earlier.get(key),
            _counted(each),
            key,
        )
        for key, each in by_key.items()
    ]
    return [Placed(each, by_key[each.entry.key]) for each in league.table(entries)]


def _key_of(each: Paced) -> str:
    """Teams below different ones may be called the same."""
    return str(each.target.pk)


def _counted(each: Paced) -> int | None:
    """How many things are behind a value; None where that says nothing: typed values and what is made of others."""
    if each.metric.kind in ("manual", "formula", "score") or each.point is None:
        return None
    if each.course.kind is not Kind.FLOW:
        return each.point.n
    return sum(point.n for point in each.series.points if point.period in each.course.periods)


def _earlier(paced: Sequence[Paced]) -> dict[str, Decimal | None]:
    """The attainment of each some time ago: a week where days are known, else a period."""
    by_day = [each for each in paced if each.standing.basis is Basis.DAYS]
    others = {_key_of(each): _one_period_ago(each) for each in paced if each.standing.basis is not Basis.DAYS}
    return others | _a_week_ago(by_day)


def _one_period_ago(each: Paced) -> Decimal | None:
    if each.point is None or each.point.value is None or each.standing.value is None:
        return None
    points = tuple(point for point in each.series.points if point.period < each.point.period)
    point = judged_by(replace(each.series, points=points), each.course)
    if point is None or point.value is None or each.standing.basis is Basis.RUNNING:
        return None
    value = each.standing.value - each.point.value if each.course.kind is Kind.FLOW else point.value
    return judging.attained(each.course, Reading(value, point.period, point.period.end - timedelta(days=1)))


def _a_week_ago(flows: Sequence[Paced]) -> dict[str, Decimal | None]:
    """What each total was a week before the day it counts to now: less what the days since then have added."""
    by_day = [
        each
        for each in flows
        if each.standing.basis is Basis.DAYS and each.standing.as_of and each.standing.period and each.standing.value
    ]
    if not by_day:
        return {}
    newest = max(each.standing.as_of for each in by_day if each.standing.as_of)
    oldest = min(each.standing.as_of for each in by_day if each.standing.as_of) - A_WEEK
    span = Span(oldest, newest + timedelta(days=1))
    ids = {each.target.metric_id for each in by_day}
    known = metrics.values_within(ids, Grain.DAY, [span], by_day[0].series.dimension)
    return {_key_of(each): _then(each, known.get((each.target.metric_id, each.series.member), [])) for each in by_day}


def _then(each: Paced, days: Sequence[tuple[date, date, Decimal]]) -> Decimal | None:
    standing = each.standing
    if standing.as_of is None or standing.value is None or standing.period is None:
        return None
    then = standing.as_of - A_WEEK
    if then < each.course.start:
        return None
    since = sum((value for start, _end, value in days if then < start <= standing.as_of), Decimal(0))
    return judging.attained(each.course, Reading(standing.value - since, standing.period, then, Basis.DAYS))

"""Where a metric should be today, in words and as a chart: expected, ahead or behind, where it ends, what is still
needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from babel import Locale
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts import selectors as accounts
from apps.common import charts, formats, pieces
from apps.kernel.period import Grain, Period
from apps.metrics.presentation import axis_label, style_of
from apps.metrics.selectors import Beside, Mark, MetricView, Series
from apps.metrics.selectors import Point as MetricPoint
from apps.metrics.selectors.beside import Reader
from apps.targets import presentation as paces
from apps.targets.domain.calendars import country_of, days_of
from apps.targets.domain.judging import Basis, Grey, Standing
from apps.targets.domain.kinds import SHAPE_WORDS, Kind, Shape
from apps.targets.domain.pace import Status, as_decimal
from apps.targets.domain.projection import Needed, Projection
from apps.targets.domain.seasons import Seasonal, Stretch
from apps.targets.models import Target
from apps.targets.selectors.pacing import Paced, paced_here
from apps.workspaces.scope import current_workspace

ON_METRIC = "targets/_on_metric.html"
"""What this room shows on a metric's own page."""


@dataclass(frozen=True)
class Line:
    """One fact: what it is, its figure, and a remark; `tone` where it is good or bad."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Card:
    """Everything the progress page says of one target."""

    name: str
    url: str
    metric_url: str
    figure: str
    counts: str
    periods: str
    goal: pieces.Goal
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    owner: str = ""


def card(each: Paced, currency: str) -> Card:
    """A target as the progress page shows it."""
    style, standing = style_of(each.metric.unit, currency), each.standing
    return Card(
        name=each.metric.name,
        url=reverse("targets:pace", args=[each.target.pk]),
        metric_url=reverse("metrics:detail", args=[each.metric.key]) + f"?grain={each.target.grain}",
        figure=style.full(standing.value) if standing.value is not None else formats.DASH,
        counts=counts_words(standing),
        periods=paces.periods_words(each.course),
        goal=replace(paces.goal_piece(each, currency), ahead=""),
        lines=tuple(lines(each, style)),
        notes=tuple(notes(each, style)),
        owner=each.target.owner_name,
    )


def beside_metric(series: Series, reader: Reader) -> Beside | None:
    """How a metric stands against its target, and the line through all that was ever agreed, for its own page.

    Two queries; for a total one to three more.
    """
    if not reader.may("targets.view"):
        return None
    line, each = paces.line_beside(series), paced_here(series)
    if each is None:
        return line
    shown = card(each, current_workspace().currency)
    return replace(line or Beside(), template=ON_METRIC, context={"card": shown})


def lines(each: Paced, style: formats.Style) -> Iterator[Line]:
    """The facts of a standing, the most useful first."""
    standing = each.standing
    if standing.expected is not None and standing.started and not standing.over and standing.as_of is not None:
        yield _difference(standing, each.metric, style)
    yield from _where_it_ends(each, style)
    if standing.needed is not None and standing.started:
        yield from _needed(standing, standing.needed, style)
    if standing.interval is not None:
        low, high = (style.full(bound) for bound in standing.interval)
        yield Line(_("Where the true share lies"), _("%(low)s to %(high)s") % {"low": low, "high": high})
    if standing.former is not None:
        tone = str(standing.former.status)
        yield Line(_("Before a correction"), style.full(standing.former.value), _status_alone(tone), tone)


def _difference(standing: Standing, metric: MetricView, style: formats.Style) -> Line:
    """How far a value is ahead of what is due or behind it: that is, better or worse."""
    gap = (standing.value or Decimal(0)) - (standing.expected or Decimal(0))
    due = _("due %(value)s by %(day)s") % {"value": style.full(standing.expected), "day": formats.day(standing.as_of)}
    if gap == 0:
        return Line(_("Exactly where it should be"), style.full(standing.value), due)
    better = (gap > 0) == (metric.direction == "up")
    tone = "bad" if not better and standing.status is Status.BAD else ""
    return Line(_("Ahead by") if better else _("Behind by"), style.full(abs(gap)), due, tone)


def _where_it_ends(each: Paced, style: formats.Style) -> Iterator[Line]:
    projection = each.standing.projection
    if projection is not None and each.standing.started:
        yield Line(_("Where it ends if it goes on so"), style.full(projection.value), range_words(projection, style))
    elif each.ahead is not None and each.course.kind is Kind.LEVEL and not each.standing.over:
        told = {"low": style.full(each.ahead.low), "high": style.full(each.ahead.high)}
        label = _("Forecast for %(period)s") % {"period": formats.period(each.ahead.period)}
        yield Line(label, style.full(each.ahead.value), _("%(low)s to %(high)s") % told)


def range_words(projection: Projection, style: formats.Style) -> str:
    """The range of a projection; "" where former cycles do not say how far one may be off."""
    if projection.low is None or projection.high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": style.full(projection.low), "high": style.full(projection.high)}


def _needed(standing: Standing, needed: Needed, style: formats.Style) -> Iterator[Line]:
    if standing.reached or needed.each is None:
        return
    course = standing.course
    if course.kind is Kind.FLOW and not course.up:
        if needed.left < 0:
            yield Line(_("Spent beyond it"), style.full(-needed.left), tone="bad")
            return
        label = _("May still be spent on each working day left")
    elif course.kind is Kind.FLOW:
        label = _("Needed on each working day left")
    else:
        label = _("Needed in each period left")
    yield Line(label, style.full(needed.each), steps_words(needed, course.first.grain))


def steps_words(needed: Needed, grain: Grain) -> str:
    """How many days or periods are left."""
    if needed.by_day:
        return ngettext("%(n)s working day left", "%(n)s working days left", needed.steps) % {"n": needed.steps}
    return _("%(span)s left") % {"span": paces.span_words(grain, needed.steps)}


def counts_words(standing: Standing) -> str:
    """Which time a value is of: this is what the status rests on."""
    if standing.value is None or standing.period is None or standing.as_of is None:
        return ""
    told = {"day": formats.day(standing.as_of), "period": formats.period(standing.period)}
    if standing.basis is Basis.DAYS:
        return _("counts to %(day)s") % told
    if standing.basis is Basis.RUNNING:
        return _("so far in %(period)s, taken as of %(day)s") % told
    if standing.course.kind is Kind.FLOW:
        return _("to the end of %(period)s") % told
    return _("of %(period)s, the newest that is over") % told


def notes(each: Paced, style: formats.Style) -> Iterator[str]:
    """What has to be known to read the figures rightly."""
    yield from values_words(each)
    yield from grey_words(each.standing)
    if each.standing.others is not None and each.standing.as_of is not None:
        told = {"day": formats.day(each.standing.as_of), "others": formats.day(each.standing.others)}
        words = _("There are no values since %(day)s; others have theirs to %(others)s. It is judged up to %(day)s.")
        yield words % told
    yield from shape_words(each)
    projection = each.standing.projection
    if projection is not None and projection.cycles:
        yield ngettext(
            "The range is how far off such a projection would have been in %(n)s former cycle.",
            "The range is how far off such projections would have been in %(n)s former cycles.",
            projection.cycles,
        ) % {"n": projection.cycles}
    yield from country_words(each)
    yield from (_(gap.message) % gap.params for gap in each.gaps)


def values_words(each: Paced) -> Iterator[str]:
    """Whose values a team's target is judged by, or why there are none."""
    team = each.target.team
    if team is None:
        return
    told = {"team": team.name, "dimension": team.dimension, "member": team.member, "metric": each.metric.name}
    if each.target.numbers is None:
        yield _("“%(team)s” has no numbers of its own. Its page says whose numbers they are.") % told
    elif team.dimension not in each.metric.dimensions:
        yield _("“%(metric)s” is not split by %(dimension)s, so there are no numbers of “%(team)s”.") % told
    else:
        yield _("The numbers of “%(team)s” are those where %(dimension)s is “%(member)s”.") % told


def former_numbers(target: Target) -> str:
    """That a team's numbers were another member's once, and what that means for its past; "" otherwise. One query."""
    team = target.team
    change = accounts.numbers_changed(team.pk) if team is not None and target.numbers is not None else None
    if team is None or change is None or change.after is None:
        return ""
    told = {"team": team.name, "day": formats.day(change.on), "before": change.before, "now": change.after}
    words = _(
        "Until %(day)s the numbers of “%(team)s” were those of %(before)s. Its past is read from %(now)s now, too."
    )
    return words % told


def country_words(each: Paced) -> Iterator[str]:
    """Whose working days count, where the line or what is still needed goes by them."""
    country = country_of(current_workspace().time_zone)
    if country and (each.course.kind is Kind.FLOW or each.course.shape is Shape.WORKING_DAYS):
        name = Locale.parse(formats.locale_of()).territories.get(country, country)
        yield _("Working days are those of %(country)s, as the company's time zone says.") % {"country": name}


def grey_words(standing: Standing) -> Iterator[str]:
    """Why there is no status, and what would bring one."""
    words = {
        Grey.NO_DATA: _("Nothing uploaded has a value for this time yet. It stays without a status until it has."),
        Grey.TOO_EARLY: _("In the first fifth of the time chance is larger than any lead, so no status is given."),
        Grey.STALE: _("The newest value is too old to say how it stands. Upload what has come since."),
        Grey.TOO_FEW: _("So few things were counted that the share says nothing yet."),
        Grey.UNDEFINED: _("The value cannot be computed, so it cannot be compared."),
    }
    if standing.grey in words:
        yield words[standing.grey]


def shape_words(each: Paced) -> Iterator[str]:
    """How the way is laid over the time, and from which cycles it was learnt."""
    course = each.course
    if not course.has_way:
        return
    if course.shape is not Shape.SEASONAL:
        yield _(SHAPE_WORDS[course.shape])
    elif isinstance(course.spread, Seasonal):
        told = formats.listed(stretch_words(one) for one in course.spread.cycles)
        yield _("Laid over the days as they went in %(cycles)s.") % {"cycles": told}
    else:
        yield _("Two former cycles with a value for every day are needed to learn their shape.")
        yield _("Until then it is laid evenly over working days.")


def stretch_words(stretch: Stretch) -> str:
    """Days as people call them: "Nov 2025", else from one day to another."""
    calendar = current_workspace().calendar
    for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.WEEK):
        period = calendar.period_of(stretch.start, grain)
        if (period.start, period.end) == (stretch.start, stretch.due + timedelta(days=1)):
            return formats.period(period)
    return f"{formats.day(stretch.start)} – {formats.day(stretch.due)}"


def _status_alone(tone: str) -> str:
    words = {"good": _("On track"), "warn": _("Slightly behind"), "bad": _("Off track")}
    return words.get(tone, _("No status"))


def chart(
    each: Paced, made: Mapping[date, Decimal], currency: str, happened: Iterable[Mark] = ()
) -> charts.Trend | None:
    """The way that was agreed and how far it was gone: day by day where the days are known, else by period; with what
    `happened` meanwhile as marks."""
    style, course = style_of(each.metric.unit, currency), each.course
    title = _("%(name)s: made, and what is due") % {"name": each.metric.name}
    if course.kind is Kind.FLOW and made:
        points = _marked(_by_day(each, made), [(day, day) for day in days_of(course.start, course.due)], happened)
        return charts.Trend("pace", title, points, style, head=_("Day"))
    if course.kind is Kind.FLOW:
        points = _marked(_by_period(each), [_span(period) for period in course.periods], happened)
        return charts.Trend("pace", title, points, style, head=_("Period"))
    points = _marked(_levels(each), [_span(period) for period in _periods_drawn(each)], happened)
    return charts.Trend("pace", title, points, style, head=_("Period")) if len(points) > 1 else None


def _span(period: Period) -> tuple[date, date]:
    return period.start, period.end - timedelta(days=1)


def _marked(
    points: list[charts.Point], spans: Iterable[tuple[date, date]], happened: Iterable[Mark]
) -> list[charts.Point]:
    """The points with the signs of what happened in their time; `spans` are first and last day of each."""
    marks = list(happened)
    return [
        replace(point, mark=" ".join(mark.text for mark in marks if first <= mark.day <= last))
        for point, (first, last) in zip(points, spans, strict=True)
    ]


def _by_day(each: Paced, made: Mapping[date, Decimal]) -> list[charts.Point]:
    course, standing = each.course, each.standing
    points = []
    for day in days_of(course.start, course.due):
        point = charts.Point(
            label=str(day.day) if course.start.month == course.due.month else f"{day.month}/{day.day}",
            name=formats.day(day),
            actual=made.get(day),
            target=as_decimal(course.expected_after(day)),
        )
        points.append(_with_end(point, day, standing))
    return points


def _with_end(point: charts.Point, day: date, standing: Standing) -> charts.Point:
    """The dotted line from the newest value, which the chart joins it to, to where it ends."""
    projection = standing.projection
    if projection is None or standing.value is None:
        return point
    if standing.as_of is not None and day > standing.as_of:
        low, high = projection.low, projection.high
        return replace(
            point,
            ahead=_between(standing.value, projection.value, day, standing),
            low=None if low is None else _between(standing.value, low, day, standing),
            high=None if high is None else _between(standing.value, high, day, standing),
        )
    return point


def _between(now: Decimal, end: Decimal, day: date, standing: Standing) -> Decimal:
    """On the way from the newest value to an end, as the line that is due goes."""
    assert standing.as_of is not None  # noqa: S101
    begun = standing.course.share_after(standing.as_of)
    share = (standing.course.share_after(day) - begun) / (1 - begun) if begun < 1 else begun
    return now + (end - now) * as_decimal(share)


def _by_period(each: Paced) -> list[charts.Point]:
    """A total by the ends of its periods, added up, and from there to where it ends."""
    values = {point.period: point for point in each.series.points if point.value is not None}
    points, total, whole = [], Decimal(0), True
    for period in each.course.periods:
        found = values.get(period)
        whole = whole and found is not None
        if whole and found is not None and found.value is not None:
            total += found.value
        point = charts.Point(
            label=axis_label(period), name=formats.period(period), actual=total if whole else None,
            target=as_decimal(each.course.expected_at(period)), open=bool(found and found.is_open),
        )  # fmt: skip
        points.append(_with_end(point, _last_day_of(period, each.standing), each.standing))
    return points


def _last_day_of(period: Period, standing: Standing) -> date:
    """The day a period's point stands for: its last, or, of the newest, the day it counts to."""
    last = period.end - timedelta(days=1)
    return standing.as_of if standing.as_of is not None and standing.as_of in period else last


def _levels(each: Paced) -> list[charts.Point]:
    path, values = paces.path_of(each.course), _values_drawn(each)
    ahead = {each.ahead.period: each.ahead} if each.ahead else {}
    return [
        charts.Point(
            label=axis_label(period), name=formats.period(period),
            actual=values[period].value if period in values else None, target=path.get(period),
            open=period in values and values[period].is_open,
            ahead=ahead[period].value if period in ahead else None,
            low=ahead[period].low if period in ahead else None,
            high=ahead[period].high if period in ahead else None,
        )
        for period in _periods_drawn(each)
    ]  # fmt: skip


def _values_drawn(each: Paced) -> dict[Period, MetricPoint]:
    return {p.period: p for p in each.series.points if not p.is_immature and p.period <= each.course.last}


def _periods_drawn(each: Paced) -> list[Period]:
    """The periods of the path, and those with a value from its first on."""
    path = paces.path_of(each.course)
    first = min(path, default=each.course.first)
    return sorted({*path, *(period for period in _values_drawn(each) if period >= first)})

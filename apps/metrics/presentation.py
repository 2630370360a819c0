"""From values to finished page pieces: how a metric's figures are written, charted and laid out as a tree.

The one door of this room besides services, selectors and domain: pages of higher rooms show metrics by it too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.services import Offered
from apps.common import charts, formats, pieces
from apps.datasets.services import User
from apps.kernel.issue import N_
from apps.kernel.period import Grain, Period
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import FormulaDefinition, Unit
from apps.metrics.domain.fields import SPLIT_ROLES
from apps.metrics.domain.words import formula_in_words
from apps.metrics.models import MetricValue
from apps.metrics.selectors import (
    Ahead,
    Break,
    Mark,
    MetricView,
    NodeView,
    Point,
    Series,
    VersionView,
    breaks_of,
    built_on,
    every_member,
    known,
    metrics,
)

GRAIN_WORDS = {
    "day": N_("Day"),
    "week": N_("Week"),
    "month": N_("Month"),
    "quarter": N_("Quarter"),
    "half": N_("Half-year"),
    "year": N_("Year"),
}


@dataclass(frozen=True)
class Marks:
    """What a higher room knows about a node: its status against a target, and that target as text."""

    tone: str
    status: str
    target: str = ""


def style_of(unit: Unit, currency: str) -> formats.Style:
    """How values of `unit` are written in a company that counts in `currency` (an ISO code)."""
    if unit.kind == "percent":
        return formats.Style(formats.Kind.PERCENT, max(unit.decimals, 1))
    if unit.kind == "currency":
        return formats.Style(formats.Kind.MONEY, unit.decimals, formats.symbol(currency))
    return formats.Style(formats.Kind.NUMBER, unit.decimals)


def state_word(state: str) -> str:
    """A state in the reader's language; nothing for a final value, which needs no word."""
    return "" if state == MetricValue.State.FINAL else str(MetricValue.State(state).label)


def state_name(state: str) -> str:
    """A state in the reader's language, "Final" included."""
    return str(MetricValue.State(state).label)


def dimension_word(known: Known, dimension: str) -> str:
    """What the company's own files call a dimension; its key where no file names it any more."""
    for dataset in known.datasets.values():
        column = dataset.columns.get(dimension)
        if column and column.role in SPLIT_ROLES and column.label:
            return column.label
    return dimension


def numbers_offered() -> list[Offered]:
    """Whose numbers a team's own can be: every dimension by what the company calls it. Four queries at most."""
    found = every_member()
    known_things = known() if found else None
    return [
        Offered(dimension, dimension_word(known_things, dimension), tuple(members))
        for dimension, members in found.items()
        if known_things is not None
    ]


def builders_of(dataset: Any) -> list[User]:
    """The metrics that are built on a data set, with their pages. Four queries at most."""
    return [User(view.name, reverse("metrics:detail", args=[view.key])) for view in built_on(dataset.key)]


def formula_in_names(metric: MetricView) -> str:
    """A formula with the names of the metrics in place of their keys; "" for other kinds. One query."""
    if not isinstance(metric.definition, FormulaDefinition):
        return ""
    names = {view.key: view.name for view in metrics(archived=True)}
    return formula_in_words(metric.definition.expression, names, get_language())


def axis_label(period: Period) -> str:
    """A period where there is little room: its short name, with the year at the turn of the year."""
    if period.grain in (Grain.MONTH, Grain.WEEK, Grain.QUARTER) and period.key.endswith(("-01", "-W01", "-Q1")):
        return formats.period(period)
    return formats.period(period, short=True)


def breaks_in(versions: Iterable[VersionView], drawn: Series) -> list[Break]:
    """Where the definition changed since the first period that is drawn, oldest first. No query.

    A change after the last of them is marked at the last: from then on people read the series otherwise.
    """
    if not drawn.points:
        return []
    first, last = drawn.points[0].period, drawn.points[-1].period
    found = [each for each in breaks_of(versions, drawn.grain) if each.period >= first]
    return [replace(each, period=min(each.period, last)) for each in found]


def trend_of(
    series: Series,
    *,
    key: str,
    title: str,
    currency: str,
    path: Mapping[Period, Decimal] | None = None,
    breaks: Iterable[Break] = (),
    former: Mapping[Period, Decimal | None] | None = None,
    former_name: str = "",
    ahead: Iterable[Ahead] = (),
    marks: Iterable[Mark] = (),
    bands: Sequence[charts.Band] = (),
) -> charts.Trend:
    """A series as a chart, with the path to its target where there is one. The running period is drawn as open; a value
    that can still rise because its time is not over is not drawn at all: the line would fall for no reason.

    `breaks` are marked where the definition changed; `former` is what the figures were under the version before.
    `ahead` is what it is expected to become (from after the last ended period on), `marks` what happened meanwhile.
    """
    actual = {point.period: point for point in series.points if not point.is_immature}
    coming = {each.period: each for each in ahead}
    periods = sorted({*actual, *(path or {}), *coming})
    signs = _signs(periods, breaks, marks)
    points = [
        _chart_point(period, actual.get(period), (path or {}).get(period), (former or {}).get(period), signs)
        for period in periods
    ]
    points = [_looking_ahead(point, coming.get(period)) for point, period in zip(points, periods, strict=True)]
    return charts.Trend(
        key=key,
        title=title,
        head=grain_word(series.grain),
        style=style_of(series.metric.unit, currency),
        points=points,
        bands=bands,
        other_name=former_name if any(point.other is not None for point in points) else "",
    )


def _signs(periods: Sequence[Period], breaks: Iterable[Break], marks: Iterable[Mark]) -> dict[Period, str]:
    """What to write at the vertical line through a period: new versions first, then what happened in it."""
    found: dict[Period, list[str]] = {each.period: [f"v{each.number}"] for each in breaks}
    for mark in marks:
        period = next((each for each in periods if each.start <= mark.day < each.end), None)
        if period is not None:
            found.setdefault(period, []).append(mark.text)
    return {period: " ".join(texts) for period, texts in found.items()}


def _looking_ahead(point: charts.Point, ahead: Ahead | None) -> charts.Point:
    return replace(point, ahead=ahead.value, low=ahead.low, high=ahead.high) if ahead else point


def _chart_point(
    period: Period,
    point: Point | None,
    target: Decimal | None,
    former: Decimal | None = None,
    marks: Mapping[Period, str] | None = None,
) -> charts.Point:
    return charts.Point(
        other=former,
        mark=(marks or {}).get(period, ""),
        label=axis_label(period),
        name=formats.period(period),
        actual=point.value if point else None,
        target=target,
        open=bool(point and point.is_open),
    )


def grain_word(grain: str) -> str:
    """A grain in the reader's language."""
    return _(GRAIN_WORDS[str(grain)])


def bars_of(
    points: Sequence[Point], metric: MetricView, *, key: str, title: str, head: str, currency: str
) -> charts.Bars:
    """A breakdown as bars, the largest first; members without a value at the end."""
    ranked = sorted(points, key=lambda point: (point.value is None, -(point.value or 0), point.member))
    bars = [charts.Bar(point.member or _("(empty)"), point.value) for point in ranked]
    return charts.Bars(key=key, title=title, head=head, style=style_of(metric.unit, currency), bars=bars)


def node_piece(
    node: NodeView,
    *,
    currency: str,
    href: Callable[[NodeView], str],
    marks: Mapping[UUID, Marks] | None = None,
    open_depth: int = 2,
    more: Callable[[NodeView], Mapping[str, Any]] | None = None,
) -> pieces.Node:
    """A branch of the tree as page pieces. `marks` by metric id; branches below `open_depth` start folded; `more` is
    what a higher room says of a node, by field, and stands before what is said here."""
    style, known = style_of(node.unit, currency), (marks or {}).get(node.metric_id)
    point = node.latest or node.open
    told: dict[str, Any] = {
        "key": str(node.id),
        "name": node.name,
        "href": href(node),
        "value": style.short(point.value) if point else formats.DASH,
        "unit": node.metric.suffix if point else "",
        "missing": point is None,
        "tone": known.tone if known else "none",
        "status": known.status if known else "",
        "target": known.target if known else "",
        "state": state_word(point.state) if point else _("No data"),
        "series": node.spark,
        "operator": node.shape,
        "influence": node.link == "influence",
        "star": node.depth == 0,
        "warning": _("Something is wrong with its data") if node.metric.warnings else "",
        "certified": _("Certified") if node.metric.certified else "",
        "open": node.depth < open_depth,
        "kids": tuple(
            node_piece(child, currency=currency, href=href, marks=marks, open_depth=open_depth, more=more)
            for child in node.children
        ),
    }
    return pieces.Node(**(told | dict(more(node)) if more else told))

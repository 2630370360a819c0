"""Read everything the home page shows, in a fixed number of queries whatever the size of the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from apps.datasets import selectors as datasets
from apps.datasets.selectors import Freshness
from apps.drivers import selectors as drivers
from apps.drivers.selectors import Telling, Woods
from apps.evidence.selectors import ForecastView, forecast_of
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.domain.definition import RatioDefinition, trailing_of
from apps.metrics.selectors import MetricView, NodeView, NorthStarView, Series, VersionView
from apps.targets import selectors as targets
from apps.targets.selectors import Held
from apps.work import selectors as work

YEAR_OF = {Grain.DAY: 365, Grain.WEEK: 52, Grain.MONTH: 12, Grain.QUARTER: 4, Grain.HALF: 2, Grain.YEAR: 1}
SHOWN = {Grain.DAY: 120, Grain.WEEK: 60, Grain.MONTH: 36, Grain.QUARTER: 20, Grain.HALF: 14, Grain.YEAR: 10}
"""Newest periods that are read for the home page's chart."""


@dataclass(frozen=True)
class Steps:
    """The first steps of a company, each done or not, in their order."""

    data: bool
    north_star: bool
    tree: bool
    target: bool

    @property
    def all_done(self) -> bool:
        return self.data and self.north_star and self.tree and self.target


@dataclass(frozen=True)
class Home:
    """What the home page shows. Without a North Star only `steps` and `freshness` say anything."""

    steps: Steps
    freshness: list[Freshness]
    held: list[Held]
    working: int
    north_star: NorthStarView | None = None
    series: Series | None = None
    root: NodeView | None = None
    versions: Sequence[VersionView] = ()
    forecast: ForecastView | None = None
    said: Telling | None = None

    @property
    def goal(self) -> Held | None:
        """The North Star's own target."""
        return next((one for one in self.held if _is_its_target(one, self.north_star)), None)

    @property
    def marks(self) -> dict[UUID, Held]:
        """Targets of totals read by the North Star's grain, by metric."""
        grain = self.north_star.grain if self.north_star else None
        return {
            one.metric.id: one
            for one in self.held
            if one.target.grain == grain and not one.target.dimension and one.target.team_id is None
        }

    @property
    def others(self) -> list[Held]:
        """Every other target."""
        return [one for one in self.held if one is not self.goal]


@dataclass(frozen=True)
class Stand:
    """What the home page depends on: while all of this is the same, so is the page."""

    edition: str
    freshness: list[Freshness]
    working: int


def stand() -> Stand:
    """What the home page depends on now. Three queries, whatever the size of the tree."""
    return Stand(metrics.edition(), datasets.freshness(), work.unfinished())


def home(stand: Stand) -> Home:
    """The home page of the current workspace: twelve queries, and two more for each further grain that has targets.

    One more where the North Star's definition has changed: the chart marks since when."""
    chosen = metrics.north_star()
    fresh = stand.freshness
    held = targets.targets(parts=False)
    every = metrics.metrics(archived=True) if chosen else []
    root = metrics.tree(chosen.grain, views=every) if chosen else None
    series = metrics.series(chosen.metric, chosen.grain, last=SHOWN[chosen.grain]) if chosen else None
    goal = next((one for one in held if _is_its_target(one, chosen)), None)
    return Home(
        steps=Steps(
            data=any(one.rows for one in fresh),
            north_star=chosen is not None,
            tree=bool(root and root.children),
            target=any(_is_its_target(one, chosen) for one in held),
        ),
        freshness=fresh,
        held=held,
        working=stand.working,
        north_star=chosen,
        series=series,
        root=root,
        forecast=forecast_of(chosen.metric.id, chosen.grain) if chosen else None,
        versions=metrics.history_of(chosen.metric) if chosen and chosen.metric.version_number > 1 else (),
        said=_said(series, drivers.woods_of(root, every), goal) if series else None,
    )


def _said(series: Series, found: Woods, goal: Held | None) -> Telling | None:
    """Why the North Star moved. Four queries, and one more for a score."""
    ended = [point.period for point in series.points if point.value is not None and not point.is_open]
    return drivers.telling(
        series.metric,
        grain=series.grain,
        found=found,
        ended=ended,
        held=goal,
        look_for_target=False,
    )


def _is_its_target(held: Held, chosen: NorthStarView | None) -> bool:
    target = held.target
    told = (target.metric_id, target.grain, target.dimension, target.team_id)
    return chosen is not None and told == (chosen.metric.id, chosen.grain, "", None)


def added_a_year(metric: MetricView, grain: Grain, series: Series, baseline: Decimal) -> Decimal | None:
    """What the change since `baseline` is worth in a year: (value - baseline) x denominator.

    Only for a ratio in the company's currency whose window is a year, such as revenue per customer and year; None for
    anything else, and without a value.
    """
    latest = series.latest
    if not isinstance(metric.definition, RatioDefinition) or metric.unit.kind != "currency":
        return None
    if trailing_of(metric.definition) != YEAR_OF[grain] or latest is None or latest.value is None:
        return None
    return None if latest.denominator is None else (latest.value - baseline) * latest.denominator

"""What selectors hand out: finished, frozen views of stored rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import get_language

from apps.datasets.selectors import warnings_in_words
from apps.kernel.issue import Issue
from apps.kernel.period import Grain, Period
from apps.metrics.domain import values
from apps.metrics.domain.behind import Look
from apps.metrics.domain.definition import Definition, Unit
from apps.metrics.models import ManualValue, MetricVersion


@dataclass(frozen=True)
class Certification:
    """Somebody vouches for a version of a metric."""

    number: int
    by: str
    at: datetime
    note: str


def certification_of(version: MetricVersion) -> Certification | None:
    """Who vouches for a version; None if nobody does."""
    if version.certified_at is None:
        return None
    return Certification(version.number, version.certified_by_name, version.certified_at, version.certification_note)


@dataclass(frozen=True)
class MetricView:
    """A metric with its current definition. `name` is in the language it was asked for.

    `certified` is the certification of the current version. Without one, `lapsed_from` is the number of the version
    whose certification lapsed when another one was published; None if none ever was. `warnings` say what is wrong with
    the data behind it.
    """

    id: UUID
    key: str
    name: str
    definition: Definition
    version_number: int
    version_id: UUID
    owner_id: UUID | None
    owner_name: str
    is_computed: bool
    computed_at: datetime | None
    problems: tuple[Issue, ...]
    archived: bool
    certified: Certification | None = None
    lapsed_from: int | None = None
    warnings: tuple[Issue, ...] = ()

    @property
    def data_warnings(self) -> list[str]:
        """What is wrong with the data behind it, in the reader's language."""
        return warnings_in_words(self.warnings)

    @property
    def next_number(self) -> int:
        """The number that the next version will have."""
        return self.version_number + 1

    @property
    def kind(self) -> str:
        return self.definition.kind

    @property
    def unit(self) -> Unit:
        return self.definition.unit

    @property
    def suffix(self) -> str:
        """The unit's suffix in the active language ("/ year"), or nothing."""
        return self.unit.suffix.text(get_language()) if self.unit.suffix else ""

    @property
    def direction(self) -> str:
        return self.definition.direction

    @property
    def grains(self) -> tuple[Grain, ...]:
        return self.definition.grains

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.definition.split_names

    @property
    def description(self) -> str:
        return self.definition.description.text(get_language()) if self.definition.description else ""


@dataclass(frozen=True)
class Point:
    """A value of one period. `state` is as of today; `value` is None where it is "no_data" or "undefined"."""

    id: int
    period: Period
    member: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int
    state: str
    reason: str
    former_value: Decimal | None
    version_number: int
    computed_at: datetime

    @property
    def is_open(self) -> bool:
        return self.state == values.OPEN

    @property
    def is_immature(self) -> bool:
        """Whether it can still rise because what it looks for has not all happened: not low, and nothing to draw."""
        return self.is_open and bool(self.reason)


@dataclass(frozen=True)
class Series:
    """The values of a metric over time, oldest first."""

    metric: MetricView
    grain: Grain
    dimension: str
    member: str
    points: tuple[Point, ...]

    @property
    def latest(self) -> Point | None:
        """The newest value of a period that has ended."""
        return next((p for p in reversed(self.points) if p.value is not None and not p.is_open), None)

    @property
    def previous(self) -> Point | None:
        """The value of the period right before the latest one; None where that has none."""
        if self.latest is None:
            return None
        at = self.points.index(self.latest)
        before = self.points[at - 1] if at else None
        return before if before and before.period.end == self.latest.period.start and before.value is not None else None

    @property
    def open(self) -> Point | None:
        """The value so far of the period that is still running."""
        return next((p for p in reversed(self.points) if p.is_open and p.value is not None), None)


@dataclass(frozen=True)
class Latest:
    """The newest value of a period that has ended, the one right before it, and that of the running period."""

    point: Point | None
    previous: Point | None
    open: Point | None


@dataclass(frozen=True)
class NodeView:
    """A node of the tree with what is shown on it.

    `operator` is the sign before it among the parent's formula children: × ÷ + −, "ƒ" for any other formula, "" for
    the first of its sum or product and for influences. `shape` is the sign for the whole branch under it ("×", "+",
    "−", "÷", "ƒ", or "~" where there are influences only). `stale` says that the parent's formula no longer names it.
    """

    id: UUID
    parent_id: UUID | None
    position: int
    depth: int
    metric: MetricView
    link: str
    operator: str
    shape: str
    stale: bool
    has_grain: bool
    latest: Point | None
    previous: Point | None
    open: Point | None
    spark: tuple[Decimal | None, ...]
    missing_factors: tuple[str, ...]
    children: tuple[NodeView, ...] = ()

    @property
    def metric_id(self) -> UUID:
        return self.metric.id

    @property
    def key(self) -> str:
        return self.metric.key

    @property
    def name(self) -> str:
        return self.metric.name

    @property
    def unit(self) -> Unit:
        return self.metric.unit

    @property
    def direction(self) -> str:
        return self.metric.direction

    def walk(self) -> Iterator[NodeView]:
        """This node and everything under it, top down."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class NorthStarView:
    """The company's one number: which, by which period it is read, why and since when."""

    id: UUID
    metric: MetricView
    grain: Grain
    reason: str
    chosen_by_name: str
    chosen_at: datetime
    ended_at: datetime | None


MetricLike = MetricView | UUID | str
"""A metric by its view, id or key."""


@dataclass(frozen=True)
class ValueView:
    """One value with its metric, for "where does this come from".

    `looks` are the sides and data sets whose rows can be asked for (none for what is computed from other metrics or
    typed), `inputs` the values a formula or score was calculated from, `typed` the typed values behind a manual one,
    newest first.
    """

    metric: MetricView
    point: Point
    grain: Grain
    dimension: str
    definition: Definition
    dataset_versions: tuple[str, ...]
    looks: tuple[Look, ...]
    inputs: tuple[tuple[MetricView, Point | None], ...]
    typed: tuple[ManualValue, ...]

    @property
    def sides(self) -> tuple[str, ...]:
        """The names of its looks."""
        return tuple(look.name for look in self.looks)

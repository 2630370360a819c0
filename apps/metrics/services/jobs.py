"""What there is to compute: for each metric the periods whose values can have changed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from apps import engine
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Calendar, Grain, Period
from apps.metrics.domain import checks, filling
from apps.metrics.domain.definition import (
    Definition,
    EntityDimension,
    EntityShareDefinition,
    datasets_of,
    parse,
    rows_from,
    tables_of,
)
from apps.metrics.domain.look import LAST_DAY, look_of, parts_of, widest
from apps.metrics.domain.money import Money, money_of, reads
from apps.metrics.domain.values import Frame
from apps.metrics.models import Metric
from apps.metrics.services.plans import attribute_of
from apps.metrics.services.sources import Source, Span, hull

CALENDAR = "(calendar)"
"""Under which key `Metric.computed_from` keeps the calendar; no data set can be called so."""

MONEY = "(money)"
"""Under which key it keeps how amounts were converted, if any were."""

EVER = (date(1800, 1, 1), LAST_DAY)
"""The span of a change to a file of entities: it holds for all periods."""

NOTHING_LOADED = N_("Nothing has been loaded into %(dataset)s yet.")


def said(calendar: Calendar) -> str:
    """The calendar in short: values computed by another one have to be computed anew."""
    return f"{calendar.time_zone} {calendar.week_start} {calendar.fiscal_year_start}"


@dataclass(frozen=True)
class Job:
    """One metric that is read from rows, and what of it is to be computed.

    `full`: everything, because its definition, the calendar or a data set is new to it. Else `span`: the days whose
    rows changed; None if only states can have. `told`: the day from which a file of entities may say other members.
    `basis` is what its values were computed from when this was planned.
    """

    metric: Metric
    definition: Definition
    sources: Mapping[str, Source]
    frame: Frame
    full: bool
    span: Span | None
    basis: tuple[object, dict]
    told: date | None = None

    @property
    def key(self) -> str:
        return self.metric.key

    @property
    def computed_from(self) -> dict[str, object]:
        money = self.frame.money.said()
        own = {CALENDAR: said(self.frame.calendar), **({MONEY: money} if money else {})}
        return own | {key: source.number for key, source in self.sources.items()}

    def reached(self, grain: Grain) -> Span | None:
        """The days of the periods of `grain` to compute; None for none. Meaningless for a full job."""
        if self.span == EVER:
            return EVER
        look, calendar = widest(self.definition), self.frame.calendar
        spans = [look.reach(calendar, self.span, grain)] if self.span is not None else []
        if self.told is not None:
            start = calendar.period_of(self.told, grain).start
            spans.append((look.reach(calendar, (start, start), grain)[0], LAST_DAY))
        return hull(spans)

    def limits(self, grain: Grain) -> Span | None:
        """The first and last day to measure; None if nothing is."""
        periods = self.periods(grain)
        return (periods[0].start, _last_day(periods[-1])) if periods else None

    def periods(self, grain: Grain) -> list[Period]:
        """The periods of `grain` to compute, within what the data covers."""
        everything = filling.horizon(self.frame.calendar, self.frame.coverages, grain)
        if self.full:
            return everything
        reached = self.reached(grain)
        if reached is None:
            return []
        return [p for p in everything if p.start <= reached[1] and _last_day(p) >= reached[0]]


def _last_day(period: Period) -> date:
    return date.fromordinal(period.end.toordinal() - 1)


def basis_of(metric: Metric) -> tuple[object, dict]:
    """What the stored values were computed from: if it changes while we compute, we computed from something old."""
    return metric.computed_version_id, metric.computed_from


def problems_of(definition: Definition, known: checks.Known, sources: Mapping[str, Source]) -> list[Issue]:
    """Why a metric cannot be computed (blocking), or has no values yet (not blocking)."""
    found = [issue for issue in checks.issues(definition, known) if issue.blocking]
    for key in datasets_of(definition):
        if key in known.datasets and key not in sources:
            filled = {"dataset": known.datasets[key].name}
            found.append(Issue("", NOTHING_LOADED, filled, blocking=False))
    return found


def jobs(
    metrics: Iterable[Metric], sources: Mapping[str, Source], calendar: Calendar, today: date, known: checks.Known
) -> Iterator[Job]:
    """A job for each metric that is read from rows; every data set it reads has to be among `sources`."""
    for metric in metrics:
        definition = parse(metric.current_version.definition)
        money, facts = money_of(definition, known), datasets_of(definition)
        own = {key: sources[key] for key in reads(definition, known) if key in sources or key in facts}
        coverages = [own[key].coverage() for key in facts if key not in tables_of(definition)]
        frame = Frame(calendar, today, coverages, look_of(definition), parts_of(definition), money)
        full = _is_new(metric, own, calendar, money)
        span = None if full else _changed(metric, definition, own, money)
        told = None if full else _told(metric, definition, own)
        yield Job(metric, definition, own, frame, full, span, basis_of(metric), told)


def _is_new(metric: Metric, own: Mapping[str, Source], calendar: Calendar, money: Money) -> bool:
    before = metric.computed_from
    return (
        metric.computed_version_id != metric.current_version_id
        or before.get(CALENDAR) != said(calendar)
        or before.get(MONEY, "") != money.said()
        or any(not isinstance(before.get(key), int) or before[key] > own[key].number for key in own)
    )


def _changed(metric: Metric, definition: Definition, own: Mapping[str, Source], money: Money) -> Span | None:
    """The days of the rows that changed; all there are where a file changed whose rows matter to every period."""
    timeless = {dimension.dataset for dimension in definition.entity_dimensions if not _is_dated(dimension, own)}
    if isinstance(definition, EntityShareDefinition) and definition.base.started is not None:
        timeless.add(definition.base.dataset)
    changed = {key: source.changed_since(metric.computed_from[key]) for key, source in own.items()}
    facts, rates = {*rows_from(definition)}, money.rates
    if rates is not None and rates.dataset not in datasets_of(definition):
        span = changed.get(rates.dataset)
        changed[rates.dataset] = (span[0], span[1] + timedelta(days=rates.days)) if span else None
        facts.add(rates.dataset)
    if any(changed[key] for key in timeless):
        return EVER
    return hull(span for key, span in changed.items() if span and key in facts)


def _told(metric: Metric, definition: Definition, own: Mapping[str, Source]) -> date | None:
    """The first day on which files of entities changed that say who was what on which day."""
    changed = [
        own[dimension.dataset].changed_since(metric.computed_from[dimension.dataset])
        for dimension in definition.entity_dimensions
        if _is_dated(dimension, own)
    ]
    return min((span[0] for span in changed if span), default=None)


def _is_dated(dimension: EntityDimension, own: Mapping[str, Source]) -> bool:
    return attribute_of(dimension, own[dimension.dataset]).as_of != engine.AsOf.LATEST

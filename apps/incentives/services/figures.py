"""Read what metrics were and what was agreed for a run: every figure its plan asks for, by key and team.

Of a metric only a final value counts (a dry run takes what is not final too), against the target that was agreed for
these days. A cumulative plan reads the year to date: the periods of the year up to the run's, from the one on in which
the version holds. Values that add up over time are added up, and so are their targets; a ratio is that of the sums;
anything else counts as it stands in the run's own period, against the target of that period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from uuid import UUID

from apps.accounts import selectors as accounts
from apps.incentives.domain.attainment import ZERO, Reading
from apps.incentives.domain.figures import Wanted, wanted
from apps.incentives.domain.plan import Plan, Scope
from apps.incentives.models import Run
from apps.incentives.selectors import periods_of
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.selectors import MetricView, Settled
from apps.targets import selectors as targets
from apps.targets.domain.adding import over_time
from apps.targets.domain.kinds import Kind
from apps.targets.selectors import Committed


@dataclass(frozen=True)
class Place:
    """Whose numbers a reading takes: the total, or one member of a dimension; `team_id` "" for the company."""

    dimension: str = ""
    member: str = ""
    team_id: str = ""


@dataclass(frozen=True)
class Read:
    """One reading with the metric it is of."""

    reading: Reading
    metric: str


@dataclass(frozen=True)
class _Known:
    """The values and the agreed targets of one period."""

    values: Mapping[tuple[UUID, str, str], Settled]
    agreed: Mapping[tuple[UUID, str, str, str], Committed]


def read_figures(run: Run, plan: Plan, teams: list[str]) -> dict[tuple[str, str], Read]:
    """Every reading the plan asks for, by its key and team, with what there is of it. Five queries; two more for each
    earlier period of the year that counts.
    """
    needed = wanted(plan)
    known = {view.key: view for view in metrics.metrics(archived=True)}
    views = {each.metric: known[each.metric] for each in needed if each.metric in known}
    places = places_of(teams)
    periods = _periods(run, [view.id for view in views.values()], {place.dimension for place in places.values()})
    definitions = {view.key: view.definition for view in known.values()}
    adding = {key: over_time(view.definition, definitions) for key, view in views.items()} if len(periods) > 1 else {}
    found = {}
    for each in needed:
        view = views.get(each.metric)
        for team in teams if each.scope is Scope.TEAM else [""]:
            place = Place() if not team else places.get(team)
            if view is not None and place is not None:
                parts = [_read(each, view, place, known, loose=run.kind == Run.Kind.DRY) for known in periods]
                adds = adding.get(view.key, False)
                found[each.key, team] = Read(_together(parts, view, place, adds=adds), view.key)
    return found


def _periods(run: Run, ids: Sequence[UUID], dimensions: Iterable[str]) -> list[_Known]:
    """What is known of each period that a run pays for. Two queries for each."""
    grain, split = Grain(run.plan.period), set(dimensions) - {""}
    spans = [(each.start, each.end - timedelta(days=1)) for each in periods_of(run)[:-1]]
    return [
        _Known(metrics.values_of_period(ids, grain, first, split), targets.committed(ids, first, last, grain))
        for first, last in [*spans, (run.first, run.last)]
    ]


@dataclass(frozen=True)
class _Part:
    """What one period adds to a reading: the value, if it counts, and the target."""

    value: Settled | None
    counts: bool
    target: Committed | None

    @property
    def reading(self) -> Reading:
        actual = self.value.exact if self.value is not None and self.counts else None
        return Reading(actual=actual, **_targeted(self.target))


def _read(each: Wanted, view: MetricView, place: Place, known: _Known, *, loose: bool) -> _Part:
    value = known.values.get((view.id, place.dimension, place.member))
    of_team = known.agreed.get((view.id, "", "", place.team_id)) if place.team_id else None
    agreed = (of_team or known.agreed.get((view.id, place.dimension, place.member, ""))) if each.with_target else None
    return _Part(value, value is not None and (value.is_final or loose), agreed)


def _targeted(target: Committed | None) -> dict[str, Fraction | None]:
    if target is None:
        return {}
    if target.kind is Kind.BAND:
        return {"low": target.low, "high": target.high, "tolerance": target.tolerance}
    return {"target": target.target, "start": target.start}


def _together(parts: Sequence[_Part], view: MetricView, place: Place, *, adds: bool) -> Reading:
    """The reading of all periods: that of the newest where the metric does not add up."""
    newest = parts[-1].reading
    counted = parts
    if len(parts) > 1 and adds:
        newest = _sum([each.reading for each in parts])
    elif len(parts) > 1 and view.definition.kind == "ratio":
        newest = replace(newest, actual=_ratio(parts))
    else:
        counted = parts[-1:]
    return replace(newest, source=tuple(_source(view, place, counted)))


def _sum(readings: Sequence[Reading]) -> Reading:
    """Figures that add up, each only where every period has it: what is missing once is missing."""

    def total(name: str) -> Fraction | None:
        figures = [getattr(each, name) for each in readings]
        return None if None in figures else sum(figures, ZERO)

    names = ("actual", "target", "start", "low", "high", "tolerance")
    return Reading(**{name: total(name) for name in names})


def _ratio(parts: Sequence[_Part]) -> Fraction | None:
    """What is above the line in all periods, over what is below it in all; None where one has no value."""
    above, below = ZERO, ZERO
    for each in parts:
        if each.value is None or not each.counts or each.value.exact is None or each.value.parts is None:
            return None
        above, below = above + each.value.parts[0], below + each.value.parts[1]
    return Fraction(above, below) if below else None


def _source(view: MetricView, place: Place, parts: Sequence[_Part]) -> Iterator[tuple[str, str]]:
    """Where a reading comes from, as pairs of words and ids; the newest period last."""
    yield "metric", view.key
    if place.dimension:
        yield "dimension", place.dimension
        yield "member", place.member
    for part in parts:
        if part.value is not None:
            yield "value", str(part.value.id)
            yield "state", part.value.state
            yield "metric_version", str(part.value.version_id)
            yield "metric_version_number", str(part.value.version)
            for each in part.value.dataset_versions:
                yield "dataset_version", each
        if part.target is not None:
            yield "target", str(part.target.id)


def places_of(teams: list[str]) -> dict[str, Place]:
    """Whose numbers each team's are: its own, else those of the nearest team above that has some; no place where none
    has. One query.
    """
    rows = {str(row.pk): row for row in accounts.all_teams()} if teams else {}
    found = {}
    for team in teams:
        row = rows.get(team)
        while row is not None and not row.dimension:
            row = rows.get(str(row.parent_id))
        found[team] = Place("", "", team) if row is None else Place(row.dimension, row.member, team)
    return {team: place for team, place in found.items() if place.dimension}

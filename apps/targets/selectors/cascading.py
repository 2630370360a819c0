"""What a target is split into: the tree below it, and what parts it could have. Fixed numbers of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from apps.accounts import selectors as accounts
from apps.kernel.period import Calendar, Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics.selectors import MetricView, Series
from apps.targets.domain import adding, cascade
from apps.targets.domain.kinds import Kind, Rule, State
from apps.targets.models import Target
from apps.targets.selectors.finding import standing_rows
from apps.targets.selectors.values import team_series
from apps.workspaces.scope import current_workspace

TEAMS = "team"
"""What stands for teams where the name of a dimension is asked."""
MOST_LEVELS = 8


@dataclass(frozen=True)
class Split:
    """A target in force with its parts, as deep as they go; `team` is its team's name."""

    target: Target
    parts: tuple[Split, ...] = ()

    @property
    def name(self) -> str:
        return part_name(self.target)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Split]]:
        yield depth, self
        for part in self.parts:
            yield from part.walk(depth + 1)

    def is_alike(self, other: Target) -> bool:
        """Whether it is of the kind and for the time of `other`, so that one can be part of the other."""
        row = self.target
        return (row.kind, row.start, row.due) == (other.kind, other.start, other.due)

    def alike(self) -> Split:
        """The same without what is of another kind or for another time, and what is below that."""
        return Split(self.target, tuple(part.alike() for part in self.parts if part.is_alike(self.target)))

    def branch(self) -> cascade.Branch:
        """The same as plain figures; only of kinds with one goal."""
        row = self.target
        assert row.goal is not None  # noqa: S101  (bands are not split)
        rule = Rule(row.cascade_rule) if row.cascade_rule else None
        return cascade.Branch(str(row.pk), row.goal, rule, row.share, tuple(part.branch() for part in self.parts))

    def rests(self) -> dict[str, Decimal]:
        """What is left of its goal by each way it is cut: by a dimension, or (TEAMS) by teams. Less than 0: too much.

        Only parts of its kind and for its time count; another cut of the same whole takes nothing from this one.
        """
        goals: dict[str, list[Decimal]] = defaultdict(list)
        for part in self.parts:
            row = part.target
            if row.goal is not None and part.is_alike(self.target):
                goals[TEAMS if row.team_id else row.dimension].append(row.goal)
        return {cut: cascade.rest(self.target.goal or Decimal(0), parts) for cut, parts in sorted(goals.items())}


def part_name(target: Target) -> str:
    """The member or team a target is of; "" for the whole company."""
    return target.member or (target.team.name if target.team_id and target.team else "")


def split_of(target: Target) -> Split:
    """A target with everything it is split into, by name. One query a level."""
    below: dict[UUID, list[Target]] = defaultdict(list)
    above: list[UUID] = [target.pk]
    for _level in range(MOST_LEVELS):
        rows = list(standing_rows().filter(parent__in=above, status=State.IN_FORCE).select_related("team"))
        for row in rows:
            below[row.parent_id].append(row)
        above = [row.pk for row in rows]
        if not above:
            break
    return _grown(target, below)


def _grown(target: Target, below: Mapping[UUID, list[Target]]) -> Split:
    found: dict[tuple[str, str, UUID | None], Target] = {}
    for row in sorted(below.get(target.pk, ()), key=lambda row: _counts(row, target)):
        found[row.dimension, row.member, row.team_id] = row
    parts = sorted(found.values(), key=lambda row: (part_name(row), str(row.pk)))
    return Split(target, tuple(_grown(row, below) for row in parts))


def _counts(row: Target, above: Target) -> tuple[bool, bool]:
    """Of a part and the one planned to follow it one counts: that for the time of the whole, then the last agreed."""
    return Split(row).is_alike(above), row.valid_until is None


@dataclass(frozen=True)
class Candidate:
    """Somebody a target could be split to: a member or a team, what was made a year ago, and what stands there now.

    `key` names the part in a form; `newest` is its newest value, `baseline` the one from before the target begins;
    `above` is the team that a team is in.
    """

    key: str
    name: str
    dimension: str = ""
    member: str = ""
    team_id: UUID | None = None
    figure: Decimal | None = None
    newest: Decimal | None = None
    baseline: Decimal | None = None
    now: Target | None = None
    owner_id: UUID | None = None
    owner_name: str = ""
    above: UUID | None = None

    @property
    def scope(self) -> tuple[str, str, UUID | None]:
        return self.dimension, self.member, self.team_id


def candidates(target: Target, metric: MetricView, into: str) -> list[Candidate]:
    """The members of a dimension, or the teams, that `target` could be split to, by name. Five queries at most."""
    rows = standing_rows().filter(
        metric_id=target.metric_id, grain=target.grain, status=State.IN_FORCE, valid_until=None
    )
    heads = {(row.dimension, row.member, row.team_id): row for row in rows.select_related("team")}
    if into == TEAMS:
        return _teams(target, heads)
    found = metrics.member_series([target.metric_id], Grain(target.grain), into, last=_look_back(target))
    return [
        _candidate(target, into, series, heads.get((into, member, None)))
        for (_metric, member), series in sorted(found.items(), key=lambda each: each[0][1])
        if member
    ]


def _teams(target: Target, heads: Mapping[tuple[str, str, UUID | None], Target]) -> list[Candidate]:
    """The teams in use, each with what its own numbers made, where it has some."""
    teams = list(accounts.teams_in_use().select_related("lead"))
    made = team_series([target.metric_id], Grain(target.grain), [team.pk for team in teams], last=_look_back(target))
    found = []
    for team in teams:
        series = made.get((team.pk, target.metric_id))
        figures = _figures(target, series) if series else {}
        owner = str(team.lead) if team.lead else ""
        key, now = f"{TEAMS}:{team.pk}", heads.get(("", "", team.pk))
        told = {"now": now, "owner_id": team.lead_id, "owner_name": owner, "above": team.parent_id}
        found.append(Candidate(key, team.name, team_id=team.pk, **told, **figures))
    return found


def _candidate(target: Target, into: str, series: Series, now: Target | None) -> Candidate:
    return Candidate(
        key=f"{into}:{series.member}",
        name=series.member,
        dimension=into,
        member=series.member,
        now=now,
        **_figures(target, series),
    )


def _figures(target: Target, series: Series) -> dict[str, Decimal | None]:
    """What was made a year ago, the newest value, and the one from before the target begins."""
    ended = [point for point in series.points if point.value is not None and not point.is_open]
    before = [point.value for point in ended if point.period.end <= target.start]
    return {
        "figure": _year_ago(target, {point.period: point.value for point in ended}),
        "newest": ended[-1].value if ended else None,
        "baseline": before[-1] if before else None,
    }


def _year_ago(target: Target, values: Mapping[Period, Decimal | None]) -> Decimal | None:
    """What a part made in the same time a year ago: the sum of a flow, else the last value of it; None without one."""
    periods = year_before(current_workspace().calendar, Grain(target.grain), target.start, target.due)
    found = [value for period in periods if (value := values.get(period)) is not None]
    if not found:
        return None
    return sum(found, Decimal(0)) if target.kind == Kind.FLOW else found[-1]


def year_before(calendar: Calendar, grain: Grain, start: date, due: date) -> list[Period]:
    """The periods of the same days a year earlier."""
    return list(calendar.between(_earlier(start), _earlier(due), grain))


def _earlier(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day - timedelta(days=366)


def _look_back(target: Target) -> int:
    """How many newest periods reach back to the year before the target."""
    calendar, today = current_workspace().calendar, accounts.today()
    return len(calendar.between(_earlier(target.start), max(today, target.start), Grain(target.grain))) + 2


def splits_into(metric: MetricView) -> list[str]:
    """What a target of this metric can be split into: its dimensions, and teams. No query."""
    return [*metric.dimensions, TEAMS]


def adds(metric: MetricView, views: Iterable[MetricView]) -> adding.Adds:
    """Whether parts of this metric make the whole. No query."""
    return adding.over_parts(metric.definition, {view.key: view.definition for view in views})


def suggested_shares(found: list[Candidate]) -> dict[str, Decimal]:
    """Shares in per cent to begin with: as they were split, else by the newest values, else the same for all."""
    kept = {each.key: each.now.share * 100 for each in found if each.now and each.now.share is not None}
    if kept:
        return {key: share.normalize() for key, share in kept.items()}
    weights = [Fraction(max(each.newest or 0, Decimal(0))) for each in found]
    if not any(weights):
        weights = [Fraction(1) for _each in found]
    parts = cascade.split(Decimal(100), weights, Decimal("0.01")) if found else []
    return {each.key: part for each, part in zip(found, parts, strict=True)}

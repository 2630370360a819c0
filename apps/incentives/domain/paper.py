"""One person's statement as data: everything their amount was made from, and nothing of anybody else's.

A paper is cut from a run's snapshot when the run is published, and kept as canonical text with its hash. Every figure
of a page or a PDF is read from it, so that a statement says tomorrow what it said today. In a pool, what the others
weigh and get stays out; who shares one with few is not told its total either: it would tell them the others' parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from apps.incentives.domain.attainment import ZERO, Reading
from apps.incentives.domain.components import Assembly, Outcome
from apps.incentives.domain.explain import explain_amount, explain_factor, explain_pool
from apps.incentives.domain.plan import Component, Plan, Scope
from apps.incentives.domain.proration import Days
from apps.incentives.domain.sentences import Sentence
from apps.incentives.domain.snapshot import Adjustment, PoolResult, Result, Run, SliceResult, Snapshot

FEW = 5
"""Totals and averages of fewer people say too much about each of them (goals_and_pay 5)."""


@dataclass(frozen=True)
class Worked:
    """What a team's readings came to; with tiers, measured against `target` (else "")."""

    team: str
    target: str
    assembly: Assembly


@dataclass(frozen=True)
class Shared:
    """A team's pool with the person's own part alone, and how many share it."""

    pool: PoolResult
    people: int


@dataclass(frozen=True)
class Paper:
    """A statement: the snapshot cut down to one person, what their teams came to, and their result."""

    snapshot: Snapshot
    worked: tuple[Worked, ...]
    shared: tuple[Shared, ...]
    result: Result

    @property
    def plan(self) -> Plan:
        return self.snapshot.plan

    @property
    def run(self) -> Run:
        """As `calculate` answers, for this person alone."""
        assemblies = {(each.team, each.target): each.assembly for each in self.worked}
        return Run((self.result,), (), assemblies, tuple(each.pool for each in self.shared))

    @cached_property
    def told(self) -> Mapping[tuple[str, str], tuple[Sentence, ...]]:
        """The sentences about each component, and about the factor (key ""), by team."""
        found: dict[tuple[str, str], tuple[Sentence, ...]] = {}
        for part in {each.team: each for each in reversed(self.result.slices)}.values():
            for sentence in explain_factor(self.snapshot, part.team, self.assembly(part)):
                place = (part.team, sentence.key)
                found[place] = (*found.get(place, ()), sentence)
        return found

    @cached_property
    def _assemblies(self) -> Mapping[tuple[str, str], Assembly]:
        return self.run.assemblies

    def assembly(self, part: SliceResult) -> Assembly:
        """What a slice's team came to."""
        known = self._assemblies
        by_target = (part.team, str(part.target))
        return known[by_target] if by_target in known else known[part.team, ""]


class Scissors:
    """Cuts many papers from one calculated run: what is looked up for each person is laid out once."""

    def __init__(self, snapshot: Snapshot, run: Run) -> None:
        self.snapshot, self.run = snapshot, run
        self.results = run.by_key
        self._people = {each.key: each for each in snapshot.participants}
        self._parts = {pool.team: pool.split.by_key for pool in run.pools}
        self._readings: dict[str, dict[tuple[str, str], Reading]] = {}
        for place, reading in snapshot.readings.items():
            self._readings.setdefault(place[1], {})[place] = reading
        self._adjustments: dict[str, list[Adjustment]] = {}
        for each in snapshot.adjustments:
            self._adjustments.setdefault(each.participant, []).append(each)

    def cut(self, key: str) -> Paper:
        """The paper of one person. KeyError for somebody who has no result."""
        result = self.results[key]
        teams = dict.fromkeys(each.team for each in result.slices)
        mine = {*teams, ""}
        own = replace(
            self.snapshot,
            participants=(self._people[key],),
            readings={place: each for team in sorted(mine) for place, each in self._readings.get(team, {}).items()},
            decisions=tuple(each for each in self.snapshot.decisions if each.team in mine),
            adjustments=tuple(self._adjustments.get(key, ())),
            pools={team: self.snapshot.pools[team] for team in teams if team in self.snapshot.pools},
        )
        pools = [pool for pool in self.run.pools if pool.team in teams]
        places = {(each.team, str(each.target)) for each in result.slices} | {(team, "") for team in teams}
        places |= {(pool.team, str(pool.funded)) for pool in pools}
        known = self.run.assemblies
        worked = tuple(Worked(*place, known[place]) for place in sorted(places) if place in known)
        return Paper(own, worked, tuple(self._shared(pool, key) for pool in pools), result)

    def _shared(self, pool: PoolResult, key: str) -> Shared:
        """A pool with the person's own part alone."""
        parts = self._parts[pool.team]
        return Shared(replace(pool, split=replace(pool.split, parts=(parts[key],))), len(parts))


def cut(snapshot: Snapshot, run: Run, key: str) -> Paper:
    """The paper of one person of a calculated run. KeyError for somebody who has no result."""
    return Scissors(snapshot, run).cut(key)


# --- what the lines are made of --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cause:
    """What a component came to in one team, over the days somebody was in it, and what of the line that is."""

    team: str
    days: tuple[Days, ...]
    component: Component
    reading: Reading
    outcome: Outcome
    exact: Fraction
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class PaidLine:
    """One line of a statement. `key` is "" where components multiply each other and cannot be told apart."""

    key: str
    name: str
    minor: int
    exact: Fraction
    causes: tuple[Cause, ...]


def paid_lines(paper: Paper) -> tuple[PaidLine, ...]:
    """Each line with the causes that make it: `exact` is the sum of theirs, `minor` of all lines make the amount."""
    components = {each.key: each for each in paper.plan.components}
    found = []
    for line in paper.result.lines:
        about = [components[line.key]] if line.key else list(paper.plan.components)
        causes = [cause for component in about for cause in _causes(paper, component, line.key)]
        whole = sum((cause.exact for cause in causes), ZERO)
        ratio = Fraction(line.exact, whole) if whole else ZERO
        scaled = tuple(replace(cause, exact=cause.exact * ratio) for cause in causes)
        found.append(PaidLine(line.key, about[0].name if line.key else "", line.minor, line.exact, scaled))
    return tuple(found)


def _causes(paper: Paper, component: Component, line: str) -> list[Cause]:
    found = []
    for team in dict.fromkeys(each.team for each in paper.result.slices):
        slices = [each for each in paper.result.slices if each.team == team]
        scope = team if component.scope is Scope.TEAM else ""
        outcome = next(each for each in paper.assembly(slices[0]).components if each.key == component.key)
        exact = sum((_part(paper, each, line, component.key) for each in slices), ZERO)
        found.append(
            Cause(
                team=team,
                days=tuple(each.days for each in slices),
                component=component,
                reading=paper.snapshot.readings.get((component.key, scope), Reading()),
                outcome=outcome,
                exact=exact,
                sentences=paper.told[team, component.key],
            )
        )
    return found


def _part(paper: Paper, part: SliceResult, line: str, key: str) -> Fraction:
    """What a component adds to a slice's money. Where components multiply, the first stands for all."""
    if not part.factor:
        return ZERO
    assembly = paper.assembly(part)
    if not line:
        return part.money if key == paper.plan.components[0].key else ZERO
    return Fraction(dict(assembly.parts())[key] * part.money, part.factor)


# --- the sentences below the lines -----------------------------------------------------------------------------------


def team_steps(paper: Paper, team: str) -> tuple[Sentence, ...]:
    """From all components of a team to its payout factor: sums, multipliers, gates, caps."""
    return paper.told.get((team, ""), ())


def pool_sentences(paper: Paper, *, whole: bool) -> tuple[Sentence, ...]:
    """How each pool was split. Pools that few share are told to those who see everybody's pay alone (`whole`)."""
    found: list[Sentence] = []
    for each in paper.shared:
        if whole or each.people >= FEW:
            found += explain_pool(paper.plan, each.pool, paper.result.participant)
    return tuple(found)


def amount_sentences(paper: Paper) -> tuple[Sentence, ...]:
    """From factors to the amount that is paid."""
    return explain_amount(paper.plan, paper.result)

"""Read saved what-ifs, and the figures a new one starts from. Each function costs a fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.domain.roles import Actor
from apps.common import shelf
from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics.domain import branches, formula
from apps.metrics.domain.definition import FormulaDefinition, ScoreDefinition
from apps.metrics.domain.formula import Input, Name, Node, Part, Product
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.scales import Percentile
from apps.metrics.selectors import MetricView, NodeView, NorthStarView, Series, Stands
from apps.scenarios.domain.base import Base, Branch, Quantity, Scope, Target
from apps.scenarios.domain.changes import Changes, Pull
from apps.scenarios.domain.evaluation import Sheet
from apps.scenarios.models import Assumption, Scenario
from apps.targets import selectors as targets
from apps.targets.domain.kinds import Kind
from apps.workspaces.scope import current_workspace

NO_SCENARIO = N_("There is no such scenario.")
NO_TREE = N_("There is no North Star yet, so there is nothing to move. Choose it first.")
PERIODS = 24
"""Newest periods that a what-if may start from."""


# --- what is saved ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A saved what-if, ready to be worked out. `assumptions` are its elasticities with who typed them, and when."""

    row: Scenario
    sheet: Sheet
    changes: Changes
    assumptions: Mapping[Pull, Assumption]

    @property
    def base(self) -> Base:
        return self.sheet.base


def scenarios(actor: Actor, query: str = "") -> QuerySet[Scenario]:
    """What `actor` may see: their own, and what others share; the newest first, without the figures. One query."""
    rows = _seen_by(actor).defer("base", "changes")
    return rows.filter(Q(name__icontains=query) | Q(author_name__icontains=query)) if query else rows


def scenario_for(actor: Actor, scenario_id: UUID) -> Kept:
    """One that `actor` may see; NotHere otherwise. Two queries."""
    found = _seen_by(actor).prefetch_related("assumptions").filter(pk=scenario_id).first()
    if found is None:
        raise NotHere(NO_SCENARIO)
    return _kept(found)


def scenarios_for(actor: Actor, ids: Iterable[UUID]) -> list[Kept]:
    """Several that `actor` may see, in the order asked for; others are left out. Two queries."""
    wanted = list(dict.fromkeys(ids))
    found = {row.pk: row for row in _seen_by(actor).prefetch_related("assumptions").filter(pk__in=wanted)}
    return [_kept(found[each]) for each in wanted if each in found]


def _seen_by(actor: Actor) -> QuerySet[Scenario]:
    return Scenario.objects.filter(Q(author_id=actor.id) | Q(shared=True))


def _kept(row: Scenario) -> Kept:
    assumptions = {Pull(each.parent, each.child): each for each in row.assumptions.all()}
    kept = Changes.from_json(row.changes)
    elasticities = {pull: each.elasticity for pull, each in assumptions.items()}
    changes = Changes(kept.moves, kept.weights, kept.goals, elasticities)
    return Kept(row, _sheet(json.dumps(row.base)), changes, assumptions)


# --- what it may start from -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """What a what-if may start from: the North Star's newest periods, and the members of its dimensions."""

    north_star: NorthStarView
    series: Series
    members: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def newest(self) -> Period | None:
        """The newest period that has ended and has a value."""
        return self.series.latest.period if self.series.latest else None


def choice() -> Choice | None:
    """What can be chosen; None without a North Star. Two queries, and one more for each dimension of it."""
    chosen = metrics.north_star()
    if chosen is None:
        return None
    metric, grain = chosen.metric, chosen.grain
    split = [(name, tuple(metrics.members_of(metric, grain, name))) for name in metric.dimensions]
    return Choice(chosen, metrics.series(metric, grain, last=PERIODS), tuple(each for each in split if each[1]))


def period_of(scope: Scope) -> Period:
    """The period of the workspace's calendar that a scope names."""
    return current_workspace().calendar.period_of(scope.start, scope.grain)


def today(scope: Scope) -> Sheet:
    """The published tree with the values of `scope` as they are now. One query while nothing changed, else up to eight.

    NotHere without a North Star.
    """
    facts = [metrics.edition(), timezone.localdate(), current_workspace().time_zone, scope]
    return _sheet(shelf.fetch("scenarios.base", facts, lambda: _as_bytes(scope)).decode())


@lru_cache(maxsize=16)
def _sheet(text: str) -> Sheet:
    """A base as it is kept, ready to be worked out: read once for each text, as somebody types over it for minutes."""
    return Sheet(Base.from_json(json.loads(text)))


def _as_bytes(scope: Scope) -> bytes:
    return json.dumps(_Taker(scope).base().to_json()).encode()


class _Taker:
    """Takes the figures of a scope: the tree, what its formulas read, values, earlier values, peers and targets."""

    def __init__(self, scope: Scope) -> None:
        root = metrics.tree()
        if root is None:
            raise NotHere(NO_TREE)
        self.scope, self.root = scope, root
        self.calendar = current_workspace().calendar
        self.period = self.calendar.period_of(scope.start, scope.grain)
        self.views = {node.key: node.metric for node in root.walk()}
        self.arithmetic: dict[str, Node | None] = {}
        for node in root.walk():
            if self.arithmetic.get(node.key) is None:
                self.arithmetic[node.key] = formula_of(node)
        self._add_what_formulas_name()

    def _add_what_formulas_name(self) -> None:
        """Metrics that a formula or score reads though they do not hang in the tree."""
        if not set(self._read(self.views)) - self.views.keys():
            return
        known = {view.key: view for view in metrics.metrics(archived=True)}
        while missing := [key for key in self._read(self.views) if key not in self.views and key in known]:
            for key in missing:
                self.views[key] = known[key]
                self.arithmetic[key] = _formula_of(known[key])

    def _read(self, keys: Iterable[str]) -> Iterator[str]:
        for key in list(keys):
            yield from (used.key for used in self._quantity(key).inputs)

    def _quantity(self, key: str, found: Stands | None = None) -> Quantity:
        view, scope = self.views[key], self.scope
        definition = view.definition
        row = found.at(view.id, scope.start, scope.member) if found else None
        return Quantity(
            key=key,
            name=definition.name,
            unit=definition.unit,
            direction=view.direction,
            value=found.exact(view.id, definition, scope.start, scope.member) if found else None,
            state=row.state if row else "no_data",
            reason=Reason.from_json(row.reason) if row else None,
            formula=self.arithmetic.get(key),
            score=definition if isinstance(definition, ScoreDefinition) else None,
        )

    def base(self) -> Base:
        scope = self.scope
        earlier = self._earlier()
        starts = {scope.start, *earlier.values()}
        ids = {view.id: key for key, view in self.views.items()}
        found = metrics.stands(ids, scope.grain, starts, scope.dimension, [scope.member])
        known = {used: self._exact(found, used.key, start) for used, start in earlier.items()}
        return Base(
            scope=scope,
            tree=_branch(self.root),
            metrics={key: self._quantity(key, found) for key in self.views},
            earlier={used: value for used, value in known.items() if value is not None},
            peers=self._peers(),
            targets=self._targets(ids),
        )

    def _exact(self, found: Stands, key: str, start: date) -> Fraction | None:
        view = self.views[key]
        return found.exact(view.id, view.definition, start, self.scope.member)

    def _earlier(self) -> dict[Input, date]:
        """First days of the earlier periods that formulas look back at."""
        found: dict[Input, date] = {}
        for key in self.views:
            for used in self._quantity(key).inputs:
                if used.back and used.key in self.views:
                    found[used] = self.calendar.shift(self.period, -used.back).start
        return found

    def _peers(self) -> dict[str, tuple[Fraction, ...]]:
        """The other members' values of what a score ranks among them."""
        scope = self.scope
        scores = [view.definition for view in self.views.values() if isinstance(view.definition, ScoreDefinition)]
        parts = [part for score in scores for group in score.groups for part in group.parts]
        ranked = {part.metric for part in parts if isinstance(part.scale, Percentile)} & self.views.keys()
        if not scope.dimension or not ranked:
            return {}
        ids = {key: self.views[key].id for key in sorted(ranked)}
        found = metrics.stands(ids.values(), scope.grain, [scope.start], scope.dimension, None)
        return {
            key: tuple(
                row.exact
                for member, row in sorted(found.members(pk, scope.start).items())
                if member != scope.member and row.exact is not None
            )
            for key, pk in ids.items()
        }

    def _targets(self, ids: Mapping[UUID, str]) -> dict[str, Target]:
        scope = self.scope
        rows = targets.in_force().filter(
            metric_id__in=list(ids), grain=scope.grain, dimension=scope.dimension, member=scope.member,
            kind=Kind.LEVEL,
        )  # fmt: skip
        return {ids[row.metric_id]: Target(row.baseline, row.goal, row.start, row.due) for row in rows}


def _branch(node: NodeView) -> Branch:
    return Branch(node.key, node.link, tuple(_branch(child) for child in node.children))


def formula_of(node: NodeView) -> Node | None:
    """The arithmetic of a place in the tree: its formula, or the product of ratios below it that telescope."""
    below = {child.key: child.metric.definition for child in node.children if child.link == branches.FORMULA}
    own = _formula_of(node.metric)
    if own is not None or not below:
        return own
    built = branches.structure_of(node.metric.definition, below)
    if built is None or built.shape != "product" or len(built.signs) < 2:
        return None
    return Product(tuple(Part("*", Name(key)) for key in built.signs))


def _formula_of(view: MetricView) -> Node | None:
    if not isinstance(view.definition, FormulaDefinition):
        return None
    try:
        return formula.parse(view.definition.expression)
    except formula.FormulaError:
        return None


def scope_of(grain: str, start: str, dimension: str, member: str) -> Scope:
    """A scope from the parts of an address; NotHere where they name no period."""
    try:
        kind = Grain(grain)
        first = current_workspace().calendar.period_of(date.fromisoformat(start), kind).start
    except ValueError:
        raise NotHere(N_("There is no such period.")) from None
    return Scope(kind, first, dimension, member)

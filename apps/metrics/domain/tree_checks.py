"""What is wrong with a tree before it is published: everything at once, each with its node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from apps.kernel.issue import N_, Issue
from apps.metrics.domain import branches, formula_checks
from apps.metrics.domain.definition import Definition, FormulaDefinition
from apps.metrics.domain.fields import Known, listed
from apps.metrics.domain.layout import Layout, Place


@dataclass(frozen=True)
class Facts:
    """What is known of a metric at a node. `has_value`: there is a value of any period by the North Star's grain."""

    key: str
    name: str
    definition: Definition
    archived: bool = False
    has_grain: bool = True
    has_value: bool = True
    problem: bool = False


def findings(layout: Layout, facts: Mapping[str, Facts], known: Known, star: str) -> list[Issue]:
    """Everything worth knowing of a tree, what blocks first; `where` is the id of the node. `star` is the North Star's
    metric. Nothing that only a wrong click of a second could cause is left to chance: circles are looked for, too."""
    found = [*_root_issues(layout, facts, star)]
    for place in layout.places:
        found += _node_issues(layout, facts, place)
        found += _formula_issues(layout, facts, known, place)
    found += _double_issues(layout, facts)
    return sorted(found, key=lambda issue: not issue.blocking)


def _root_issues(layout: Layout, facts: Mapping[str, Facts], star: str) -> Iterator[Issue]:
    if not layout.places:
        yield Issue("", N_("The tree has no root."))
    elif layout.places[0].metric != star:
        filled = {"root": facts[layout.places[0].metric].name}
        message = N_(
            "“%(root)s” is no longer the North Star. Discard this draft: the published tree has the new one on top."
        )
        yield Issue(layout.places[0].id, message, filled)


def _node_issues(layout: Layout, facts: Mapping[str, Facts], place: Place) -> Iterator[Issue]:
    node = facts[place.metric]
    filled = {"name": node.name}
    if any(each.metric == place.metric for each in layout.way_up(place.parent)):
        yield Issue(place.id, N_("“%(name)s” hangs below itself."), filled)
    if node.archived:
        yield Issue(place.id, N_("“%(name)s” is archived. Bring it back, or take it out of the tree."), filled)
    if not node.has_grain:
        message = N_("“%(name)s” is not read by the same kind of period as the North Star, so it shows no value here.")
        yield Issue(place.id, message, filled, blocking=False)
    elif node.problem:
        yield Issue(place.id, N_("“%(name)s” cannot be computed. Its page says why."), filled, blocking=False)
    elif not node.has_value:
        yield Issue(place.id, N_("“%(name)s” has no value yet."), filled, blocking=False)


def _formula_issues(layout: Layout, facts: Mapping[str, Facts], known: Known, place: Place) -> Iterator[Issue]:
    node, children = facts[place.metric], layout.children(place.id)
    linked = [(facts[child.metric].key, child.link) for child in children]
    below = {facts[child.metric].key: facts[child.metric].definition for child in children}
    signs = branches.signs(node.definition, linked, below)
    for child, sign in zip(children, signs, strict=True):
        part = facts[child.metric]
        if sign.stale and not branches.may_be_factor(node.definition, part.definition):
            filled = {"parent": node.name, "child": part.name}
            message = N_("“%(child)s” is linked as a part, but the formula of “%(parent)s” does not name it.")
            yield Issue(child.id, message, filled)
    factors = [key for key, link in linked if link == branches.FORMULA]
    missing = branches.missing_factors(node.definition, factors)
    if factors and missing:
        names = {each.key: each.name for each in facts.values()}
        filled = {"name": node.name, "missing": listed(f"“{names.get(key, key)}”" for key in missing)}
        message = N_("The formula of “%(name)s” also names %(missing)s, which does not hang below it.")
        yield Issue(place.id, message, filled, blocking=False)
    if isinstance(node.definition, FormulaDefinition):
        yield from _unit_issues(node, known, place)


def _unit_issues(node: Facts, known: Known, place: Place) -> Iterator[Issue]:
    clash = formula_checks.clash_of(node.definition, known) if isinstance(node.definition, FormulaDefinition) else None
    if clash is not None:
        filled = {"name": node.name, **{key: clash[key] for key in ("one", "unit", "other", "other_unit")}}
        message = N_(
            "“%(name)s” puts “%(one)s” in %(unit)s beside “%(other)s” in %(other_unit)s: the units do not fit."
        )
        yield Issue(place.id, message, filled)


def _double_issues(layout: Layout, facts: Mapping[str, Facts]) -> Iterator[Issue]:
    """The same metric twice among what one formula comes down to: a change of it would be seen in two places."""
    seen: dict[tuple[str, str], Place] = {}
    for place in layout.places:
        top = formula_top(layout, place)
        if top == place.id:
            continue
        first = seen.setdefault((top, place.metric), place)
        if first is not place:
            parents = [layout.by_id[each.parent] for each in (first, place) if each.parent]
            one, other = (facts[parent.metric].name for parent in parents)
            filled = {"name": facts[place.metric].name, "one": one, "other": other}
            message = N_("“%(name)s” is counted twice: below “%(one)s” and below “%(other)s”.")
            yield Issue(place.id, message, filled, blocking=False)


def formula_top(layout: Layout, place: Place) -> str:
    """The node that formula links lead up to from `place`; itself where it only influences, or is the root."""
    while place.link == branches.FORMULA and place.parent is not None:
        place = layout.by_id[place.parent]
    return place.id

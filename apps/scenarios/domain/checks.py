"""What is wrong with changes somebody typed: everything at once, each with its field."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from apps.kernel.issue import N_, Issue
from apps.scenarios.domain.changes import Changes, Pull, Weight
from apps.scenarios.domain.evaluation import NOTHING_TO_MOVE, Sheet

MOST_WEIGHT = Decimal(1000)
MOST_ELASTICITY = Decimal(100)

NO_LEAF = N_("This is not a figure that can be moved here.")
WEIGHT = N_("A weight is more than 0 and at most %(most)s.")
NOTHING_TO_REACH = N_("This is where the target starts from, so there would be nothing to reach. Type another goal.")
ELASTICITY = N_("An elasticity lies between −%(most)s and %(most)s.")
CIRCLE = N_("These assumptions run in a circle: %(names)s. Take one of them out.")


def field_of(what: str, *parts: object) -> str:
    """The name of the field for a change: "move:visits", "weight:health:0:nps", "goal:arpu", "pull:arpu:nps"."""
    return ":".join([what, *(str(part) for part in parts if part != "")])


def issues(sheet: Sheet, changes: Changes) -> Iterator[Issue]:
    """Everything that keeps `changes` from being worked out; `where` is the field (`field_of`)."""
    for key, move in changes.moves.items():
        if key not in sheet.base.metrics or not sheet.is_leaf(key):
            yield Issue(field_of("move", key), NO_LEAF)
        elif move.of(sheet.now[key]) is None:
            yield Issue(field_of("move", key), NOTHING_TO_MOVE)
    for weight, number in changes.weights.items():
        if weight not in set(weights_of(sheet, weight.score)):
            yield Issue(field_of("weight", *weight), NO_LEAF)
        elif not 0 < number <= MOST_WEIGHT:
            yield Issue(field_of("weight", *weight), WEIGHT, {"most": MOST_WEIGHT})
    for key, goal in changes.goals.items():
        target = sheet.base.targets.get(key)
        if target is None:
            yield Issue(field_of("goal", key), NO_LEAF)
        elif goal == target.baseline:
            yield Issue(field_of("goal", key), NOTHING_TO_REACH)
    yield from _of_elasticities(sheet, changes)


def _of_elasticities(sheet: Sheet, changes: Changes) -> Iterator[Issue]:
    links = {Pull(*link) for link in sheet.base.influences()}
    for pull, number in changes.elasticities.items():
        if pull not in links:
            yield Issue(field_of("pull", *pull), NO_LEAF)
        elif abs(number) > MOST_ELASTICITY:
            yield Issue(field_of("pull", *pull), ELASTICITY, {"most": MOST_ELASTICITY})
    known = {pull: number for pull, number in changes.elasticities.items() if pull in links}
    circle = sheet.circle(Changes(elasticities=known))
    if circle:
        yield Issue(field_of("pull", *next(iter(known))), CIRCLE, {"names": list(circle)})


def weights_of(sheet: Sheet, key: str) -> Iterator[Weight]:
    """Every weight of the score `key`; none where it is no score."""
    each = sheet.base.metrics.get(key)
    for at, group in enumerate(each.score.groups if each and each.score else ()):
        yield Weight(key, at)
        for part in group.parts:
            yield Weight(key, at, part.metric)


def sound(sheet: Sheet, changes: Changes) -> tuple[Changes, list[Issue]]:
    """The changes that can be worked out, and what is wrong with the others."""
    found = list(issues(sheet, changes))
    bad = {issue.where for issue in found}
    circle = any(issue.message == CIRCLE for issue in found)
    return Changes(
        moves={key: move for key, move in changes.moves.items() if field_of("move", key) not in bad},
        weights={each: number for each, number in changes.weights.items() if field_of("weight", *each) not in bad},
        goals={key: goal for key, goal in changes.goals.items() if field_of("goal", key) not in bad},
        elasticities={}
        if circle
        else {pull: number for pull, number in changes.elasticities.items() if field_of("pull", *pull) not in bad},
    ), found

"""The change of a metric by the members of one dimension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from apps.drivers.domain.members import Split, by_ratio, by_sum
from apps.drivers.selectors.asking import Question
from apps.drivers.selectors.ends import Answer
from apps.kernel.issue import N_
from apps.metrics import selectors as metrics
from apps.metrics.domain.definition import is_zero_when_empty
from apps.metrics.domain.drivers import Side
from apps.metrics.selectors import Stand

DO_NOT_ADD_UP = N_("Its members do not add up to the whole. Compare two of them with each other instead.")
NO_MEMBERS = N_("There are no members with values in both periods.")
ZERO = Fraction(0)

Pair = tuple[Stand | None, Stand | None]


@dataclass(frozen=True)
class Splitting:
    """The split, or why there is none (a msgid)."""

    dimension: str
    split: Split | None
    reason: str = ""


def splittable(question: Question) -> bool:
    """Whether it can be asked by member: a whole company over time."""
    return bool(question.metric.dimensions) and not question.dimension and question.against in _OVER_TIME


_OVER_TIME = ("previous", "year", "period")


def splitting(told: Answer, dimension: str) -> Splitting:
    """What each member accounts for of the change of the whole. One query."""
    question = told.question
    view, starts = question.metric, (question.base.start, question.period.start)
    found = metrics.stands([view.id], question.grain, starts, dimension, None)
    sides = [found.members(view.id, start) for start in starts]
    pairs = {name: (sides[0].get(name), sides[1].get(name)) for name in sorted({*sides[0], *sides[1]})}
    if not pairs or told.before is None or told.after is None:
        return Splitting(dimension, None, NO_MEMBERS)
    split = _split(pairs, told, may_overlap=is_zero_when_empty(view.definition))
    return Splitting(dimension, split, "" if split else DO_NOT_ADD_UP)


def _split(pairs: Mapping[str, Pair], told: Answer, *, may_overlap: bool) -> Split | None:
    ends = told.before or ZERO, told.after or ZERO
    change = ends[1] - ends[0]
    known = [stand for pair in pairs.values() for stand in pair if stand and stand.exact is not None]
    if known and all(stand.denominator is not None for stand in known):
        return by_ratio({name: (_side(pair[0]), _side(pair[1])) for name, pair in pairs.items()}, change)
    values = {name: (_exact(pair[0]), _exact(pair[1])) for name, pair in pairs.items()}
    sums = [sum((pair[end] or ZERO for pair in values.values()), ZERO) for end in (0, 1)]
    return by_sum(values, change) if may_overlap or sums == list(ends) else None


def _side(stand: Stand | None) -> Side | None:
    if stand is None or stand.numerator is None or not stand.denominator:
        return None
    return Side(stand.numerator, stand.denominator)


def _exact(stand: Stand | None) -> Fraction | None:
    return stand.exact if stand else None

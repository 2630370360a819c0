"""One number of the rows of a period: sums, counts, averages and their ratios."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.engine.plan import (
    Aggregation,
    How,
    Planned,
    Reach,
    Tables,
    Translate,
    Types,
    in_words_of,
    issue,
    same,
    side_issues,
)
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain


@dataclass(frozen=True)
class MeasurePlan(Planned):
    """One metric at one grain: numerator, and for a ratio denominator, over periods of a calendar.

    `trailing` is the number of periods that each value covers, ending with its own.
    """

    id: str
    grain: Grain
    trailing: int
    numerator: Aggregation
    denominator: Aggregation | None = None
    split_by: str | None = None
    first: date | None = None
    last: date | None = None

    @property
    def lookback(self) -> Reach:
        return Reach(periods=self.trailing - 1)

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        words = self.numerator.in_words(translate)
        if self.denominator is not None:
            sides = {"numerator": words, "denominator": self.denominator.in_words(translate)}
            words = translate(N_("%(numerator)s divided by %(denominator)s")) % sides
        return in_words_of(self, words, translate, *trailing_in_words(self.trailing, translate))

    def sides(self) -> tuple[Aggregation, ...]:
        """Numerator, then denominator where there is one."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """What does not fit in window and sides."""
        found = trailing_issues(self.id, self.trailing)
        if self.denominator is not None and How.AVG in {side.how for side in self.sides()}:
            found.append(issue(self.id, N_("An average already is a ratio: it takes no denominator and is none.")))
        return found + [found for side in self.sides() for found in side_issues(self.id, side, types)]


def trailing_in_words(trailing: int, translate: Translate) -> tuple[str, ...]:
    """A window of more than one period as a phrase."""
    return (translate(N_("over the last %(n)s periods")) % {"n": trailing},) if trailing > 1 else ()


def trailing_issues(plan_id: str, trailing: int) -> list[Issue]:
    """A window has at least one period."""
    if trailing >= 1:
        return []
    return [issue(plan_id, N_("A window covers 1 or more periods, not %(n)s."), n=trailing)]

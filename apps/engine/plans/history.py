"""What entities do from one period to the next: movements, cohorts, recurring revenue. All look at whole histories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.engine.attribute import Attribute
from apps.engine.conversion import Conversion
from apps.engine.misfits import column_issues, issue, number_issues, where_issues
from apps.engine.plan import Condition, Planned, Reach, Reading, Tables, Types, all_in_words, in_words_of
from apps.engine.words import Translate, same
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain

MOST_INTERVALS = 400

MOVEMENTS = ("active", "new", "retained", "reactivated", "churned", "net")
"""The series of a LifecyclePlan."""

REVENUE = ("mrr", "new", "expansion", "contraction", "churn", "reactivation", "nrr", "grr")
"""The series of a RecurringPlan."""


class Variant(StrEnum):
    """When an entity of a cohort is kept in an interval: active in it; in it or a later one of the plan's; in it and
    every one before."""

    BOUNDED = "bounded"
    UNBOUNDED = "unbounded"
    UNBROKEN = "unbroken"


class Cohort(StrEnum):
    """Who starts in a period: those whose first activity ever is in it, or all that are active in it."""

    FIRST = "first"
    ACTIVE = "active"


_VARIANT_WORDS = {
    Variant.BOUNDED: N_("share of %(cohort)s active again exactly n periods later (n up to %(most)s)"),
    Variant.UNBOUNDED: N_("share of %(cohort)s active again n to %(most)s periods later"),
    Variant.UNBROKEN: N_("share of %(cohort)s active in every one of the next n periods (n up to %(most)s)"),
}
_COHORT_WORDS = {
    Cohort.FIRST: N_("the %(entity)s that begin"),
    Cohort.ACTIVE: N_("all %(entity)s active"),
}


class Historic(Planned):
    """Plans about entities over all their periods. Rows without an entity, or that do not satisfy `where`, do not
    count; with a split each member has a history of its own."""

    entity: str
    where: tuple[Condition, ...]

    @property
    def lookback(self) -> Reach:
        """The first activity ever decides."""
        return Reach(ever=True)

    def where_in_words(self, words: str, translate: Translate) -> str:
        """Words with the conditions on rows."""
        if not self.where:
            return words
        conditions = all_in_words(self.where, translate)
        return translate(N_("%(what)s where %(conditions)s")) % {"what": words, "conditions": conditions}

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """What does not fit in entity and conditions."""
        return column_issues(self.id, [self.entity], types) + where_issues(self.id, self.where, types)


@dataclass(frozen=True)
class LifecyclePlan(Historic):
    """Movements of active entities: series "active", "new", "retained", "reactivated", "churned", "net".

    active = new + retained + reactivated = previous active + new + reactivated - churned; net = new + reactivated -
    churned. New is the first activity in the full history; churned of a period are those active in the one before
    and not in it. `known_since` is the day from which the data are complete: of a period that starts on or before it
    nothing is known but who is active, the others are None. `n` counts the rows of the period.
    """

    id: str
    grain: Grain
    entity: str
    where: tuple[Condition, ...] = ()
    known_since: date | None = None
    split_by: str | None = None
    first: date | None = None
    last: date | None = None
    attribute: Attribute | None = None

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        words = translate(N_("new, retained, reactivated and churned %(entity)s")) % {"entity": self.entity}
        return in_words_of(self, self.where_in_words(words, translate), translate)


@dataclass(frozen=True)
class RetentionPlan(Historic):
    """Of each cohort, how many are kept: series "0" to `intervals`, dated by the cohort's period.

    Numerator: kept in that interval, denominator and `n`: size of the cohort. An interval is one period; an entity is
    active in it with at least `minimum` rows. A cell is only final when its interval is over (`matures`); cells beyond
    the data are given all the same, as what is known so far.
    """

    id: str
    grain: Grain
    entity: str
    intervals: int
    where: tuple[Condition, ...] = ()
    variant: Variant = Variant.BOUNDED
    cohort: Cohort = Cohort.FIRST
    minimum: int = 1
    split_by: str | None = None
    first: date | None = None
    last: date | None = None
    attribute: Attribute | None = None

    @property
    def lookback(self) -> Reach:
        """Only first activity looks back."""
        return Reach(ever=self.cohort == Cohort.FIRST)

    @property
    def lookahead(self) -> Reach:
        """The last interval."""
        return Reach(periods=self.intervals)

    def matures(self, interval: int) -> int:
        """How many periods after the cohort's own must be over before the figure of an interval is final."""
        return self.intervals if self.variant == Variant.UNBOUNDED and interval else interval

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        cohort = translate(_COHORT_WORDS[self.cohort]) % {"entity": self.entity}
        words = translate(_VARIANT_WORDS[self.variant]) % {"cohort": cohort, "most": self.intervals}
        more = [translate(N_("with at least %(n)s rows a period")) % {"n": self.minimum}] if self.minimum > 1 else []
        return in_words_of(self, self.where_in_words(words, translate), translate, *more)

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """What does not fit in entity, conditions and numbers."""
        found = super().issues(types, tables)
        if not 0 < self.intervals <= MOST_INTERVALS:
            message = N_("A retention curve has 1 to %(most)s intervals, not %(n)s.")
            found.append(issue(self.id, message, most=MOST_INTERVALS, n=self.intervals))
        if self.minimum < 1:
            found.append(issue(self.id, N_("Being active takes 1 or more rows, not %(n)s."), n=self.minimum))
        return found


@dataclass(frozen=True)
class RecurringPlan(Historic):
    """Recurring revenue and its movements: `column` summed for each entity and period.

    Series "mrr", "new", "expansion", "contraction", "churn", "reactivation" are amounts, none of them negative: mrr =
    previous mrr + new + reactivation + expansion - contraction - churn. "nrr" and "grr" have the previous mrr as
    denominator, and what is left of it as numerator: with expansion, and without. An entity whose period comes to 0
    or less has no recurring revenue in it. `n` counts the rows of the period.
    """

    id: str
    grain: Grain
    entity: str
    column: str
    where: tuple[Condition, ...] = ()
    split_by: str | None = None
    first: date | None = None
    last: date | None = None
    money: tuple[Conversion, ...] = ()
    attribute: Attribute | None = None

    def conversions(self) -> tuple[Conversion, ...]:
        return self.money

    def readings(self, table: str = "") -> tuple[Reading, ...]:
        return () if table else (Reading(self.where, (self.column,), (self.entity,)),)

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        words = translate(N_("recurring %(column)s of each %(entity)s and how it moved"))
        words %= {"column": self.column, "entity": self.entity}
        return in_words_of(self, self.where_in_words(words, translate), translate)

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """What does not fit in entity, column and conditions."""
        return super().issues(types, tables) + number_issues(self.id, "sum", self.column, types)

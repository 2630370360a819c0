"""The kinds of metric that follow entities: customers, accounts, orders, whatever a column names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, get_args

from pydantic import Field, StrictInt, model_validator

from apps.kernel.issue import N_
from apps.kernel.period import Grain
from apps.metrics.domain.parts import (
    MOST_DAYS,
    Aggregation,
    ColumnKey,
    Common,
    Comparison,
    Days,
    Filters,
    Key,
    Names,
    Number,
    Strict,
    Trailing,
    Windowed,
    must_have_one_grain,
    wrong,
)

LifecycleFigure = Literal["active", "new", "retained", "reactivated", "churned", "net"]
RecurringFigure = Literal["mrr", "new", "expansion", "contraction", "churn", "reactivation", "nrr", "grr"]
Variant = Literal["bounded", "unbounded", "unbroken"]
Cohort = Literal["first", "active"]
Order = Literal["first_touch", "strict"]
At = Literal["closing", "opening", "average"]

LIFECYCLE_FIGURES: tuple[LifecycleFigure, ...] = get_args(LifecycleFigure)
RECURRING_FIGURES: tuple[RecurringFigure, ...] = get_args(RecurringFigure)
MOST_INTERVALS = 36
_LENGTH = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 30, Grain.QUARTER: 91, Grain.HALF: 182, Grain.YEAR: 365}


class Threshold(Strict):
    """What an entity has to have done in a period: a count, sum or number of different values, compared with `value`.

    `gt` is more than, `ge` is at least: “over 5 times” is gt 5, “5 or more” is ge 5.
    """

    measure: Aggregation
    op: Comparison = "ge"
    value: Number

    @model_validator(mode="after")
    def _adds_up(self) -> Threshold:
        if self.measure.how not in ("sum", "count", "distinct"):
            raise wrong(N_("A condition on customers is a sum or a count of their rows."))
        return self


class Base(Strict):
    """Who is counted as the whole: entities with a row that satisfies `filters` in the period, or entities of a file.

    With `started` the data set is a file of entities: one row each, in it from `started` until `ended` (or for good).
    Counted are those that started before the period began and had not ended before it did.
    """

    dataset: Key
    filters: Filters = ()
    started: ColumnKey | None = None
    ended: ColumnKey | None = None

    @model_validator(mode="after")
    def _starts(self) -> Base:
        if self.ended is not None and self.started is None:
            raise wrong(N_("Say also in which column it started."))
        return self


class EntityCountDefinition(Windowed):
    """How many entities met every condition in the period; the conditions count within the period, never before it."""

    kind: Literal["entity_count"] = "entity_count"
    entity: ColumnKey
    conditions: tuple[Threshold, ...] = Field(min_length=1, max_length=5)


class EntityShareDefinition(Windowed):
    """The share of a base population that met every condition in the period."""

    kind: Literal["entity_share"] = "entity_share"
    entity: ColumnKey
    conditions: tuple[Threshold, ...] = Field(min_length=1, max_length=5)
    base: Base


class Activity(Strict):
    """What counts as being active: a row of `dataset` that satisfies `filters`, of the entity its column names."""

    dataset: Key
    entity: ColumnKey
    filters: Filters = ()


class LifecycleDefinition(Common):
    """Where active entities come from and go: active = previous active + new + reactivated - churned.

    New is whoever was never active before, in the whole history. `known_since` is the day from which the data is
    complete, where that is not the whole history: until the first period after it only `active` is known.
    """

    kind: Literal["lifecycle"] = "lifecycle"
    activity: Activity
    figure: LifecycleFigure = "active"
    known_since: date | None = None


class RetentionDefinition(Common):
    """Of the entities that came in one period, the share that is active again `interval` periods later.

    bounded: active in that very period; unbounded: in it or later, up to `intervals`; unbroken: in every one up to it.
    A cohort is who was active for the `first` time, or who was `active` at all. Dated by the cohort's period.
    """

    kind: Literal["retention"] = "retention"
    activity: Activity
    variant: Variant = "bounded"
    cohort: Cohort = "first"
    intervals: StrictInt = Field(default=12, ge=1, le=MOST_INTERVALS)
    interval: StrictInt = Field(default=1, ge=1, le=MOST_INTERVALS)
    minimum: StrictInt = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _one_length(self) -> RetentionDefinition:
        must_have_one_grain(self, self.intervals)
        if self.interval > self.intervals:
            raise wrong(N_("The headline is one of the %(n)s periods that are followed."), n=self.intervals)
        return self


class RepeatDefinition(Common):
    """The share of rows that another row of the same entity follows before `within_days` days are over; dated by the
    first.

    `moment` tells the order of rows of one day; without it only a later day counts as following.
    """

    kind: Literal["repeat"] = "repeat"
    activity: Activity
    within_days: Days = 30
    moment: ColumnKey | None = None


class Step(Strict):
    """A step on the way: a row of `dataset` that satisfies `filters`; `moment` tells the order within a day."""

    dataset: Key
    entity: ColumnKey
    filters: Filters = ()
    moment: ColumnKey | None = None
    name: Names | None = None


class DayRule(StrEnum):
    """What of the day on which the step before was done counts for the next one."""

    CLOCK = "clock"
    SAME_DAY = "same_day"
    LATER_DAY = "later_day"


def day_rule(steps: Sequence[Step]) -> DayRule:
    """By the clock where every step knows the time of day. Else the same day counts, as nobody knows the order in it;
    but where two steps are the same rows, only a later day: a row would be followed by itself."""
    if all(step.moment is not None for step in steps):
        return DayRule.CLOCK
    rows = [(step.dataset, frozenset(condition.model_dump_json() for condition in step.filters)) for step in steps]
    return DayRule.SAME_DAY if len(set(rows)) == len(rows) else DayRule.LATER_DAY


class ConversionDefinition(Common):
    """The share of entities that reach the goal within `within_days` of their start; dated by the start."""

    kind: Literal["conversion"] = "conversion"
    start: Step
    goal: Step
    within_days: Days = 30
    order: Order = "first_touch"


class FunnelDefinition(Common):
    """How far entities get along several steps within `within_days` of the first one; the value is last over first."""

    kind: Literal["funnel"] = "funnel"
    steps: tuple[Step, ...] = Field(min_length=2, max_length=10)
    within_days: Days = 30
    order: Order = "first_touch"


class CumulativeDefinition(Common):
    """A number over several periods: the last `trailing` ones, or all since the start of the `to_date` one."""

    kind: Literal["cumulative"] = "cumulative"
    measure: Aggregation
    trailing: Trailing | None = None
    to_date: Grain | None = None

    @model_validator(mode="after")
    def _one_window(self) -> CumulativeDefinition:
        if (self.trailing is None) == (self.to_date is None):
            raise wrong(N_("Choose either a number of periods or since when it runs."))
        if self.trailing is not None:
            must_have_one_grain(self, self.trailing)
        if self.to_date in (Grain.DAY, Grain.WEEK):
            raise wrong(N_("It can run since the start of the month, quarter, half-year or year."))
        if self.to_date is not None and any(_LENGTH[grain] >= _LENGTH[self.to_date] for grain in self.grains):
            raise wrong(N_("What runs since the start of a period is read by shorter periods than that."))
        if self.to_date is not None and Grain.WEEK in self.grains:
            raise wrong(N_("Weeks do not fit into months or years. Read it by day or month."))
        return self


class StockDefinition(Common):
    """A level, such as a balance or a head count: for each entity the value at one date, added over entities.

    The last known value counts, if it is not older than `carry_days`. It is never added over time.
    """

    kind: Literal["stock"] = "stock"
    dataset: Key
    entity: Annotated[tuple[ColumnKey, ...], Field(min_length=1, max_length=4)]
    column: ColumnKey
    filters: Filters = ()
    at: At = "closing"
    carry_days: StrictInt = Field(default=31, ge=0, le=MOST_DAYS)


class RecurringDefinition(Common):
    """Recurring revenue of entities and how it moves from period to period: new, expansion, contraction, churn.

    `nrr` and `grr` are what is left of last period's revenue, with and without expansion.
    """

    kind: Literal["recurring"] = "recurring"
    dataset: Key
    entity: ColumnKey
    column: ColumnKey
    filters: Filters = ()
    figure: RecurringFigure = "mrr"

    @model_validator(mode="after")
    def _one_length(self) -> RecurringDefinition:
        if len(self.grains) > 1:
            raise wrong(N_("Revenue of a month and of a quarter are two metrics. Choose one kind of period."))
        return self


class NpsDefinition(Windowed):
    """Net Promoter Score: 100 x (answers of 9 and 10 - answers of 0 to 6) / answers. From -100 to 100."""

    kind: Literal["nps"] = "nps"
    dataset: Key
    column: ColumnKey
    filters: Filters = ()

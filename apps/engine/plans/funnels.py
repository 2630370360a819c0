"""How far entities get along several steps: conversions of two, funnels of more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.engine.attribute import Attribute
from apps.engine.codec import Message
from apps.engine.misfits import column_issues, issue, where_issues
from apps.engine.plan import Condition, Planned, Reach, Tables, Types, all_in_words, in_words_of
from apps.engine.plans.repeats import days_issues, moment_issues
from apps.engine.words import Translate, same
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain

MOST_STEPS = 10


class Order(StrEnum):
    """Which row of a step counts: its first one since step 1, or its first one since the step before."""

    FIRST_TOUCH = "first_touch"
    STRICT = "strict"


_ORDER_WORDS = {
    Order.FIRST_TOUCH: N_("the first row of each step in this order"),
    Order.STRICT: N_("each step after the one before"),
}


@dataclass(frozen=True)
class FunnelStep(Message):
    """Rows that satisfy `where`, of the further data set `table` ("": the plan's own), whose entity is in its column
    `entity` ("": named as in the plan). `moment` tells when in its day a row happened; an empty one means its start."""

    where: tuple[Condition, ...] = ()
    table: str = ""
    entity: str = ""
    moment: str | None = None

    def in_words(self, translate: Translate = same) -> str:
        """The step as a phrase."""
        words = all_in_words(self.where, translate) if self.where else translate(N_("any row"))
        if not self.table:
            return words
        return translate(N_("%(what)s in %(table)s")) % {"what": words, "table": self.table}


@dataclass(frozen=True)
class FunnelPlan(Planned):
    """Entities that do one step after the other within `within_days` of the first, counted once in each period.

    An entity enters a period with its first row there that satisfies step 1. It reaches a later step with a row on a
    day before the day it entered + `within_days`, after the row of the step before: with `first_touch` the rows looked
    at are the first of each step after it entered, with `strict` the first after the step before. After means at a
    later moment, or where either step has no `moment` on a later day; with `ties` at the same moment or on the same day
    too. A split takes the member of the row that entered, of rows that tie the smallest one.

    Series "1" to the number of steps: entities that reached the step over those that entered; "" is the last step.
    `n` counts those that entered. Step 1 is of the plan's own data set.
    """

    id: str
    grain: Grain
    entity: str
    steps: tuple[FunnelStep, ...]
    within_days: int
    order: Order = Order.FIRST_TOUCH
    ties: bool = False
    split_by: str | None = None
    first: date | None = None
    last: date | None = None
    attribute: Attribute | None = None

    @property
    def lookahead(self) -> Reach:
        """The window of the period's last day."""
        return Reach(days=self.within_days - 1)

    @property
    def members_ahead(self) -> Reach:
        """None: the first row says the member."""
        return Reach()

    def further(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.table for step in self.steps if step.table))

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        steps = " → ".join(step.in_words(translate) for step in self.steps)
        words = translate(N_("share of %(entity)s that get from the first to the last step: %(steps)s"))
        within = translate(N_("less than %(days)s days after the first")) % {"days": self.within_days}
        order = translate(_ORDER_WORDS[self.order])
        return in_words_of(self, words % {"entity": self.entity, "steps": steps}, translate, within, order)

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """What does not fit in steps, entity and window."""
        found = column_issues(self.id, [self.entity], types) + days_issues(self.id, self.within_days)
        if not 2 <= len(self.steps) <= MOST_STEPS:
            message = N_("A funnel has 2 to %(most)s steps, not %(n)s.")
            found.append(issue(self.id, message, most=MOST_STEPS, n=len(self.steps)))
        if self.steps and self.steps[0].table:
            found.append(issue(self.id, N_("The first step is of the data set that the plan is about.")))
        for step in self.steps:
            if not step.table or step.table in tables:
                found += self._step_issues(step, types, tables[step.table] if step.table else types)
        return found

    def _step_issues(self, step: FunnelStep, types: Types, columns: Types) -> list[Issue]:
        entity = step.entity or self.entity
        found = column_issues(self.id, [entity], columns) if step.table or step.entity else []
        if entity in columns and types.get(self.entity, columns[entity]) != columns[entity]:
            message = N_("“%(column)s” is %(type)s, but “%(other)s” is %(wanted)s: they never are the same.")
            params = {"column": entity, "type": columns[entity].value, "other": self.entity}
            found.append(issue(self.id, message, wanted=types[self.entity].value, **params))
        moments = [step.moment] if step.moment is not None else []
        return found + moment_issues(self.id, moments, columns) + where_issues(self.id, step.where, columns)

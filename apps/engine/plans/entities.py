"""How many entities did enough: conditions on what each of them did in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.engine.attribute import AsOf, Attribute
from apps.engine.codec import Message
from apps.engine.conversion import Conversion
from apps.engine.misfits import column_issues, issue, side_issues, where_issues
from apps.engine.plan import (
    Aggregation,
    ColumnType,
    Condition,
    How,
    Op,
    Planned,
    Reach,
    Reading,
    Tables,
    Types,
    all_in_words,
    in_words_of,
)
from apps.engine.plans.aggregates import trailing_in_words, trailing_issues
from apps.engine.words import Translate, same
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain

COMPARING = (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE)
_DAYS = (ColumnType.DATE, ColumnType.DATETIME)

_WORDS = {
    Op.EQ: N_("%(side)s is %(value)s"),
    Op.NE: N_("%(side)s is not %(value)s"),
    Op.LT: N_("%(side)s is less than %(value)s"),
    Op.LE: N_("%(side)s is at most %(value)s"),
    Op.GT: N_("%(side)s is more than %(value)s"),
    Op.GE: N_("%(side)s is at least %(value)s"),
}


@dataclass(frozen=True)
class Threshold(Message):
    """What an entity's rows of a period must come to: `side` compared with `value`; `gt` is not `ge`.

    The rows are those of the further data set `table` ("": of the plan's own), whose entity is in its column `entity`
    ("": named as in the plan). No row counts and sums to 0; a sum of rows without any value, and the smallest,
    largest or average of none, satisfy nothing.
    """

    side: Aggregation
    op: Op
    value: int | Decimal
    table: str = ""
    entity: str = ""

    def in_words(self, translate: Translate = same) -> str:
        """The threshold as a phrase."""
        words = {"side": self.side.in_words(translate), "value": str(self.value)}
        if self.table:
            words["side"] = translate(N_("%(what)s in %(table)s")) % {"what": words["side"], "table": self.table}
        return translate(_WORDS[self.op]) % words


@dataclass(frozen=True)
class Base(Message):
    """Who could have: the population that a share is of.

    Without `table`: entities with a row of the period (or window) that satisfies `where`. With one: entities of that
    data set whose day in `started` lies before the period's first day and that had not ended before the period did
    (`ended`: empty, or not before the day after its last). `entity` is their column there ("": as in the plan).
    """

    where: tuple[Condition, ...] = ()
    table: str = ""
    started: str = ""
    ended: str = ""
    entity: str = ""

    def in_words(self, translate: Translate = same) -> str:
        """The population as a phrase."""
        if self.table:
            words = translate(N_("those of %(table)s there for the whole period")) % {"table": self.table}
        else:
            words = translate(N_("those with a row"))
        if not self.where:
            return words
        conditions = all_in_words(self.where, translate)
        return translate(N_("%(what)s where %(conditions)s")) % {"what": words, "conditions": conditions}


@dataclass(frozen=True)
class EntityPlan(Planned):
    """Entities that satisfy every one of `conditions` in the same period, counted once each.

    Numerator: those that qualify and belong to the `base`; denominator: the base (none without one). With a base its
    members without any row are judged too (a count of 0); without one only entities with a row that some condition
    counts. Rows without an entity never count. `trailing` periods are looked at together, ending with the period.
    A split takes the member from the row; a further data set without that column is taken whole.
    """

    id: str
    grain: Grain
    entity: str
    conditions: tuple[Threshold, ...]
    base: Base | None = None
    trailing: int = 1
    split_by: str | None = None
    first: date | None = None
    last: date | None = None
    money: tuple[Conversion, ...] = ()
    attribute: Attribute | None = None

    def conversions(self) -> tuple[Conversion, ...]:
        return self.money

    def readings(self, table: str = "") -> tuple[Reading, ...]:
        found = [
            Reading(test.side.where, test.side.columns(), (test.entity or self.entity,))
            for test in self.conditions
            if test.table == table
        ]
        if self.base is not None and not self.base.table and not table:
            found.append(Reading(self.base.where, (), (self.entity,)))
        return tuple(found)

    @property
    def lookback(self) -> Reach:
        return Reach(periods=self.trailing - 1)

    @property
    def spans_periods(self) -> bool:
        """With a further data set too: a population has no row in the period."""
        return self.trailing > 1 or bool(self.further())

    def timeless(self) -> tuple[str, ...]:
        """Of a base the rows of any day matter: it says itself when an entity started and ended."""
        return (self.base.table,) if self.base and self.base.table else ()

    def further(self) -> tuple[str, ...]:
        named = [condition.table for condition in self.conditions] + ([self.base.table] if self.base else [])
        return tuple(dict.fromkeys(key for key in named if key))

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        conditions = translate(N_(" and ")).join(condition.in_words(translate) for condition in self.conditions)
        words = translate(N_("number of %(entity)s for which %(conditions)s"))
        words %= {"entity": self.entity, "conditions": conditions}
        if self.base is not None:
            sides = {"numerator": words, "denominator": self.base.in_words(translate)}
            words = translate(N_("%(numerator)s divided by %(denominator)s")) % sides
        return in_words_of(self, words, translate, *trailing_in_words(self.trailing, translate))

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """What does not fit in entity, conditions and base."""
        found = column_issues(self.id, [self.entity], types) + trailing_issues(self.id, self.trailing)
        if not self.conditions:
            found.append(issue(self.id, N_("Say what has to be reached: at least one condition.")))
        for condition in self.conditions:
            found += self._condition_issues(condition, tables.get(condition.table, {}) if condition.table else types)
        return found + (self._base_issues(self.base, types, tables) if self.base else [])

    def _condition_issues(self, condition: Threshold, types: Types) -> list[Issue]:
        if condition.table and not types:
            return []  # said once, by `issues_of`
        found = column_issues(self.id, [condition.entity or self.entity], types) if condition.table else []
        found += side_issues(self.id, condition.side, types)
        if condition.op not in COMPARING:
            message = N_("“%(op)s” does not compare a number with a number.")
            found.append(issue(self.id, message, op=condition.op.value))
        if condition.side.how not in FOLDABLE:
            message = N_("“%(how)s” cannot be asked of each entity.")
            found.append(issue(self.id, message, how=condition.side.how.value))
        if not Decimal(condition.value).is_finite():
            found.append(issue(self.id, N_("“%(value)s” is not a number."), value=condition.value))
        return found

    def _base_issues(self, base: Base, types: Types, tables: Tables) -> list[Issue]:
        if not base.table:
            return where_issues(self.id, base.where, types)
        if base.table not in tables:
            return []
        columns = tables[base.table]
        named = [base.entity or self.entity, *filter(None, [base.started, base.ended, self.split_by])]
        found = column_issues(self.id, named, columns) + where_issues(self.id, base.where, columns)
        if self.attribute is not None:
            found += self._member_issues(self.attribute, base, columns)
        if not base.started:
            found.append(issue(self.id, N_("Say which column of “%(table)s” holds the start."), table=base.table))
        for column in filter(None, [base.started, base.ended]):
            if column in columns and columns[column] not in _DAYS:
                message = N_("“%(column)s” must hold days; it is %(type)s.")
                found.append(issue(self.id, message, column=column, type=columns[column].value))
        return found

    def _member_issues(self, attribute: Attribute, base: Base, columns: Types) -> list[Issue]:
        """A population of another data set has to know whose member it is, and has no row on the day of which it could
        be asked."""
        if attribute.as_of == AsOf.EVENT:
            message = N_(
                "“%(table)s” has no day at which to ask for a member: take the end of the period or the newest."
            )
            return [issue(self.id, message, table=base.table)]
        return [] if attribute.entity == self.entity else column_issues(self.id, [attribute.entity], columns)


FOLDABLE = frozenset({How.SUM, How.COUNT, How.DISTINCT, How.AVG, How.MIN, How.MAX})
"""What can be compared for each entity."""

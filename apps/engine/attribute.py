"""A member that another data set says: what it is of whom, and as of when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.engine.codec import Message
from apps.engine.words import Translate, same
from apps.kernel.issue import N_
from apps.kernel.period import Calendar, Grain, Span


class AsOf(StrEnum):
    """Which of an entity's rows in the table of an `Attribute` says its member: the one in force at the end of the
    value's period, on the day of the row that counts, or the newest of all."""

    PERIOD_END = "period_end"
    EVENT = "event"
    LATEST = "latest"


@dataclass(frozen=True)
class Attribute(Message):
    """A member that another data set says: what `column` of the further data set `table` holds for an entity.

    `entity` is the plan's column with the entity, `key` the table's ("": named alike). A row of the table holds from
    its day until the next row of its entity: `period_end` takes the last one with a day before the end of the period,
    `event` the last one with a day not after that of the row that counts, `latest` the last one of all. Of rows of one
    day the one with the latest `moment` (a column of the table, "": none) is the last, and of those that still tie the
    one whose cell comes first in order, an empty one at the end. An entity without such a row, or with an empty cell
    in it, and a row without an entity belong to the member "".
    """

    table: str
    column: str
    entity: str
    key: str = ""
    as_of: AsOf = AsOf.PERIOD_END
    moment: str = ""

    @property
    def found_by(self) -> str:
        """The table's column with the entity."""
        return self.key or self.entity

    def in_words(self, translate: Translate = same) -> str:
        """Who the values are for, as a phrase."""
        words = {"column": self.column, "table": self.table, "entity": self.entity}
        return translate(_AS_OF_WORDS[self.as_of]) % words

    def changed(self, span: Span, calendar: Calendar, grain: Grain) -> Span:
        """The days of the rows whose member can be another one after rows of the table on the days `span` changed."""
        if self.as_of == AsOf.LATEST:
            return Span(date.min, date.max)
        of_period = self.as_of == AsOf.PERIOD_END
        return Span(calendar.period_of(span.start, grain).start if of_period else span.start, date.max)


_AS_OF_WORDS = {
    AsOf.PERIOD_END: N_("for each %(column)s that %(table)s says of %(entity)s at the end of the period"),
    AsOf.EVENT: N_("for each %(column)s that %(table)s says of %(entity)s on the day of the row"),
    AsOf.LATEST: N_("for each %(column)s that %(table)s says of %(entity)s by its newest row"),
}

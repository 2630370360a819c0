"""Rows that are followed by another row of the same entity: repairs that had to be repeated, purchases that recur."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from apps.engine.attribute import Attribute
from apps.engine.misfits import column_issues, issue, unknown, where_issues
from apps.engine.plan import ColumnType, Condition, Planned, Reach, Tables, Types, all_in_words, in_words_of
from apps.engine.words import Translate, same
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain

MOST_DAYS = 3_660


@dataclass(frozen=True)
class RepeatPlan(Planned):
    """Rows followed by another row of their entity within `within_days`, dated by the first of the two.

    Denominator and `n`: rows of an entity that satisfy `where`; numerator: those of them that another one follows on a
    day before their own day + `within_days` (the window is half-open; with 1 only the same day counts). What follows
    is on a later day, or with `moment` at a later moment of the same day: of rows that tie none follows the other. With
    `ties` they follow each other in the order of upload and row, those without a moment first. A split takes the
    member of the first row; the second may be of any. Rows without an entity do not count.
    """

    id: str
    grain: Grain
    entity: str
    within_days: int
    where: tuple[Condition, ...] = ()
    moment: str | None = None
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

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        words = translate(N_("share of rows followed by another of the same %(entity)s less than %(days)s days later"))
        words %= {"entity": self.entity, "days": self.within_days}
        if self.where:
            conditions = all_in_words(self.where, translate)
            words = translate(N_("%(what)s where %(conditions)s")) % {"what": words, "conditions": conditions}
        return in_words_of(self, words, translate)

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """What does not fit in entity, conditions, moment and window."""
        found = column_issues(self.id, [self.entity], types) + where_issues(self.id, self.where, types)
        moments = [self.moment] if self.moment is not None else []
        return found + moment_issues(self.id, moments, types) + days_issues(self.id, self.within_days)


def moment_issues(plan_id: str, columns: Iterable[str], types: Types) -> list[Issue]:
    """What is wrong with taking moments from these columns."""
    found = []
    for column in columns:
        if column not in types:
            found.append(unknown(plan_id, column, types))
        elif types[column] != ColumnType.DATETIME:
            message = N_("“%(column)s” must hold moments; it is %(type)s.")
            found.append(issue(plan_id, message, column=column, type=types[column].value))
    return found


def days_issues(plan_id: str, days: int, least: int = 1) -> list[Issue]:
    """A window has a number of days that can be counted."""
    if least <= days <= MOST_DAYS:
        return []
    message = N_("A window has %(least)s to %(most)s days, not %(n)s.")
    return [issue(plan_id, message, least=least, most=MOST_DAYS, n=days)]

"""Members that another data set says: who was what and when, and rows with their member beside them.

The member becomes a column of the rows, so that every family splits by it as by any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from apps.engine.attribute import AsOf, Attribute
from apps.engine.compile import Expr, ibis_type, to_sql
from apps.engine.kinds.bench import EVER, SPAN, Bench, Source, Step, Task
from apps.engine.kinds.entities import BASE, known
from apps.engine.kinds.ordinal import Ordinals
from apps.engine.kinds.rates import without_conversion
from apps.engine.plan import Planned
from apps.engine.plans.entities import EntityPlan
from apps.engine.requests import FileEntry, MeasureRow
from apps.kernel.period import Calendar, Grain

COLUMN = "_attribute"
"""The column with the member; no column of a data set begins like that."""

KEY, FROM, UNTIL, VALUE, RANK = "_key", "_from", "_until", "_value", "_rank"
_FOREVER = 2**31 - 1


@dataclass(frozen=True)
class _Clock:
    """By what a member is looked up: the number of a row's period (or day), or of the last day asked for."""

    ordinals: Ordinals
    at_end: bool


@dataclass(frozen=True)
class _Key:
    """What plans have in common to share the rows with their members."""

    attribute: Attribute
    clock: _Clock | None
    alone: str = ""


def split(wanted: Iterable[Planned], bench: Bench) -> Iterator[Split]:
    """The plans by their attributes."""
    groups: dict[_Key, list[Planned]] = {}
    for plan in wanted:
        if plan.attribute is not None:
            alone = plan.id if isinstance(plan, EntityPlan) and plan.further() else ""
            groups.setdefault(_Key(plan.attribute, _clock(plan, bench.calendar), alone), []).append(plan)
    for at, (key, plans) in enumerate(groups.items()):
        yield Split(key, plans, bench, at)


def _clock(plan: Planned, calendar: Calendar) -> _Clock | None:
    """None where the newest row of an entity always counts."""
    assert plan.attribute is not None  # noqa: S101 - asked for no others
    if plan.attribute.as_of == AsOf.LATEST:
        return None
    at_end = plan.attribute.as_of == AsOf.PERIOD_END and plan.spans_periods
    by_period = plan.attribute.as_of == AsOf.PERIOD_END and not at_end
    return _Clock(Ordinals(plan.grain if by_period else Grain.DAY, calendar), at_end)


class Split:
    """Plans of one attribute: as plans that are split by a column, and a bench whose rows have it."""

    def __init__(self, key: _Key, plans: list[Planned], bench: Bench, at: int) -> None:
        self.attribute, self._clock, self._bench = key.attribute, key.clock, bench
        self.plans: list[Any] = [replace(plan, attribute=None, split_by=COLUMN) for plan in plans]  # type: ignore[type-var]
        told = without_conversion(bench.source(key.attribute.table))
        self._told = replace(told, table=f"told_{at}")
        self._name, self._suffix = f"held_{at}", f"_of_{at}"
        self._made = to_sql(self._held())
        main = self._with_member(bench.main, key.attribute.entity)
        self.bench = replace(bench, main=main, tables=self._tables(plans[0]))
        self.sql = f"{self._made};\n\n{main.select()}"

    def tasks(self, inner: Iterable[Task]) -> Iterator[Task]:
        """These tasks, with what has to be there before, and gone afterwards."""
        yield Task({}, (Step(self.make),))
        for task in inner:
            sql = {plan: f"{self.sql};\n\n{of_plan}" for plan, of_plan in task.sql.items()}
            yield Task(sql, task.steps)
        yield Task({}, (Step(partial(self._drop)),))

    def make(self) -> Iterator[MeasureRow]:
        """Make the table of who was what and when: key, from, until, value."""
        self._bench.open(self._told, self._told.files, EVER)
        self._bench.create(self._name, self._schema())
        self._bench.insert(self._name, self._made)
        return iter(())

    def _drop(self) -> Iterator[MeasureRow]:
        self._bench.drop(self._name)
        return iter(())

    def _schema(self) -> dict[str, dt.DataType]:
        types = self._told.types
        key, value = ibis_type(types[self.attribute.found_by]), ibis_type(types[self.attribute.column])
        return {KEY: key, FROM: dt.Int32(), UNTIL: dt.Int32(), VALUE: value}

    def _held(self) -> Expr:
        """The last row of each entity, or of each of its days (or periods), and until when it holds."""
        attribute, rows = self.attribute, known(self._told, self.attribute.found_by)
        number = ibis.literal(0, dt.Int32()) if self._clock is None else self._clock.ordinals.expression(rows.d)
        key, value = rows[attribute.found_by], rows[attribute.column]
        moment = [rows[attribute.moment].isnull(), rows[attribute.moment].desc()] if attribute.moment else []
        ranked = rows.select(
            **{KEY: key, FROM: number, VALUE: value},
            **{RANK: ibis.row_number().over(
                ibis.window(group_by=[key, number], order_by=[rows.d.desc(), *moment, value.isnull(), value])
            )},
        )  # fmt: skip
        last = ranked.filter(ranked[RANK] == 0)
        following = last[FROM].lead().over(ibis.window(group_by=KEY, order_by=FROM))
        until = following.fill_null(_FOREVER).cast("int32")
        return last.select(KEY, FROM, **{UNTIL: until, VALUE: last[VALUE]})

    def _tables(self, plan: Planned) -> dict[str, Source]:
        """The further data sets; those of an entity plan with the member, where they know whose it is."""
        tables = dict(self._bench.tables)
        if not isinstance(plan, EntityPlan):
            return tables
        for test in plan.conditions:
            if test.table:
                tables[test.table] = self._told_beside(plan, self._bench.source(test.table), test.entity)
        if plan.base is not None and plan.base.table:
            source = without_conversion(self._bench.source(plan.base.table))
            source = replace(source, table=f"{source.table}_base")
            tables[BASE] = self._told_beside(plan, source, plan.base.entity)
        return tables

    def _told_beside(self, plan: EntityPlan, source: Source, entity: str) -> Source:
        column = (entity or plan.entity) if self.attribute.entity == plan.entity else self.attribute.entity
        known_type = source.types.get(column) == self._told.types[self.attribute.found_by]
        return self._with_member(source, column) if known_type else source

    def _with_member(self, source: Source, entity: str) -> Source:
        """A source whose rows have the member of their entity beside them."""
        at_end = self._clock is not None and self._clock.at_end
        window = f"{source.table}_end{self._suffix}" if at_end else ""
        rows = source.rows()
        columns = list(rows.columns)
        if window:
            rows = rows.cross_join(ibis.table(dict.fromkeys(SPAN, dt.Date()), name=window)).select(*columns, SPAN[1])
        held = ibis.table(self._schema(), name=self._name)
        on = [rows[entity] == held[KEY]]
        if self._clock is not None:
            ordinals = self._clock.ordinals
            number = ordinals.expression(rows[SPAN[1]]) - 1 if window else ordinals.expression(rows.d)
            on += [held[FROM] <= number, held[UNTIL] > number]
        joined = rows.left_join(held, on)
        select = to_sql(joined.select(*columns, **{COLUMN: joined[VALUE]}))
        types = {**source.types, COLUMN: self._told.types[self.attribute.column]}
        name = f"{source.table}{self._suffix}"
        return Source(name, source.files, types, source, lambda: select, source.more, window, self._depends)

    def _depends(self, day: date) -> tuple[str, ...]:
        """What the members of rows until `day` are made of: the attribute, and the files that may say them."""
        files: tuple[FileEntry, ...] = self._told.files
        if self._clock is not None:
            ordinals = self._clock.ordinals
            end = ordinals.period(ordinals.of(day)).end if not self._clock.at_end else date.max
            files = self._told.within(EVER._replace(end=end)) if end < date.max else files
        return (str(self.attribute), *(f"{entry.path}|{entry.rows}|{entry.bytes}" for entry in files))

"""Entities that did enough: one row for each entity and period, then a count of those that satisfy everything.

Plans on the rows of the main data set share their scans, and equal columns. A plan that reads further data sets is
computed period by period: what each data set says of an entity is put side by side first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial, reduce
from operator import add, and_, eq, ge, gt, le, lt, ne, or_
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from apps.engine.compile import MEMBER, PERIOD, Expr, Measures, all_of, literal, period_start, to_sql
from apps.engine.kinds.behind import Behind, is_member, no_such_side
from apps.engine.kinds.bench import SPAN, Bench, Row, Source, Step, Task, as_day
from apps.engine.kinds.rates import without_conversion
from apps.engine.kinds.scans import Group, Scan, one_by_one, periods_of, scans
from apps.engine.plan import Aggregation, Condition, How, Op
from apps.engine.plans.entities import Base, EntityPlan, Threshold
from apps.engine.requests import MeasureRow, Rows
from apps.engine.values import cell_text
from apps.kernel.period import Period

ENTITY = "_entity"  # no column of a data set begins like that
BASE = "(base)"  # not a key that a data set can have
WINDOW = "window_days"
COMPARE = {Op.EQ: eq, Op.NE: ne, Op.LT: lt, Op.LE: le, Op.GT: gt, Op.GE: ge}
_ZERO = Decimal(0)


def tasks(plans: list[EntityPlan], bench: Bench) -> Iterator[Task]:
    """Plans on the main data set in groups that share their scans; each of the others alone."""
    groups: dict[tuple[str, Group], list[EntityPlan]] = {}
    for plan in plans:
        if plan.further():
            yield _wide_task(plan, bench)
        else:
            group = Group(plan.grain, plan.trailing, plan.split_by, plan.first, plan.last)
            groups.setdefault((plan.entity, group), []).append(plan)
    for (entity, group), members in groups.items():
        query = _Query(members, entity, group, bench)
        steps = tuple(Step(partial(query.run, scan)) for scan in scans(group, bench))
        yield Task(dict.fromkeys((plan.id for plan in members), query.sql), steps)


class _Query:
    """The query of plans on the main data set, run over each scan."""

    def __init__(self, plans: list[EntityPlan], entity: str, group: Group, bench: Bench) -> None:
        self.bench, self.plans, self.split = bench, plans, group.split_by is not None
        rows = known(bench.main, entity, [where for plan in plans for where in _wheres(plan)])
        measures = Measures(rows, bench.main.types)
        judged = [Judged(plan, {"": measures}, tag, alone=True) for tag, plan in enumerate(plans)]
        keys: dict[str, Any] = {}
        by_month = one_by_one(group.grain, bench)
        if group.trailing == 1 and not by_month:
            keys[PERIOD] = period_start(rows.d, group.grain, bench.calendar)
        if group.split_by is not None:
            keys[MEMBER] = rows[group.split_by]
        each = rows.group_by(**keys, **{ENTITY: rows[entity]}).aggregate(**measures.columns)
        columns = {name: value for part in judged for name, value in part.counts(each).items()}
        self.sql = to_sql(each.group_by(*keys).aggregate(**columns) if keys else each.aggregate(**columns))

    def run(self, scan: Scan) -> Iterator[MeasureRow]:
        """The values of every plan over one scan."""
        for row in self.bench.ask_of(self.bench.main, scan.files, scan.span, self.sql):
            start = scan.period_start or as_day(row[PERIOD])
            yield from answers(row, self.plans, start, cell_text(row[MEMBER]) if self.split else None)


def answers(row: Row, plans: Iterable[EntityPlan], start: date, member: str | None) -> Iterator[MeasureRow]:
    """The values in a row of counts: none where no row counted and nobody could have."""
    for tag, plan in enumerate(plans):
        hits, base, n = (row.get(f"{part}_{tag}") for part in ("hits", "base", "n"))
        if n or base:
            denominator = Decimal(base or 0) if plan.base else None
            yield MeasureRow(plan.id, start, member, Decimal(hits or 0), denominator, int(n or 0))


class Judged:
    """A plan over rows of one entity each: the columns that it needs there, and what it then counts.

    `measures` has the columns of each data set by key; those of a base of another data set come under `BASE`. Where
    they are `alone`, nothing was put beside them that an entity might have no row of: counts are never empty, and that
    of all rows never 0.
    """

    def __init__(
        self, plan: EntityPlan, measures: Mapping[str, Measures], tag: int = 0, *, alone: bool = False
    ) -> None:
        self.tag, self._alone = tag, alone
        self._tests = [(test, _Side(test.side, measures[test.table], alone)) for test in plan.conditions]
        by_table: dict[str, list[Aggregation]] = {}
        for condition in plan.conditions:
            by_table.setdefault(condition.table, []).append(condition.side)
        self._matched = [measures[key].matched(sides) for key, sides in by_table.items()]
        self._base = ""
        if plan.base is not None:
            members = measures[BASE if plan.base.table else ""]
            self._base = members.matched([Aggregation(How.COUNT, None, plan.base.where)])
        wanted = [self._base] if self._base else self._matched
        self._everybody = alone and any(measures[""].is_of_all(column) for column in wanted)
        self._belonging = wanted

    def qualifies(self, each: Expr) -> Expr:
        """Whether the entity of a row counts."""
        of_base = [] if self._everybody else [self.belongs(each)]
        return reduce(and_, [*of_base, *(side.holds(each, test) for test, side in self._tests)])

    def belongs(self, each: Expr) -> Expr:
        """Whether it is of the base; without one, whether any of its rows is counted."""
        return reduce(or_, [_number(each[column], self._alone) > 0 for column in self._belonging])

    def counts(self, each: Expr) -> dict[str, Expr]:
        """The figures of the plan over all entities."""
        matched = reduce(add, [_number(each[column], self._alone) for column in self._matched])
        found = {f"hits_{self.tag}": each.count(where=self.qualifies(each)), f"n_{self.tag}": matched.sum()}
        base = each.count() if self._everybody else each.count(where=self.belongs(each))
        return found | ({f"base_{self.tag}": base} if self._base else {})


class _Side:
    """A side for each entity, and what it compares with."""

    def __init__(self, side: Aggregation, measures: Measures, alone: bool) -> None:
        self.side, self.rows, self.values = side, measures.matched([side]), measures.values(side)
        self._alone, self._has_rows = alone, alone and measures.is_of_all(self.rows)

    def holds(self, each: Expr, test: Threshold) -> Expr:
        """The comparison: null where there is nothing to compare."""
        value, wanted = each[self.values[0]], literal(test.value)
        if self.side.how in (How.COUNT, How.DISTINCT):
            value = _number(value, self._alone)
        elif self.side.how == How.SUM and not self._has_rows:
            value = ibis.ifelse(_number(each[self.rows], self._alone) == 0, literal(_ZERO), value)
        elif self.side.how == How.AVG:
            wanted = wanted * each[self.values[1]].nullif(0)
        return COMPARE[test.op](value, wanted)


def _number(count: Expr, alone: bool) -> Expr:
    """A count, 0 where there was nothing to count."""
    return count if alone else count.fill_null(0)


def known(source: Source, entity: str, wheres: Iterable[tuple[Condition, ...]] = ()) -> Expr:
    """The rows that have an entity and satisfy any of the conjunctions (none given, or an empty one: all rows)."""
    rows = source.rows()
    rows = rows.filter(rows[entity].notnull())
    distinct = {frozenset(where): where for where in wheres}
    if not distinct or frozenset() in distinct:
        return rows
    return rows.filter(reduce(or_, [all_of(rows, where, source.types) for where in distinct.values()]))


def _wheres(plan: EntityPlan, table: str = "") -> list[tuple[Condition, ...]]:
    """The conditions of everything that a plan counts in a data set."""
    wheres = [condition.side.where for condition in plan.conditions if condition.table == table]
    return wheres + ([plan.base.where] if plan.base and not plan.base.table and not table else [])


# --- plans that read further data sets ---


def _wide_task(plan: EntityPlan, bench: Bench) -> Task:
    query = _WideQuery(plan, bench)
    steps = tuple(Step(partial(query.run, period)) for period in periods_of(plan, bench))
    return Task({plan.id: query.sql}, steps)


class _WideQuery:
    """The query of one plan over the rows of one period (or window) of each of its data sets."""

    def __init__(self, plan: EntityPlan, bench: Bench) -> None:
        self.plan, self.bench = plan, bench
        self.sources = _sources(plan, bench)
        self.each, judged = each_entity(plan, bench, self.sources)
        columns = judged.counts(self.each)
        keys = [MEMBER] if plan.split_by else []
        self.sql = to_sql(self.each.group_by(*keys).aggregate(**columns) if keys else self.each.aggregate(**columns))

    def run(self, period: Period) -> Iterator[MeasureRow]:
        """The value of one period."""
        open_window(self.plan, self.bench, self.sources, period)
        for row in self.bench.ask(self.sql):
            member = cell_text(row[MEMBER]) if self.plan.split_by else None
            yield from answers(row, [self.plan], period.start, member)


def _sources(plan: EntityPlan, bench: Bench) -> dict[str, Source]:
    """The data sets that are read within the window, by key."""
    sources = {key: bench.source(key) for key in dict.fromkeys(test.table for test in plan.conditions)}
    if plan.base is not None and not plan.base.table:
        sources[""] = bench.main
    return sources


def open_window(plan: EntityPlan, bench: Bench, sources: Mapping[str, Source], period: Period) -> None:
    """Open each data set on the days that count for the period, a base of another data set on all."""
    window = bench.calendar.trailing(period, plan.trailing)
    for source in sources.values():
        bench.open(source, source.within(window), window)
    if plan.base is not None and plan.base.table:
        source = _base_source(plan.base, bench)
        bench.open(source, source.files, period_end=window.end)
    bench.open_span(WINDOW, window)


def each_entity(plan: EntityPlan, bench: Bench, sources: Mapping[str, Source]) -> tuple[Expr, Judged]:
    """One row for each entity (and member) with what every data set says of it.

    Data sets with the member are put below each other and gathered; the rest is joined to their entities.
    """
    measures: dict[str, Measures] = {}
    for at, (key, source) in enumerate(sources.items()):
        entity = next((test.entity for test in plan.conditions if test.table == key and test.entity), plan.entity)
        rows = known(source, entity, _wheres(plan, key))
        measures[key] = Measures(rows.mutate(**{ENTITY: rows[entity]}), source.types, f"t{at}_")
    if plan.base is not None and plan.base.table:
        measures[BASE] = _base_measures(plan.base, plan.base.entity or plan.entity, bench)
    judged = Judged(plan, measures)
    parts = [_part(plan, part) for part in measures.values()]
    whole = [part for part in parts if not plan.split_by or MEMBER in part.columns]
    each = _gathered(whole, [ENTITY, *([MEMBER] if plan.split_by else [])])
    for part in parts:
        if plan.split_by and MEMBER not in part.columns:
            each = each.left_join(part.rename(joined=ENTITY), [(ENTITY, "joined")]).drop("joined")
    return each, judged


def _part(plan: EntityPlan, measures: Measures) -> Expr:
    keys = {ENTITY: measures.table[ENTITY]}
    if plan.split_by and plan.split_by in measures.types:
        keys[MEMBER] = measures.table[plan.split_by]
    return measures.table.group_by(**keys).aggregate(**measures.columns)


def _gathered(parts: list[Expr], keys: list[str]) -> Expr:
    """Rows of several tables with different figures, as one row for each key."""
    if len(parts) == 1:
        return parts[0]
    figures = {name: kind for part in parts for name, kind in part.schema().items() if name not in keys}
    stacked = ibis.union(
        *(
            part.select(*keys, **{name: part[name] if name in part.columns else ibis.null(kind)
                                  for name, kind in figures.items()})
            for part in parts
        )
    )  # fmt: skip
    return stacked.group_by(*keys).aggregate(**{name: stacked[name].max() for name in figures})


def _base_source(base: Base, bench: Bench) -> Source:
    """The base's data set under a name of its own: conditions may read the same one."""
    source = without_conversion(bench.source(base.table))
    return bench.tables.get(BASE) or replace(source, table=f"{source.table}_base")


def _base_measures(base: Base, entity: str, bench: Bench) -> Measures:
    """The entities of another data set that were there before the window began until it was over."""
    source = _base_source(base, bench)
    rows = known(source, entity, [base.where] if base.where else [])
    rows = rows.cross_join(ibis.table(dict.fromkeys(SPAN, dt.Date()), name=WINDOW))
    there = _day_of(rows, base.started) < rows[SPAN[0]]
    if base.ended:
        there = there & (rows[base.ended].isnull() | (_day_of(rows, base.ended) >= rows[SPAN[1]]))
    rows = rows.filter(there)
    return Measures(rows.mutate(**{ENTITY: rows[entity]}), source.types, "base_")


def _day_of(rows: Expr, column: str) -> Expr:
    return rows[column].date() if rows[column].type().is_timestamp() else rows[column]


# --- the rows behind a value ---


def behind(request: Rows, bench: Bench) -> Behind:
    """Of the entities that count, the rows that a condition counts; of the base, the rows that make it."""
    plan = request.plan
    assert isinstance(plan, EntityPlan)  # noqa: S101 - dispatched by type
    base = request.side == "denominator"
    if base and plan.base is None:
        raise no_such_side()
    window = bench.calendar.period_of(request.period[0], plan.grain)
    sources = _sources(plan, bench)
    open_window(plan, bench, sources, window)
    each, judged = each_entity(plan, bench, sources)
    each = each.filter(judged.belongs(each) if base else judged.qualifies(each))
    if plan.split_by and request.member is not None:
        each = each.filter(is_member(each[MEMBER], request.member, bench.main.types[plan.split_by]))
    source, wheres, entity = _shown(plan, request.table, base, bench)
    rows = known(source, entity, wheres)
    if plan.split_by and request.member is not None and plan.split_by in source.types:
        rows = rows.filter(is_member(rows[plan.split_by], request.member, source.types[plan.split_by]))
    entities = each.select(counted=each[ENTITY]).distinct().view()
    return Behind(source, rows.semi_join(entities, rows[entity] == entities.counted))


def _shown(plan: EntityPlan, table: str, base: bool, bench: Bench) -> tuple[Source, list[tuple[Condition, ...]], str]:
    """The data set whose rows are shown, what they satisfy, and its column with the entity."""
    if base and plan.base is not None and plan.base.table and table == plan.base.table:
        return _base_source(plan.base, bench), [plan.base.where], plan.base.entity or plan.entity
    tests = [test for test in plan.conditions if test.table == table]
    if base and plan.base is not None and not table:
        return bench.main, [plan.base.where], plan.entity
    if not tests:
        raise no_such_side()
    entity = next((test.entity for test in tests if test.entity), plan.entity)
    return bench.source(table), [test.side.where for test in tests], entity

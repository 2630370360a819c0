"""Sums of converted amounts: put together by day and currency first, so that a rate is taken for each of these and not
for each row. A sum of products by one rate is the product of the sum, exactly; the largest amount stays the largest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

from apps.engine import expression as arithmetic
from apps.engine.compile import MEMBER, PERIOD, Expr, Measures, period_start
from apps.engine.conversion import AMOUNT_DECIMALS, ORIGINAL, RATE
from apps.engine.failure import EngineFailure
from apps.engine.kinds.bench import Bench, Row
from apps.engine.kinds.rates import priced, too_fine
from apps.engine.kinds.unpriced import TOO_FINE, unpriced
from apps.engine.plan import Aggregation, How, Planned
from apps.engine.plans.aggregates import MeasurePlan
from apps.engine.requests import Unpriced
from apps.kernel.period import Calendar, Grain

CODE = "_code"
"""Our name for the currency; no column of a data set begins like that."""

_ALIKE = frozenset({How.SUM, How.COUNT, How.AVG, How.MIN, How.MAX})
"""What of converted amounts follows from what it is of the amounts of each day and currency."""

_ALSO_PLAIN = _ALIKE | {How.NPS}


def folds(plan: Planned, bench: Bench) -> bool:
    """Whether all of a plan can be put together before it is converted: no condition and no product takes an amount in
    the company's own currency."""
    conversion = bench.main.conversion
    if conversion is None or not isinstance(plan, MeasurePlan) or plan.attribute is not None:
        return False
    money = frozenset(conversion.columns)
    return len(plan.conversions()) == 1 and all(_folds(side, money) for side in plan.sides())


def _folds(side: Aggregation, money: frozenset[str]) -> bool:
    if any(condition.column in money for condition in side.where):
        return False
    if side.expression is not None:
        return side.how in _ALIKE and not money & set(arithmetic.columns(side.expression))
    return side.how in (_ALIKE if side.column in money else _ALSO_PLAIN)


class Fold:
    """The rows beneath the converted ones of a bench, and what has no rate in what was asked of them."""

    def __init__(self, bench: Bench) -> None:
        source = bench.main
        assert source.beneath is not None  # noqa: S101 - it is converted
        assert source.conversion is not None  # noqa: S101 - or nobody would ask
        self.bench, self.source, self._conversion = bench, source.beneath, source.conversion
        self._checked: dict[str, str] = {}
        self._any_missing = False

    def aggregate(self, measures: Measures, grain: Grain | None, split_by: str | None, calendar: Calendar) -> Expr:
        """One row for each period (unless `grain` is None) and member (if split), with the columns of `measures`, which
        are over the rows beneath; how many sums lack a rate; and, for columns with room for them, amounts with too many
        decimals."""
        rows, of_money = measures.table, [name for name in measures.columns if self._is_money(name, measures)]
        columns = dict.fromkeys(str(measures.parts[name][1]) for name in of_money)
        self._checked = {f"fine_{at}": column for at, column in enumerate(columns) if column in self.source.wide}
        fine = {name: too_fine(self.source, column) for name, column in self._checked.items()}
        keys: dict[str, Expr] = {"d": rows.d, CODE: rows[self._conversion.currency]}
        if split_by is not None:
            keys[MEMBER] = rows[split_by]
        each = rows.group_by(**keys).aggregate(**measures.columns, **fine)
        amounts = tuple(name for name in of_money if measures.parts[name][0] != How.COUNT)
        each = priced(each, self.bench.main, self.bench, columns=amounts, currency=CODE)
        keys = {} if grain is None else {PERIOD: period_start(each.d, grain, calendar)}
        if split_by is not None:
            keys[MEMBER] = each[MEMBER]
        figures = {name: self._together(each, name, *measures.parts[name]) for name in measures.columns}
        there = [each[f"{ORIGINAL}{name}"].notnull() if name in amounts else each[name] > 0 for name in of_money]
        if there:
            figures["missing"] = each.count(where=each[RATE].isnull() & reduce(or_, there))
        figures |= {name: each[name].sum() for name in fine}
        return (each.group_by(**keys) if keys else each).aggregate(**figures)

    def _is_money(self, name: str, measures: Measures) -> bool:
        return measures.parts[name][1] in self._conversion.columns

    def _together(self, each: Expr, name: str, part: str, column: str | None) -> Expr:
        """What a column comes to for several days and currencies."""
        if part in (How.MIN, How.MAX):
            return each[name].min() if part == How.MIN else each[name].max()
        if part == How.COUNT and column in self._conversion.columns:
            return each[name].sum(where=each[RATE].notnull()).fill_null(0)
        return each[name].sum()

    def checked(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The answers. EngineFailure where amounts have more decimals than are kept."""
        for row in rows:
            for name, column in self._checked.items():
                if row[name]:
                    raise EngineFailure(TOO_FINE, {"column": column, "most": AMOUNT_DECIMALS})
            self._any_missing |= bool(row.get("missing"))
            yield row

    def unpriced(self, plans: Iterable[MeasurePlan]) -> Iterator[Unpriced]:
        """What of their amounts has no rate, if the answers said that anything has none."""
        if self._any_missing:
            yield from unpriced(plans, self.bench)

"""Histories of up to 62 periods as one whole number for each entity: bit i is set if it was active in the i-th.

Every question about movements and cohorts is then a test of bits, with no sorting and no joining. Needs a union of
bits, which the engines of clusters spell in other ways: only for one that works month by month.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property

import ibis
import ibis.expr.datatypes as dt

from apps.engine.compile import Expr, to_sql
from apps.engine.kinds.bench import Row, Step
from apps.engine.kinds.census import Census, member_of
from apps.engine.kinds.entities import ENTITY
from apps.engine.kinds.kept_words import BITS, MOST_PERIODS, KeptWords, bit, bits_of_rows, histories_of
from apps.engine.kinds.lifecycle import Lifecycle
from apps.engine.kinds.rollup import K, N, Rollup
from apps.engine.kinds.spans import Limits, limits_of
from apps.engine.plans.history import Cohort, LifecyclePlan, RetentionPlan, Variant
from apps.engine.requests import MeasureRow

AT = "at"


def periods_of(rollup: Rollup) -> int:
    """How many periods the table spans."""
    return rollup.until - rollup.oldest + 1


class Words:
    """The table: `bits` of each entity (of each member). `minimum` rows make an entity active in a period."""

    def __init__(self, rollup: Rollup, minimum: int) -> None:
        self.rollup, self.minimum, self.name = rollup, minimum, f"{rollup.name}_words_{minimum}"
        self.origin = rollup.oldest
        self.periods = periods_of(rollup)

    @cached_property
    def sql(self) -> str:
        """What makes the table of that which plans about histories share."""
        parts = self.rollup.table()
        active = parts.filter(parts[N] >= self.minimum)
        active = active.select(ENTITY, *self.rollup.keys, **{BITS: bit(active[K] - self.origin)})
        return to_sql(histories_of(active, self.rollup.keys).select(*self.rollup.keys, BITS))

    def table(self) -> Expr:
        """The table, for expressions."""
        return ibis.table(self._schema(), name=self.name)

    def _schema(self) -> dict[str, dt.DataType]:
        schema = self.rollup.schema()
        return {key: schema[key] for key in self.rollup.keys} | {BITS: dt.Int64()}

    def steps(self) -> Iterator[Step]:
        """Make the table, and the one of all places."""
        yield Step(self._make)

    def _make(self) -> Iterator[MeasureRow]:
        self._fill()
        self.rollup.bench.open_numbers(self.places_name, AT, range(max(self.periods, 1)))
        return iter(())

    def _fill(self) -> None:
        bench = self.rollup.bench
        bench.create(self.name, self._schema())
        bench.insert(self.name, self.sql)

    def drop(self) -> Iterator[MeasureRow]:
        """Free the memory of the table."""
        self.rollup.bench.drop(self.name)
        return iter(())

    @property
    def places_name(self) -> str:
        """A table with one row for each place of a period."""
        return f"{self.name}_places"

    def active(self, first: int, last: int) -> Expr:
        """The words beside each place from `first` to `last` (numbers of periods) at which they have their bit."""
        places = ibis.table({AT: dt.Int32()}, name=self.places_name)
        wanted = places.filter(places[AT].between(first - self.origin, last - self.origin))
        crossed = self.table().cross_join(wanted)
        return crossed.filter(has(crossed[BITS], crossed[AT]))


@ibis.udf.scalar.builtin(name="bit_count")  # type: ignore[untyped-decorator]
def _count_of(bits: dt.int64) -> dt.int8:
    """How many bits are set."""


def first_of(bits: Expr) -> Expr:
    """The place of the lowest bit."""
    return _count_of((bits & -bits) - 1).cast("int32")


def has(bits: Expr, place: Expr) -> Expr:
    """Whether the bit of a place is set; beyond the last period none is."""
    return (shifted(bits, place) & 1) == 1


def shifted(bits: Expr, place: Expr) -> Expr:
    """The bits from a place on."""
    return bits >> ibis.least(place, MOST_PERIODS).cast("int64")


class WordsOfRows(Words):
    """The same table made of the rows at once, where nothing else is asked of the table that histories share; kept for
    the next request, if that table would be."""

    def __init__(self, rollup: Rollup) -> None:
        super().__init__(rollup, 1)

    @cached_property
    def sql(self) -> str:
        """What makes the table of all rows."""
        keys = self.rollup.keys
        return to_sql(histories_of(bits_of_rows(self.rollup), keys).select(*keys, BITS))

    def _fill(self) -> None:
        if self.rollup.is_kept:
            KeptWords(self.rollup).open(self.name, self._schema())
        else:
            self.rollup.open_rows()
            super()._fill()

    def drop(self) -> Iterator[MeasureRow]:
        """Free the memory of the table; what is kept takes none."""
        return iter(()) if self.rollup.is_kept else super().drop()


class LifecycleOfWords(Lifecycle):
    """Movements, from words; the number of rows, from a census."""

    def __init__(self, plan: LifecyclePlan, rollup: Rollup, words: Words, census: Census) -> None:
        self.plan, self.rollup, self._origin, self._census = plan, rollup, words.origin, census
        self.limits = limits_of(plan, rollup)
        first, last = self.limits.first - 1, self.limits.last
        active = words.active(first, last)
        bits, at = active[BITS], active[AT]
        self.sql = to_sql(
            active.group_by(*rollup.keys, AT).aggregate(
                active=active.count(),
                new=active.count(where=(bits & (bit(at) - 1)) == 0),
                retained=active.count(where=(at > 0) & has(bits, ibis.greatest(at - 1, 0))),
                leaving=active.count(where=~has(bits, at + 1)),
            )
        )

    def counts(self) -> Iterator[Row]:
        """The movements of each period (and member), with its number and its rows."""
        rows = self._census.rows(self.limits.first - 1, self.limits.last)
        for row in self.rollup.bench.ask(self.sql):
            number = row[AT] + self._origin
            yield row | {K: number, N: rows[member_of(row, self.rollup), number]}


class RetentionOfWords:
    """Curves, from words: one test of bits for each interval."""

    def __init__(self, plan: RetentionPlan, rollup: Rollup, words: Words) -> None:
        self.plan, self.rollup, self._origin = plan, rollup, words.origin
        limits = limits_of(plan, rollup)
        start = self._start(words, limits)
        self._curve = range(min(plan.intervals + 1, max(words.periods, 1)))
        kept = {f"kept_{at}": start.count(where=self._is_kept(start, at)) for at in self._curve}
        self.sql = to_sql(start.group_by(*rollup.keys, AT).aggregate(size=start.count(), **kept))

    def _start(self, words: Words, limits: Limits) -> Expr:
        """The words of each cohort, beside the place of its period."""
        if self.plan.cohort == Cohort.ACTIVE:
            return words.active(limits.first, limits.last)
        table = words.table()
        started = table.mutate(**{AT: first_of(table[BITS])})
        if limits.whole and limits.last >= self.rollup.until:
            return started
        return started.filter((started[AT] + words.origin).between(limits.first, limits.last))

    def _is_kept(self, start: Expr, interval: int) -> Expr:
        bits, at = start[BITS], start[AT]
        if self.plan.variant == Variant.BOUNDED:
            return has(bits, at + interval)
        later = self.plan.variant == Variant.UNBOUNDED
        width = min(self.plan.intervals - interval if later else interval, MOST_PERIODS - 1)
        mask, from_start = (1 << (width + 1)) - 1, at + interval if later else at
        found = shifted(bits, from_start) & ibis.literal(mask)
        return found != 0 if later else found == mask

    def run(self) -> Iterator[MeasureRow]:
        """Every cell of every cohort that has anybody."""
        plan, nobody = self.plan.id, Decimal(0)
        cells = [(str(interval), f"kept_{interval}") for interval in range(self.plan.intervals + 1)]
        for row in self.rollup.bench.ask(self.sql):
            member, start = member_of(row, self.rollup), self.rollup.start(row[AT] + self._origin)
            n, size = row["size"], Decimal(row["size"])
            for series, name in cells:
                yield MeasureRow(plan, start, member, Decimal(row.get(name) or nobody), size, n, series)

"""Histories of up to 62 periods as one whole number for each entity: bit i is set if it was active in the i-th.

The sum of the powers of two of its periods, each there once: no more than a sum is asked of the engine. Every question
about movements and cohorts is then a test of bits, with no sorting and no joining.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import ibis
import ibis.expr.datatypes as dt

from apps.engine.compile import MEMBER, Expr, to_sql
from apps.engine.kinds.bench import Row, Step
from apps.engine.kinds.entities import ENTITY, known
from apps.engine.kinds.lifecycle import Lifecycle
from apps.engine.kinds.rollup import K, N, Rollup
from apps.engine.kinds.spans import Limits, limits_of
from apps.engine.plans.history import Cohort, LifecyclePlan, RetentionPlan, Variant
from apps.engine.requests import MeasureRow
from apps.engine.values import cell_text

MOST_PERIODS = 62
BITS, FIRST, AT = "bits", "first_at", "at"


def periods_of(rollup: Rollup) -> int:
    """How many periods the table spans."""
    return rollup.until - rollup.oldest + 1


class Words:
    """The table: `bits` and `first_at` (place of the lowest one) of each entity (of each member).

    `minimum` rows make an entity active in a period.
    """

    def __init__(self, rollup: Rollup, minimum: int) -> None:
        self.rollup, self.minimum, self.name = rollup, minimum, f"{rollup.name}_words_{minimum}"
        self.origin = rollup.oldest
        self.periods = periods_of(rollup)
        parts = rollup.table()
        active = parts.filter(parts[N] >= minimum)
        place = active[K] - self.origin
        bit = ibis.literal(1, dt.Int8()).cast("int64") << place.cast("int64")
        made = active.group_by(ENTITY, *rollup.keys).aggregate(**{BITS: bit.sum().cast("int64"), FIRST: place.min()})
        self.sql = to_sql(made.select(*rollup.keys, BITS, FIRST))

    def table(self) -> Expr:
        """The table, for expressions."""
        return ibis.table(self._schema(), name=self.name)

    def _schema(self) -> dict[str, dt.DataType]:
        schema = self.rollup.schema()
        return {key: schema[key] for key in self.rollup.keys} | {BITS: dt.Int64(), FIRST: dt.Int32()}

    def steps(self) -> Iterator[Step]:
        """Make the table, and the one of all places."""
        yield Step(self._make)

    def _make(self) -> Iterator[MeasureRow]:
        bench = self.rollup.bench
        bench.create(self.name, self._schema())
        bench.insert(self.name, self.sql)
        bench.open_numbers(self.places_name, AT, range(max(self.periods, 1)))
        return iter(())

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


def has(bits: Expr, place: Expr) -> Expr:
    """Whether the bit of a place is set; beyond the last period none is."""
    return (shifted(bits, place) & 1) == 1


def shifted(bits: Expr, place: Expr) -> Expr:
    """The bits from a place on."""
    return bits >> ibis.least(place, MOST_PERIODS).cast("int64")


class WordsOfRows(Words):
    """The same table made of the rows at once, where nothing else is asked of the table that histories share.

    Needs a union of bits, which the engines of clusters spell in other ways: only for one that works month by month.
    """

    def __init__(self, rollup: Rollup) -> None:
        super().__init__(rollup, 1)
        main, key = rollup.bench.main, rollup.key
        rows = known(main, key.entity, [tuple(sorted(key.where, key=repr))])
        place = rollup.ordinals.expression(rows.d) - self.origin
        bit = ibis.literal(1, dt.Int8()).cast("int64") << place.cast("int64")
        keys = {ENTITY: rows[key.entity]} | ({MEMBER: rows[key.split_by]} if key.split_by else {})
        made = rows.group_by(**keys).aggregate(**{BITS: bit.bit_or(), FIRST: place.min()})
        self.sql = to_sql(made.select(*rollup.keys, BITS, FIRST))

    def _make(self) -> Iterator[MeasureRow]:
        self.rollup.open_rows()
        return super()._make()


class LifecycleOfWords(Lifecycle):
    """Movements, from words; the number of rows, from the table they were made of."""

    def __init__(self, plan: LifecyclePlan, rollup: Rollup, words: Words) -> None:
        self.plan, self.rollup, self._origin = plan, rollup, words.origin
        self.limits = limits_of(plan, rollup)
        first, last = self.limits.first - 1, self.limits.last
        active = words.active(first, last)
        bits, at = active[BITS], active[AT]
        self.sql = to_sql(
            active.group_by(*rollup.keys, AT).aggregate(
                active=active.count(),
                new=active.count(where=active[FIRST] == at),
                retained=active.count(where=(at > 0) & has(bits, ibis.greatest(at - 1, 0))),
                leaving=active.count(where=~has(bits, at + 1)),
            )
        )
        parts = rollup.table()
        parts = parts.filter(parts[K].between(first, last))
        self._rows_sql = to_sql(parts.group_by(*rollup.keys, K).aggregate(**{N: parts[N].sum()}))

    def counts(self) -> Iterator[Row]:
        """The movements of each period (and member), with its number and its rows."""
        ask = self.rollup.bench.ask
        rows = {(row.get(MEMBER), row[K]): row[N] for row in ask(self._rows_sql)}
        for row in ask(self.sql):
            number = row[AT] + self._origin
            yield row | {K: number, N: rows[row.get(MEMBER), number]}


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
        first = table[FIRST] + words.origin
        return table.filter(first.between(limits.first, limits.last)).mutate(**{AT: table[FIRST]})

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
        for row in self.rollup.bench.ask(self.sql):
            member = cell_text(row[MEMBER]) if self.rollup.keys else None
            start = self.rollup.ordinals.period(row[AT] + self._origin).start
            for interval in range(self.plan.intervals + 1):
                numbers = Decimal(row.get(f"kept_{interval}", 0)), Decimal(row["size"])
                yield MeasureRow(self.plan.id, start, member, *numbers, row["size"], str(interval))

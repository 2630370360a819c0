"""The figures in polars: lazily, with its streaming engine. They are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from tests.bench import engine_shapes as shapes
from tests.bench.engine_plans import Told

Files = list[tuple[date, str]]
DAYS = pl.duration(days=30)
K = (pl.col("d").dt.year() * 12 + pl.col("d").dt.month() - 1).cast(pl.Int32).alias("k")
customer, amount = pl.col("customer"), pl.col("amount")


def _ask(query: pl.LazyFrame) -> list[tuple]:
    return query.collect(engine="streaming").rows()


def _known(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.filter(customer.is_not_null())


def aggregate(rows: pl.LazyFrame) -> Iterator[Told]:
    return shapes.aggregate(_ask(rows.group_by(K).agg(amount.sum(), pl.len(), customer.drop_nulls().n_unique())))


def percentile(rows: pl.LazyFrame) -> Iterator[Told]:
    found = rows.group_by(K).agg(amount.sort().get((pl.len() * 9 + 9) // 10 - 1))
    return shapes.each("p90", _ask(found))


def ratio(rows: pl.LazyFrame) -> Iterator[Told]:
    return shapes.each("ratio", _ask(rows.group_by(K).agg(amount.sum(), customer.drop_nulls().n_unique())))


def nps(rows: pl.LazyFrame) -> Iterator[Told]:
    score = pl.col("score")
    balance = (score.is_between(9, 10).sum().cast(pl.Int64) - score.is_between(0, 6).sum().cast(pl.Int64)) * 100
    return shapes.each("nps", _ask(rows.group_by(K).agg(balance.alias("balance"), score.is_between(0, 10).sum())))


def entity_count(rows: pl.LazyFrame) -> Iterator[Told]:
    each = _known(rows).group_by(K, "customer").agg(pl.len().alias("n"))
    return shapes.each("often", _ask(each.group_by("k").agg((pl.col("n") >= 3).sum())))


def entity_share(rows: pl.LazyFrame) -> Iterator[Told]:
    each = _known(rows).group_by(K, "customer").agg(amount.sum())
    return shapes.each("much", _ask(each.group_by("k").agg((amount > Decimal(1000)).sum(), pl.len())))


def conversion(rows: pl.LazyFrame, rates: pl.LazyFrame) -> Iterator[Told]:
    """Products of a few thousand sums are made here: polars rounds those of decimals."""
    days = rows.group_by("d", "channel").agg(amount.sum()).sort("d")
    priced = days.join_asof(
        rates.select("d", "currency", "rate").sort("d"), on="d", by_left="channel", by_right="currency",
        tolerance="31d", check_sortedness=False,
    )  # fmt: skip
    worth: dict[int, Decimal] = {}
    for k, channel, sold, rate in _ask(priced.select(K, "channel", "amount", "rate")):
        worth[k] = worth.get(k, Decimal(0)) + sold * (1 if channel == "K0" else rate)
    return shapes.each("converted", worth.items())


def cumulative(rows: pl.LazyFrame) -> Iterator[Told]:
    return shapes.year(_ask(rows.group_by(K).agg(amount.sum())))


def repeat(rows: pl.LazyFrame) -> Iterator[Told]:
    far = pl.col("d").shift(-1).over("customer", order_by="moment") - pl.col("d")
    followed = _known(rows).select(K, (far < DAYS).fill_null(value=False).alias("followed"))
    return shapes.each("repeat", _ask(followed.group_by("k").agg(pl.col("followed").sum(), pl.len())))


def funnel(rows: pl.LazyFrame) -> Iterator[Told]:
    steps = _known(rows).select("customer", "d", "moment", "step")
    entered = steps.filter(pl.col("step") == "visit").group_by(K, "customer")
    found = entered.agg(pl.col("moment").min(), pl.col("d").min().alias("since")).sort("moment")
    for step in ("signup", "paid"):
        later = steps.filter(pl.col("step") == step).sort("moment")
        later = later.select("customer", "moment", pl.col("moment").alias(step), pl.col("d").alias(f"{step}_d"))
        found = found.join_asof(
            later, on="moment", by="customer", strategy="forward", allow_exact_matches=False, coalesce=True,
            check_sortedness=False,
        )  # fmt: skip
        soon = pl.col(f"{step}_d") - pl.col("since") < DAYS
        found = found.with_columns(pl.when(soon).then(pl.col(step)).alias(step))
    third = (pl.col("paid") > pl.col("signup")).sum()
    return shapes.funnel(_ask(found.group_by("k").agg(pl.len(), pl.col("signup").count(), third.alias("third"))))


def stock(rows: pl.LazyFrame) -> Iterator[Told]:
    """A row may be the level of its own month, and of the next one, if that ends within 32 days."""
    own = _known(rows).select("customer", "d", "amount", K)
    ahead = own.filter(pl.col("d") >= pl.col("d").dt.month_start().dt.offset_by("2mo") - pl.duration(days=32))
    both = pl.concat([own, ahead.with_columns(pl.col("k") + 1)])
    days = both.group_by("k", "customer", "d").agg(amount.sum())
    level = days.group_by("k", "customer").agg(amount.get(pl.col("d").arg_max()))
    found = dict(_ask(level.group_by("k").agg(amount.sum())))
    return shapes.each("stock", sorted(found.items())[:-1])  # the month after the last is not asked for


def recurring(rows: pl.LazyFrame) -> Iterator[Told]:
    each = _known(rows).group_by(K, "customer").agg(amount.sum()).filter(amount > 0)
    beside = each.with_columns(
        pl.col("k").shift(1).over("customer", order_by="k").alias("before"),
        amount.shift(1).over("customer", order_by="k").alias("was"),
        pl.col("k").shift(-1).over("customer", order_by="k").alias("after"),
    )
    k, before, after, was = pl.col("k"), pl.col("before"), pl.col("after"), pl.col("was")
    follows = before == k - 1
    found = beside.group_by("k").agg(
        amount.sum(), amount.filter(before.is_null()).sum().alias("new"),
        (amount - was).filter(follows & (amount > was)).sum().alias("more"),
        (was - amount).filter(follows & (amount < was)).sum().alias("less"),
        amount.filter(before < k - 1).sum().alias("back"),
        amount.filter(after.is_null() | (after > k + 1)).sum().alias("leaves"),
    )  # fmt: skip
    return shapes.recurring(_ask(found.sort("k")))


def lifecycle(rows: pl.LazyFrame) -> Iterator[Told]:
    active = _known(rows).select("customer", K).unique()
    beside = active.with_columns(
        pl.col("k").shift(1).over("customer", order_by="k").alias("before"),
        pl.col("k").shift(-1).over("customer", order_by="k").alias("after"),
    )
    k, before, after = pl.col("k"), pl.col("before"), pl.col("after")
    found = beside.group_by("k").agg(
        pl.len().alias("active"), before.is_null().sum().alias("new"), (before == k - 1).sum().alias("retained"),
        (after.is_null() | (after > k + 1)).sum().alias("leaves"),
    )  # fmt: skip
    return shapes.lifecycle(_ask(found.sort("k")))


def retention(rows: pl.LazyFrame) -> Iterator[Told]:
    active = _known(rows).select("customer", K).unique()
    first = active.group_by("customer").agg(pl.col("k").min().alias("first"))
    later = active.join(first, on="customer").select("first", (pl.col("k") - pl.col("first")).alias("later"))
    found = later.filter(pl.col("later") < shapes.CURVE).group_by("first", "later").agg(pl.len())
    return shapes.retention(_ask(found))


KINDS: dict[str, Callable[..., Iterator[Told]]] = {
    made.__name__: made
    for made in (
        aggregate, percentile, ratio, nps, conversion, entity_count, entity_share, cumulative, repeat, funnel, stock,
        recurring, lifecycle, retention,
    )
}  # fmt: skip


def answer(kind: str, files: Files) -> list[Told]:
    """The figures of a kind in total."""
    rows = pl.scan_parquet([path for _, path in files])
    more = [pl.scan_parquet(Path(files[0][1]).with_name("rates.parquet"))] if kind == "conversion" else []
    return sorted(KINDS[kind](rows, *more))

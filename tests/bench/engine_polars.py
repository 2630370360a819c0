"""Some of the figures in polars: lazily, with its streaming engine. They are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import polars as pl

from tests.bench.engine_plans import Told, number

Files = list[tuple[date, str]]
K = (pl.col("d").dt.year() * 12 + pl.col("d").dt.month() - 1).cast(pl.Int32).alias("k")
WHO = pl.col("customer")


def _told(plan: str, k: int, *figures: object, series: str = "") -> Told:
    numerator, denominator = (*figures, None)[:2]
    return plan, str(date(k // 12, k % 12 + 1, 1)), "", series, number(numerator), number(denominator)


def _ask(query: pl.LazyFrame) -> Iterator[tuple]:
    return iter(query.collect(engine="streaming").rows())


def aggregate(rows: pl.LazyFrame) -> Iterator[Told]:
    found = rows.group_by(K).agg(pl.col("amount").sum(), pl.len(), WHO.drop_nulls().n_unique())
    for k, *values in _ask(found):
        for plan, value in zip(("sum", "count", "distinct"), values, strict=True):
            yield _told(plan, k, value)


def nps(rows: pl.LazyFrame) -> Iterator[Told]:
    score = pl.col("score")
    balance = (score.is_between(9, 10).sum().cast(pl.Int64) - score.is_between(0, 6).sum().cast(pl.Int64)) * 100
    for k, found, answers in _ask(rows.group_by(K).agg(balance.alias("balance"), score.is_between(0, 10).sum())):
        yield _told("nps", k, found, answers)


def entity_count(rows: pl.LazyFrame) -> Iterator[Told]:
    each = rows.filter(WHO.is_not_null()).group_by(K, "customer").agg(pl.len().alias("n"))
    for k, often in _ask(each.group_by("k").agg((pl.col("n") >= 3).sum())):
        yield _told("often", k, often)


def lifecycle(rows: pl.LazyFrame) -> Iterator[Told]:
    active = rows.filter(WHO.is_not_null()).select("customer", K).unique()
    beside = active.with_columns(
        pl.col("k").shift(1).over("customer", order_by="k").alias("before"),
        pl.col("k").shift(-1).over("customer", order_by="k").alias("after"),
    )
    k, before, after = pl.col("k"), pl.col("before"), pl.col("after")
    found = beside.group_by("k").agg(
        pl.len().alias("active"), before.is_null().sum().alias("new"), (before == k - 1).sum().alias("retained"),
        (after.is_null() | (after > k + 1)).sum().alias("leaves"),
    ).sort("k")  # fmt: skip
    churned = 0
    for month, now, new, retained, leaves in _ask(found):
        back = now - new - retained
        values = {"active": now, "new": new, "retained": retained, "reactivated": back, "churned": churned}
        for series, value in (values | {"net": new + back - churned}).items():
            yield _told("lifecycle", month, value, series=series)
        churned = leaves


def repeat(rows: pl.LazyFrame) -> Iterator[Told]:
    known = rows.filter(WHO.is_not_null()).select("customer", "d", "moment")
    far = pl.col("d").shift(-1).over("customer", order_by="moment") - pl.col("d")
    followed = known.select(K, (far < pl.duration(days=30)).fill_null(value=False).alias("followed"))
    for k, hits, n in _ask(followed.group_by("k").agg(pl.col("followed").sum(), pl.len())):
        yield _told("repeat", k, hits, n)


KINDS: dict[str, Callable[[pl.LazyFrame], Iterator[Told]]] = {
    made.__name__: made for made in (aggregate, nps, entity_count, lifecycle, repeat)
}


def answer(kind: str, files: Files) -> list[Told]:
    """The figures of a kind in total."""
    return sorted(KINDS[kind](pl.scan_parquet([path for _, path in files])))

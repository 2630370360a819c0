"""Some of the figures in pandas, all months in memory at once, as one would write them in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd

Files = list[tuple[date, str]]


def _read(files: Files, *columns: str) -> pd.DataFrame:
    rows = pd.concat([pd.read_parquet(path, columns=["d", *columns]) for _, path in files], ignore_index=True)
    days = pd.to_datetime(rows["d"]).dt
    rows["month"] = days.year * 12 + days.month
    return rows


def aggregate(files: Files) -> object:
    rows = _read(files, "customer", "amount")
    return rows.groupby("month").agg(s=("amount", "sum"), n=("d", "size"), who=("customer", "nunique"))


def nps(files: Files) -> object:
    rows = _read(files, "score")
    rows["balance"] = (rows["score"] >= 9).astype(int) - (rows["score"] <= 6).astype(int)
    return rows.groupby("month")["balance"].agg(["sum", "count"])


def entity_count(files: Files) -> object:
    each = _read(files, "customer").groupby(["month", "customer"]).size()
    return (each >= 3).groupby("month").sum()


def lifecycle(files: Files) -> object:
    active = _read(files, "customer").dropna()[["month", "customer"]].drop_duplicates()
    active = active.sort_values(["customer", "month"])
    before = active.groupby("customer")["month"].shift(1)
    after = active.groupby("customer")["month"].shift(-1)
    active["new"], active["kept"] = before.isna(), before == active["month"] - 1
    active["leaves"] = after.isna() | (after > active["month"] + 1)
    return active.groupby("month")[["new", "kept", "leaves"]].sum()


def repeat(files: Files) -> object:
    rows = _read(files, "customer", "moment").dropna().sort_values(["customer", "moment"])
    far = pd.to_datetime(rows.groupby("customer")["d"].shift(-1)) - pd.to_datetime(rows["d"])
    return (far < pd.Timedelta(days=30)).groupby(rows["month"]).agg(["sum", "size"])


KINDS: dict[str, Callable[[Files], object]] = {
    made.__name__: made for made in (aggregate, nps, entity_count, lifecycle, repeat)
}


def answer(kind: str, files: Files) -> list[str]:
    """The figures as one text; they are not compared."""
    return [str(KINDS[kind](files))]

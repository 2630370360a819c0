"""The figures in pandas, all months in memory at once, as one would write them in a notebook. They are compared.

Amounts are read as whole millionths: as decimals, which pandas has as objects, they take several times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.bench import engine_shapes as shapes
from tests.bench.engine_plans import Told

Files = list[tuple[date, str]]
DECIMALS = 6
LEVEL, DAYS = pd.Timedelta(days=32), pd.Timedelta(days=30)


def _read(files: Files, *columns: str) -> pd.DataFrame:
    table = pq.read_table([path for _, path in files], columns=["d", *columns])
    if "amount" in columns:
        whole = pc.cast(pc.multiply(table["amount"], pa.scalar(Decimal(10**DECIMALS))), pa.int64())
        table = table.set_column(table.column_names.index("amount"), "amount", whole)
    rows = table.to_pandas(date_as_object=False)
    rows["k"] = rows["d"].dt.year * 12 + rows["d"].dt.month - 1
    return rows


def _money(value: int) -> Decimal:
    return Decimal(int(value)).scaleb(-DECIMALS)


def _rows(found: pd.DataFrame, money: tuple[str, ...] = ()) -> list[tuple]:
    """A table by month as rows."""
    columns = [[_money(value) for value in found[name]] if name in money else list(found[name]) for name in found]
    return list(zip(found.index, *columns, strict=True))


def aggregate(files: Files) -> Iterator[Told]:
    rows = _read(files, "customer", "amount")
    found = rows.groupby("k").agg(s=("amount", "sum"), n=("d", "size"), who=("customer", "nunique"))
    return shapes.aggregate(_rows(found, ("s",)))


def percentile(files: Files) -> Iterator[Told]:
    def at_most(values: pd.Series) -> int:
        place = -(-9 * len(values) // 10) - 1
        return int(np.partition(values.to_numpy(), place)[place])

    found = _read(files, "amount").groupby("k")["amount"].apply(at_most).to_frame("p90")
    return shapes.each("p90", _rows(found, ("p90",)))


def ratio(files: Files) -> Iterator[Told]:
    rows = _read(files, "customer", "amount")
    return shapes.each("ratio", _rows(rows.groupby("k").agg(s=("amount", "sum"), who=("customer", "nunique")), ("s",)))


def nps(files: Files) -> Iterator[Told]:
    rows = _read(files, "score")
    score = rows["score"]
    rows["balance"] = 100 * (score.between(9, 10).astype(int) - score.between(0, 6).astype(int))
    rows["answers"] = score.between(0, 10)
    return shapes.each("nps", _rows(rows.groupby("k")[["balance", "answers"]].sum()))


def entity_count(files: Files) -> Iterator[Told]:
    each = _read(files, "customer").groupby(["k", "customer"]).size()
    return shapes.each("often", _rows((each >= 3).groupby("k").sum().to_frame()))


def entity_share(files: Files) -> Iterator[Told]:
    each = _read(files, "customer", "amount").groupby(["k", "customer"])["amount"].sum()
    return shapes.each("much", _rows((each > 1000 * 10**DECIMALS).groupby("k").agg(["sum", "size"])))


def conversion(files: Files) -> Iterator[Told]:
    rates = pq.read_table(Path(files[0][1]).with_name("rates.parquet")).to_pandas(date_as_object=False)
    rates["of"] = rates["d"]
    days = _read(files, "channel", "amount").groupby(["k", "d", "channel"])["amount"].sum().reset_index()
    days["d"], rates["d"] = days["d"].astype("datetime64[s]"), rates["d"].astype("datetime64[s]")
    priced = pd.merge_asof(
        days.sort_values("d"), rates.sort_values("d"), on="d", left_by="channel", right_by="currency",
        tolerance=pd.Timedelta(days=31),
    )  # fmt: skip
    home = priced["channel"] == "K0"
    priced["worth"] = priced["amount"].map(_money) * priced["rate"].where(~home, Decimal(1))
    return shapes.each("converted", _rows(priced.groupby("k")[["worth"]].sum()))


def cumulative(files: Files) -> Iterator[Told]:
    return shapes.year(_rows(_read(files, "amount").groupby("k")[["amount"]].sum(), ("amount",)))


def repeat(files: Files) -> Iterator[Told]:
    rows = _read(files, "customer", "moment").dropna().sort_values(["customer", "moment"])
    far = rows.groupby("customer")["d"].shift(-1) - rows["d"]
    return shapes.each("repeat", _rows((far < DAYS).groupby(rows["k"]).agg(["sum", "size"])))


def funnel(files: Files) -> Iterator[Told]:
    rows = _read(files, "customer", "moment", "step").dropna().sort_values("moment")
    rows["customer"] = rows["customer"].astype("category").cat.codes
    visits = rows[rows["step"] == "visit"].drop_duplicates(["k", "customer"])[["k", "customer", "moment", "d"]]
    for step in ("signup", "paid"):
        later = rows[rows["step"] == step][["customer", "moment", "d"]]
        later = later.rename(columns={"d": f"{step}_d"}).assign(**{f"{step}_at": later["moment"]})
        visits = pd.merge_asof(
            visits, later, on="moment", by="customer", direction="forward", allow_exact_matches=False
        )
        visits[f"{step}_at"] = visits[f"{step}_at"].where(visits[f"{step}_d"] - visits["d"] < DAYS)
    visits["second"] = visits["signup_at"].notna()
    visits["third"] = visits["paid_at"] > visits["signup_at"]
    found = visits.groupby("k").agg(entered=("d", "size"), second=("second", "sum"), third=("third", "sum"))
    return shapes.funnel(_rows(found))


def stock(files: Files) -> Iterator[Told]:
    rows = _read(files, "customer", "amount").dropna()
    for month, _ in files:
        end = pd.Timestamp(month) + pd.DateOffset(months=1)
        level = rows[(rows["d"] >= end - LEVEL) & (rows["d"] < end)]
        held = level["d"] == level.groupby("customer")["d"].transform("max")
        yield shapes.told("stock", month.year * 12 + month.month - 1, _money(level.loc[held, "amount"].sum()))


def recurring(files: Files) -> Iterator[Told]:
    rows = _read(files, "customer", "amount").groupby(["customer", "k"])["amount"].sum().reset_index()
    rows = rows[rows["amount"] > 0].sort_values(["customer", "k"])
    before, after = rows.groupby("customer").shift(1), rows.groupby("customer")["k"].shift(-1)
    gained = (rows["amount"] - before["amount"]).where(before["k"] == rows["k"] - 1, 0).astype("int64")
    rows["new"] = rows["amount"].where(before["k"].isna(), 0)
    rows["more"], rows["less"] = gained.clip(lower=0), -gained.clip(upper=0)
    rows["back"] = rows["amount"].where(before["k"] < rows["k"] - 1, 0)
    rows["leaves"] = rows["amount"].where(after.isna() | (after > rows["k"] + 1), 0)
    money = ("amount", "new", "more", "less", "back", "leaves")
    return shapes.recurring(_rows(rows.groupby("k")[list(money)].sum(), money))


def _active(files: Files) -> pd.DataFrame:
    active = _read(files, "customer").dropna()[["k", "customer"]].drop_duplicates()
    return active.sort_values(["customer", "k"])


def lifecycle(files: Files) -> Iterator[Told]:
    active = _active(files)
    before = active.groupby("customer")["k"].shift(1)
    after = active.groupby("customer")["k"].shift(-1)
    active["active"], active["new"], active["kept"] = True, before.isna(), before == active["k"] - 1
    active["leaves"] = after.isna() | (after > active["k"] + 1)
    return shapes.lifecycle(_rows(active.groupby("k")[["active", "new", "kept", "leaves"]].sum()))


def retention(files: Files) -> Iterator[Told]:
    active = _active(files)
    first = active.groupby("customer")["k"].transform("min")
    later = active["k"] - first
    found = active[later < shapes.CURVE].groupby([first, later]).size()
    return shapes.retention([(*key, kept) for key, kept in found.items()])


KINDS: dict[str, Callable[[Files], Iterator[Told]]] = {
    made.__name__: made
    for made in (
        aggregate, percentile, ratio, nps, conversion, entity_count, entity_share, cumulative, repeat, funnel, stock,
        recurring, lifecycle, retention,
    )
}  # fmt: skip


def answer(kind: str, files: Files) -> list[Told]:
    """The figures of a kind in total."""
    return sorted(KINDS[kind](files))

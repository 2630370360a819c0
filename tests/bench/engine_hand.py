"""The same figures in SQL written by hand for DuckDB, as fast as we know how; it shares no code with the engine.

What belongs to a period is asked month by month, so that no hash table outgrows the cache; movements and cohorts are
one word of bits for each customer; the rest are windows.
"""

# ruff: noqa: S608 - names of our own

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import duckdb

from tests.bench.engine_plans import Told, number

Files = list[tuple[date, str]]
PLACE = "((year(d) - 2023) * 12 + month(d) - 1)"


class Hand:
    """A connection, the files of the months, and the dimension (`by` is "" in total)."""

    def __init__(self, files: Files, memory: str = "1700MB", temp: str = "") -> None:
        settings = {"threads": "2", "memory_limit": memory, "preserve_insertion_order": "false"}
        self.files = files
        self.con = duckdb.connect(config=settings | ({"temp_directory": temp} if temp else {}))
        self.con.execute("SET enable_progress_bar = false")
        self.by = ""

    @property
    def member(self) -> str:
        return f"{self.by}::VARCHAR" if self.by else "''"

    def rows(self, files: Files) -> str:
        """The files as a table."""
        return "read_parquet([" + ", ".join(f"'{path}'" for _, path in files) + "])"

    def all(self) -> str:
        return self.rows(self.files)

    def ask(self, sql: str) -> list[tuple]:
        return self.con.execute(sql).fetchall()

    def monthly(self, sql: str, ahead: int = 0, back: int = 0) -> Iterator[tuple[date, tuple]]:
        """The answers for each month; `{t}` is its rows, and those of some months around it."""
        for at, (month, _) in enumerate(self.files):
            files = self.files[max(at - back, 0) : at + ahead + 1]
            after = (month + timedelta(days=32)).replace(day=1)
            wanted = sql.format(t=self.rows(files), v=self.member, start=month, end=after)
            for row in self.ask(wanted):
                yield month, row


def _told(plan: str, month: date, row: tuple, *figures: object, series: str = "") -> Told:
    numerator, denominator = (*figures, None)[:2]
    return plan, str(month), row[0] or "", series, number(numerator), number(denominator)


def aggregate(hand: Hand) -> Iterator[Told]:
    sql = "SELECT {v}, sum(amount), count(*), count(DISTINCT customer) FROM {t} GROUP BY 1"
    if hand.by:
        each = "SELECT {v} AS v, customer, sum(amount) AS s, count(*) AS n FROM {t} GROUP BY ALL"
        sql = f"SELECT v, sum(s), sum(n), count(customer) FROM ({each}) GROUP BY 1"
    for month, row in hand.monthly(sql):
        for plan, value in zip(("sum", "count", "distinct"), row[1:], strict=True):
            yield _told(plan, month, row, value)


def percentile(hand: Hand) -> Iterator[Told]:
    for month, row in hand.monthly("SELECT {v}, quantile_disc(amount, 0.9) FROM {t} GROUP BY 1"):
        yield _told("p90", month, row, row[1])


def ratio(hand: Hand) -> Iterator[Told]:
    sql = "SELECT {v}, sum(amount), count(DISTINCT customer) FROM {t} GROUP BY 1"
    if hand.by:
        each = "SELECT {v} AS v, customer, sum(amount) AS s FROM {t} GROUP BY ALL"
        sql = f"SELECT v, sum(s), count(customer) FROM ({each}) GROUP BY 1"
    for month, row in hand.monthly(sql):
        yield _told("ratio", month, row, row[1], row[2])


def nps(hand: Hand) -> Iterator[Told]:
    counts = [f"count_if(score BETWEEN {span})" for span in ("9 AND 10", "0 AND 6", "0 AND 10")]
    sql = f"SELECT {{v}}, 100 * ({counts[0]} - {counts[1]}), {counts[2]} FROM {{t}} GROUP BY 1"
    for month, row in hand.monthly(sql):
        yield _told("nps", month, row, row[1], row[2])


def entity_count(hand: Hand) -> Iterator[Told]:
    each = "SELECT {v} AS v, count(*) AS n FROM {t} WHERE customer IS NOT NULL GROUP BY v, customer"
    for month, row in hand.monthly(f"SELECT v, count_if(n >= 3) FROM ({each}) GROUP BY 1"):
        yield _told("often", month, row, row[1])


def entity_share(hand: Hand) -> Iterator[Told]:
    each = "SELECT {v} AS v, sum(amount) AS s FROM {t} WHERE customer IS NOT NULL GROUP BY v, customer"
    for month, row in hand.monthly(f"SELECT v, count_if(s > 1000), count(*) FROM ({each}) GROUP BY 1"):
        yield _told("much", month, row, row[1], row[2])


def conversion(hand: Hand) -> Iterator[Told]:
    """A rate is taken once for each day and channel; nothing may be without one."""
    rates = f"read_parquet('{os.path.dirname(hand.files[0][1])}/rates.parquet')"
    found = hand.ask(
        f"WITH s AS (SELECT d, channel, {hand.member} AS v, sum(amount) AS a FROM {hand.all()} GROUP BY ALL), "
        "p AS (SELECT s.*, CASE WHEN channel = 'K0' THEN 1 WHEN s.d - r.d <= 31 THEN r.rate END AS rate "
        f"FROM s ASOF LEFT JOIN {rates} r ON r.currency = s.channel AND s.d >= r.d) "
        "SELECT v, date_trunc('month', d)::DATE, sum(a * rate), count(*) FILTER (a IS NOT NULL AND rate IS NULL) "
        "FROM p GROUP BY ALL"
    )
    for row in found:
        assert not row[3], "an amount without a rate"
        yield _told("converted", row[1], row, row[2])


def cumulative(hand: Hand) -> Iterator[Told]:
    found: dict[str, dict[int, object]] = {}
    for month, row in hand.monthly("SELECT {v}, sum(amount) FROM {t} GROUP BY 1"):
        found.setdefault(row[0] or "", {})[(month.year - 2023) * 12 + month.month - 1] = row[1]
    for member, sums in found.items():
        for at, (month, _) in enumerate(hand.files):
            window = [sums[place] for place in range(max(at - 11, 0), at + 1) if place in sums]
            if window:
                yield _told("year", month, (member,), sum(window))


def repeat(hand: Hand) -> Iterator[Told]:
    inner = (
        "SELECT d, {v} AS v, lead(d) OVER (PARTITION BY customer ORDER BY moment) - d AS far FROM {t} "
        "WHERE customer IS NOT NULL AND d < DATE '{end}' + 29"
    )
    sql = f"SELECT v, count(*) FILTER (far < 30), count(*) FROM ({inner}) WHERE d < DATE '{{end}}' GROUP BY 1"
    for month, row in hand.monthly(sql, ahead=2):
        yield _told("repeat", month, row, row[1], row[2])


def funnel(hand: Hand) -> Iterator[Told]:
    member = f", arg_min({hand.member}, moment) AS v" if hand.by else ", '' AS v"
    sql = (
        f"WITH e AS (SELECT customer, min(moment) AS t1, min(d) AS d1{member} FROM {{t}} WHERE step = 'visit' "
        "AND customer IS NOT NULL AND d < DATE '{end}' GROUP BY customer), "
        "j AS (SELECT any_value(v) AS v, min(moment) FILTER (step = 'signup') AS t2, "
        "min(moment) FILTER (step = 'paid') AS t3 FROM e LEFT JOIN (SELECT customer, d, moment, step FROM {t} "
        "WHERE step <> 'visit' AND d < DATE '{end}' + 29) l "
        "ON l.customer = e.customer AND l.moment > t1 AND l.d < d1 + 30 GROUP BY e.customer) "
        "SELECT v, count(*), count(t2), count(*) FILTER (t3 > t2) FROM j GROUP BY 1"
    )
    for month, row in hand.monthly(sql, ahead=2):
        for at in (1, 2, 3):
            yield _told("funnel", month, row, row[at], row[1], series=str(at))


def stock(hand: Hand) -> Iterator[Told]:
    rows = "SELECT customer, d, {v} AS v, amount FROM {t} WHERE customer IS NOT NULL AND d >= DATE '{end}' - 32"
    sql = (
        f"WITH r AS ({rows}), l AS (SELECT customer, max(d) AS last FROM r GROUP BY customer) "
        "SELECT v, sum(amount) FROM r SEMI JOIN l ON l.customer = r.customer AND l.last = r.d GROUP BY 1"
    )
    for month, row in hand.monthly(sql, back=1):
        yield _told("stock", month, row, row[1])


def recurring(hand: Hand) -> Iterator[Told]:
    sql = f"""
    WITH p AS (SELECT {PLACE} AS k, {hand.member} AS v, customer, sum(amount) AS a FROM {hand.all()}
               WHERE customer IS NOT NULL GROUP BY ALL HAVING sum(amount) > 0),
    w AS (SELECT v, k, a, lag(k) OVER x AS pk, lag(a) OVER x AS pa, lead(k) OVER x AS nk FROM p
          WINDOW x AS (PARTITION BY v, customer ORDER BY k))
    SELECT v, k, sum(a), coalesce(sum(a) FILTER (pk IS NULL), 0),
      coalesce(sum(a - pa) FILTER (pk = k - 1 AND a > pa), 0), coalesce(sum(pa - a) FILTER (pk = k - 1 AND a < pa), 0),
      coalesce(sum(a) FILTER (nk IS NULL OR nk > k + 1), 0), coalesce(sum(a) FILTER (pk < k - 1), 0)
    FROM w GROUP BY v, k"""
    found: dict[str, dict[int, tuple]] = {}
    for row in hand.ask(sql):
        found.setdefault(row[0] or "", {})[row[1]] = row[2:]
    nothing = (0,) * 6
    for member, periods in found.items():
        for at, (month, _) in enumerate(hand.files):
            now, before = periods.get(at), periods.get(at - 1)
            if now or before:
                mrr, new, more, less, _gone, back = now or nothing
                churn = (before or nothing)[4]
                values = {"mrr": mrr, "new": new, "expansion": more, "contraction": less, "churn": churn}
                for series, value in (values | {"reactivation": back}).items():
                    yield _told("recurring", month, (member,), value, series=series)


def _words(hand: Hand) -> str:
    who = f"customer, {hand.by}" if hand.by else "customer"
    return (
        f"SELECT {hand.member} AS v, bit_or(1::BIGINT << {PLACE}) AS b FROM {hand.all()} "
        f"WHERE customer IS NOT NULL GROUP BY {who}"
    )


def lifecycle(hand: Hand) -> Iterator[Told]:
    sql = f"""
    WITH b AS MATERIALIZED ({_words(hand)})
    SELECT v, k, count(*) FILTER ((b >> k) & 1 = 1),
      count(*) FILTER ((b >> k) & 1 = 1 AND b & ((1::BIGINT << k) - 1) = 0),
      count(*) FILTER (k > 0 AND (b >> greatest(k - 1, 0)) & 3 = 3),
      count(*) FILTER (k > 0 AND (b >> greatest(k - 1, 0)) & 3 = 1)
    FROM b, range(36) r(k) GROUP BY v, k"""
    for row in hand.ask(sql):
        active, new, retained, churned = row[2:]
        if active or churned:
            back = active - new - retained
            values = {"active": active, "new": new, "retained": retained, "reactivated": back, "churned": churned}
            for series, value in (values | {"net": new + back - churned}).items():
                yield _told("lifecycle", hand.files[row[1]][0], row, value, series=series)


def retention(hand: Hand) -> Iterator[Told]:
    kept = ", ".join(f"count(*) FILTER ((b >> (k + {at})) & 1 = 1)" for at in range(13))
    sql = f"""
    WITH b AS ({_words(hand)}), c AS (SELECT v, b, bit_count((b & (-b)) - 1)::INTEGER AS k FROM b)
    SELECT v, k, count(*), {kept} FROM c GROUP BY v, k"""
    for row in hand.ask(sql):
        for at in range(min(13, 36 - row[1])):
            yield _told("retention", hand.files[row[1]][0], row, row[3 + at], row[2], series=str(at))


KINDS: dict[str, Callable[[Hand], Iterator[Told]]] = {
    made.__name__: made
    for made in (
        aggregate, percentile, ratio, nps, conversion, entity_count, entity_share, cumulative, repeat, funnel, stock,
        recurring, lifecycle, retention,
    )
}  # fmt: skip


def answer(kind: str, dimensions: list[str], files: Files, memory: str, temp: str) -> list[Told]:
    """The figures of a kind in total, or by each of some dimensions."""
    hand, found = Hand(files, memory, temp), []
    for by in dimensions or [""]:
        hand.by = by
        rows = KINDS[kind](hand)
        found += [(f"{row[0]}/{by}", *row[1:]) for row in rows] if by else rows
    return sorted(found)

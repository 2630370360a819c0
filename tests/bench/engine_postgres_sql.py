"""The figures in SQL for PostgreSQL. They are compared."""

# ruff: noqa: S608 - names of our own

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from tests.bench import engine_shapes as shapes
from tests.bench.engine_plans import Told

Ask = Callable[[str], Sequence[tuple]]
MONTH = "date_trunc('month', d)::date"
KNOWN = "customer IS NOT NULL"


def _k(month: date) -> int:
    return month.year * 12 + month.month - 1


def _rows(found: Sequence[tuple]) -> list[tuple]:
    """Rows that begin with a month."""
    return [(_k(month), *rest) for month, *rest in found]


def aggregate(ask: Ask) -> Iterator[Told]:
    return shapes.aggregate(
        _rows(ask(f"SELECT {MONTH}, sum(amount), count(*), count(DISTINCT customer) FROM events GROUP BY 1"))
    )


def percentile(ask: Ask) -> Iterator[Told]:
    found = ask(f"SELECT {MONTH}, percentile_disc(0.9) WITHIN GROUP (ORDER BY amount) FROM events GROUP BY 1")
    return shapes.each("p90", _rows(found))


def ratio(ask: Ask) -> Iterator[Told]:
    found = ask(f"SELECT {MONTH}, sum(amount), count(DISTINCT customer) FROM events GROUP BY 1")
    return shapes.each("ratio", _rows(found))


def nps(ask: Ask) -> Iterator[Told]:
    counts = [f"count(*) FILTER (WHERE score BETWEEN {span})" for span in ("9 AND 10", "0 AND 6", "0 AND 10")]
    found = ask(f"SELECT {MONTH}, 100 * ({counts[0]} - {counts[1]}), {counts[2]} FROM events GROUP BY 1")
    return shapes.each("nps", _rows(found))


def entity_count(ask: Ask) -> Iterator[Told]:
    each = f"SELECT {MONTH} AS m, count(*) AS n FROM events WHERE {KNOWN} GROUP BY 1, customer"
    return shapes.each("often", _rows(ask(f"SELECT m, count(*) FILTER (WHERE n >= 3) FROM ({each}) each GROUP BY 1")))


def entity_share(ask: Ask) -> Iterator[Told]:
    each = f"SELECT {MONTH} AS m, sum(amount) AS s FROM events WHERE {KNOWN} GROUP BY 1, customer"
    found = ask(f"SELECT m, count(*) FILTER (WHERE s > 1000), count(*) FROM ({each}) each GROUP BY 1")
    return shapes.each("much", _rows(found))


def conversion(ask: Ask) -> Iterator[Told]:
    rate = (
        "CASE WHEN channel = 'K0' THEN 1 ELSE (SELECT rate FROM rates r WHERE r.currency = s.channel AND r.d <= s.d "
        "AND s.d - r.d <= 31 ORDER BY r.d DESC LIMIT 1) END"
    )
    each = "SELECT d, channel, sum(amount) AS a FROM events GROUP BY 1, 2"
    return shapes.each("converted", _rows(ask(f"SELECT {MONTH}, sum(a * {rate}) FROM ({each}) s GROUP BY 1")))


def cumulative(ask: Ask) -> Iterator[Told]:
    return shapes.year(_rows(ask(f"SELECT {MONTH}, sum(amount) FROM events GROUP BY 1")))


def repeat(ask: Ask) -> Iterator[Told]:
    beside = f"SELECT d, lead(d) OVER (PARTITION BY customer ORDER BY moment) - d AS far FROM events WHERE {KNOWN}"
    found = ask(f"SELECT {MONTH}, count(*) FILTER (WHERE far < 30), count(*) FROM ({beside}) beside GROUP BY 1")
    return shapes.each("repeat", _rows(found))


def funnel(ask: Ask) -> Iterator[Told]:
    """The next row of each later step is carried back along the rows of a customer: one sort, and no join."""
    next_of = [
        f"min(moment) FILTER (WHERE step = '{step}') OVER w AS {step}, "
        f"min(d) FILTER (WHERE step = '{step}') OVER w AS {step}_d"
        for step in ("signup", "paid")
    ]
    sql = f"""
    WITH ahead AS (SELECT customer, d, moment, step, {", ".join(next_of)} FROM events WHERE {KNOWN}
      WINDOW w AS (PARTITION BY customer ORDER BY moment DESC
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
    entered AS (SELECT DISTINCT ON ({MONTH}, customer) {MONTH} AS m, CASE WHEN signup_d < d + 30 THEN signup END AS t2,
      CASE WHEN paid_d < d + 30 THEN paid END AS t3 FROM ahead WHERE step = 'visit'
      ORDER BY {MONTH}, customer, moment)
    SELECT m, count(*), count(t2), count(*) FILTER (WHERE t3 > t2) FROM entered GROUP BY 1"""
    return shapes.funnel(_rows(ask(sql)))


def stock(ask: Ask) -> Iterator[Told]:
    """A row may be the level of its own month, and of the next one, if that ends within 32 days."""
    ends = f"VALUES (({MONTH} + interval '1 month')::date), (({MONTH} + interval '2 months')::date)"
    sql = f"""
    WITH days AS (SELECT e, customer, d, sum(amount) AS a FROM events, LATERAL ({ends}) ends(e)
      WHERE {KNOWN} AND d >= e - 32 GROUP BY 1, 2, 3),
    level AS (SELECT DISTINCT ON (e, customer) e, a FROM days ORDER BY e, customer, d DESC)
    SELECT (e - interval '1 month')::date, sum(a) FROM level WHERE e <= (SELECT {MONTH} + interval '1 month'
      FROM (SELECT max(d) AS d FROM events) newest) GROUP BY 1"""
    return shapes.each("stock", _rows(ask(sql)))


def recurring(ask: Ask) -> Iterator[Told]:
    sql = f"""
    WITH p AS (SELECT {MONTH} AS m, customer, sum(amount) AS a FROM events WHERE {KNOWN} GROUP BY 1, 2
      HAVING sum(amount) > 0),
    w AS (SELECT m, a, lag(m) OVER x AS pm, lag(a) OVER x AS pa, lead(m) OVER x AS nm,
      m - interval '1 month' AS before, m + interval '1 month' AS after
      FROM p WINDOW x AS (PARTITION BY customer ORDER BY m))
    SELECT m, sum(a), coalesce(sum(a) FILTER (WHERE pm IS NULL), 0),
      coalesce(sum(a - pa) FILTER (WHERE pm = before AND a > pa), 0),
      coalesce(sum(pa - a) FILTER (WHERE pm = before AND a < pa), 0),
      coalesce(sum(a) FILTER (WHERE pm < before), 0), coalesce(sum(a) FILTER (WHERE nm IS NULL OR nm > after), 0)
    FROM w GROUP BY m ORDER BY m"""
    return shapes.recurring(_rows(ask(sql)))


def lifecycle(ask: Ask) -> Iterator[Told]:
    sql = f"""
    WITH active AS (SELECT DISTINCT customer, {MONTH} AS m FROM events WHERE {KNOWN}),
    beside AS (SELECT m, lag(m) OVER w AS before, lead(m) OVER w AS after FROM active
               WINDOW w AS (PARTITION BY customer ORDER BY m))
    SELECT m, count(*), count(*) FILTER (WHERE before IS NULL),
      count(*) FILTER (WHERE before = m - interval '1 month'),
      count(*) FILTER (WHERE after IS NULL OR after > m + interval '1 month')
    FROM beside GROUP BY m ORDER BY m"""
    return shapes.lifecycle(_rows(ask(sql)))


def retention(ask: Ask) -> Iterator[Told]:
    sql = f"""
    WITH active AS (SELECT DISTINCT customer, {MONTH} AS m FROM events WHERE {KNOWN}),
    cohorts AS (SELECT m, min(m) OVER (PARTITION BY customer) AS first FROM active)
    SELECT first, m, count(*) FROM cohorts GROUP BY 1, 2"""
    found = [(_k(first), _k(month) - _k(first), kept) for first, month, kept in ask(sql)]
    return shapes.retention([row for row in found if row[1] < shapes.CURVE])


KINDS: dict[str, Callable[[Ask], Iterator[Told]]] = {
    made.__name__: made
    for made in (
        aggregate, percentile, ratio, nps, conversion, entity_count, entity_share, cumulative, repeat, funnel, stock,
        recurring, lifecycle, retention,
    )
}  # fmt: skip

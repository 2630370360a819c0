"""Each kind of metric once more, as SQL written by hand over the tables of `trapped`. Shares no code with the engine.

A case is the definition, and a query that gives for each period (and member) of a grain: first day, member, numerator,
denominator (NULL: nothing to divide by). What no query gives has no value.
"""

# ruff: noqa: S608 - queries are put together from the texts of this file

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

from tests.integration.metrics.trapped import GRAINS, Year

ACTIVITY = {"dataset": "orders", "entity": "customer"}
PAID = {"filters": [{"column": "status", "op": "eq", "values": ["paid"]}]}
HAPPY = {"filters": [{"column": "score", "op": "ge", "values": [9]}]}
TIMED = {**ACTIVITY, "moment": "at"}
CARRY, WINDOW = 20, 14
MONTH, WEEK = ("month",), ("week",)


@dataclass(frozen=True)
class Case:
    """A definition, and the query for its figures, or how they follow from those of the cases before. `by` is the
    dimension whose members are looked at, "" the total."""

    parts: dict[str, Any]
    sql: str | Callable[[dict, str], dict]
    grains: tuple[str, ...]
    by: str = ""


def _measure(how: str, column: str | None = None, **more: Any) -> dict[str, Any]:
    return {"dataset": "orders", "how": how, **({"column": column} if column else {}), **more}


def _rows(what: str, under: str = "NULL", join: str = "true", window: str = "r.d >= p.s AND r.d < p.e") -> str:
    """One number of the rows of a period that satisfy `join`."""
    return f"""SELECT p.s, '', {what}, {under} FROM p LEFT JOIN r ON {window} AND {join} WHERE g = $g GROUP BY p.s"""


def _sum(column: str) -> str:
    return f"CASE WHEN count(r.id) = 0 THEN 0 ELSE sum({column}) END"


_QUALIFIED = """
    WITH q AS (SELECT p.s, {member} AS m, who, count(*) >= 2 AND sum(amount) > 10 AS good,
                      bool_or(coalesce(status = 'paid', false)) AS based
               FROM p JOIN r ON r.d >= p.s AND r.d < p.e WHERE g = $g AND who IS NOT NULL GROUP BY ALL),
         alive AS (SELECT DISTINCT p.s, {member} AS m FROM p {left} JOIN r ON r.d >= p.s AND r.d < p.e WHERE g = $g)
    SELECT alive.s, alive.m, {what} FROM alive LEFT JOIN q ON q.s = alive.s AND q.m = alive.m GROUP BY ALL
"""
_COUNTED = "coalesce(count(*) FILTER (good), 0), NULL"
_SHARED = "count(*) FILTER (good AND based), count(*) FILTER (based)"

_ACTIVE = """
    WITH a AS (SELECT DISTINCT n, who FROM p JOIN r ON r.d >= p.s AND r.d < p.e WHERE g = $g AND who IS NOT NULL),
         f AS (SELECT who, min(n) AS n FROM a GROUP BY who)
"""
_MOVED = {
    "active": "SELECT count(*) FROM a WHERE a.n = p.n",
    "new": "SELECT count(*) FROM f WHERE f.n = p.n",
    "retained": "SELECT count(*) FROM a JOIN a b USING (who) WHERE a.n = p.n AND b.n = p.n - 1",
    "reactivated": "SELECT count(*) FROM a JOIN f USING (who) WHERE a.n = p.n AND f.n < p.n "
    "AND NOT EXISTS (SELECT 1 FROM a b WHERE b.who = a.who AND b.n = p.n - 1)",
    "churned": "SELECT count(*) FROM a WHERE a.n = p.n - 1 "
    "AND NOT EXISTS (SELECT 1 FROM a b WHERE b.who = a.who AND b.n = p.n)",
}
_MOVED["net"] = f"SELECT ({_MOVED['new']}) + ({_MOVED['reactivated']}) - ({_MOVED['churned']})"
_KEPT = {
    "bounded": "EXISTS (SELECT 1 FROM a WHERE a.who = k.who AND a.n = p.n + {at})",
    "unbounded": "EXISTS (SELECT 1 FROM a WHERE a.who = k.who AND a.n BETWEEN p.n + {at} AND p.n + {most})",
    "unbroken": "(SELECT count(*) FROM a WHERE a.who = k.who AND a.n BETWEEN p.n AND p.n + {at}) = {at} + 1",
}


def _kept(variant: str, cohort: str, at: int, most: int) -> str:
    who = {"first": "f", "active": "a"}[cohort]
    kept = _KEPT[variant].format(at=at, most=most)
    return f"""{_ACTIVE} SELECT p.s, '', count(k.who) FILTER ({kept}), count(k.who)
               FROM p LEFT JOIN {who} k ON k.n = p.n WHERE g = $g GROUP BY p.s, p.n
               HAVING p.n + {at} <= (SELECT max(n) FROM p WHERE g = $g)"""


_PAYING = """
    WITH v AS (SELECT n, who, sum(amount) AS v FROM p JOIN r ON r.d >= p.s AND r.d < p.e
               WHERE g = $g AND who IS NOT NULL GROUP BY ALL HAVING v > 0),
         f AS (SELECT who, min(n) AS n FROM v GROUP BY who),
         b AS (SELECT p.s, f.who, f.n < p.n AS old, coalesce(x.v, 0) AS now, coalesce(z.v, 0) AS was
               FROM p CROSS JOIN f LEFT JOIN v x ON x.n = p.n AND x.who = f.who
               LEFT JOIN v z ON z.n = p.n - 1 AND z.who = f.who WHERE g = $g)
"""
_REVENUE = {
    "mrr": "sum(now), NULL",
    "new": "sum(now) FILTER (NOT old), NULL",
    "expansion": "sum(now - was) FILTER (was > 0 AND now > was), NULL",
    "contraction": "sum(was - now) FILTER (now > 0 AND was > now), NULL",
    "churn": "sum(was) FILTER (now = 0), NULL",
    "reactivation": "sum(now) FILTER (was = 0 AND old), NULL",
    "nrr": "sum(now) FILTER (was > 0), sum(was)",
    "grr": "sum(least(now, was)) FILTER (was > 0), sum(was)",
}


def _revenue(figure: str) -> str:
    top, under = _REVENUE[figure].split(", ")[-2:] if figure != "grr" else _REVENUE["grr"].rsplit(", ", 1)
    return f"{_PAYING} SELECT s, '', coalesce({top}, 0), {under} FROM b GROUP BY s"


_FOLLOWED = f"""
    SELECT p.s, '', count(r.id) FILTER (EXISTS (SELECT 1 FROM r z WHERE z.who = r.who AND z.c > r.c
                                                AND z.d < r.d + {WINDOW})),
           count(r.id) FROM p LEFT JOIN r ON r.d >= p.s AND r.d < p.e AND who IS NOT NULL WHERE g = $g GROUP BY p.s
"""
_BEGUN = "SELECT p.s, r.who, min(r.c) AS c FROM p JOIN r ON r.d >= p.s AND r.d < p.e WHERE g = $g AND who IS NOT NULL"
_CONVERTED = f"""
    WITH t AS ({_BEGUN} GROUP BY ALL)
    SELECT p.s, '', count(t.who) FILTER (EXISTS (SELECT 1 FROM r z WHERE z.who = t.who AND z.status = 'paid'
                                                 AND z.c > t.c AND z.d < t.c::DATE + {WINDOW})), count(t.who)
    FROM p LEFT JOIN t ON t.s = p.s WHERE g = $g GROUP BY p.s
"""


def _steps(order: str, member: bool) -> str:
    """Customers with an open order, then a paid one, then one that made them happy."""
    since = {"strict": "u.c", "first_touch": "t.c"}[order]
    late = "z.d < t.c::DATE + 60"
    reached = f"""
        WITH t AS ({_BEGUN} AND status = 'open' GROUP BY ALL),
             u AS (SELECT t.s, t.who, min(z.c) AS c FROM t JOIN r z ON z.who = t.who AND z.status = 'paid'
                   AND z.c > t.c AND {late} GROUP BY ALL),
             w AS (SELECT t.s, t.who, min(z.c) AS c FROM t JOIN u USING (s, who) JOIN r z ON z.who = t.who
                   AND z.score >= 9 AND z.c > {since} AND {late} GROUP BY ALL),
             x AS (SELECT s, who FROM w JOIN u USING (s, who) WHERE w.c > u.c),
             k AS (SELECT p.s, count(t.who) AS one, count(u.who) AS two, count(x.who) AS three
                   FROM p LEFT JOIN t ON t.s = p.s LEFT JOIN u ON u.s = t.s AND u.who = t.who
                   LEFT JOIN x ON x.s = t.s AND x.who = t.who WHERE g = $g GROUP BY p.s)
    """
    if not member:
        return reached + "SELECT s, '', three, one FROM k"
    steps = (
        f"SELECT s, '{at}', {name}, one FROM k WHERE one > 0" for at, name in enumerate(("one", "two", "three"), 1)
    )
    return reached + " UNION ALL ".join(steps)


def _level(day: str) -> str:
    """The last known amounts on a day, none of them older than CARRY days."""
    return f"""
        WITH k AS (SELECT p.s, x.day, who, max(r.d) AS d FROM p, LATERAL (SELECT {day} AS day) x
                   JOIN r ON r.d <= x.day AND r.d >= x.day - {CARRY} WHERE g = $g AND who IS NOT NULL
                   AND amount IS NOT NULL GROUP BY ALL)
        SELECT k.s, '', sum(amount), {{under}} FROM k JOIN r USING (who, d) WHERE amount IS NOT NULL GROUP BY k.s
    """


def _middle(share: Fraction | None) -> str:
    """The values themselves; `settle` finds the one in the middle."""
    return _rows("list(amount ORDER BY amount) FILTER (amount IS NOT NULL)", f"'{share or ''}'")


_SCORED = "score BETWEEN 0 AND 10"
_NPS = _rows(
    "coalesce(100 * (count(*) FILTER (score BETWEEN 9 AND 10) - count(*) FILTER (score BETWEEN 0 AND 6)), 0)",
    f"count(*) FILTER ({_SCORED})",
)
_TWICE = [
    {"measure": _measure("count"), "op": "ge", "value": 2},
    {"measure": _measure("sum", "amount"), "op": "gt", "value": 10},
]


def _formula(values: dict, grain: str) -> dict:
    revenue, buyers = values["revenue", grain], values["buyers", grain]
    found, before = {}, None
    for place in sorted(revenue):
        known = before is not None and buyers[place] not in (None, 0) and revenue[place] is not None
        found[place] = revenue[place] / buyers[place] - before if known else None
        before = buyers[place]
    return found


def _score(values: dict, grain: str) -> dict:
    """Buyers between 0 and 10 and revenue between 0 and 20,000, each for half of the points."""

    def points(value: Fraction, goal: int) -> Fraction:
        return 100 * min(max(value / goal, Fraction(0)), Fraction(1))

    revenue, buyers = values["revenue", grain], values["buyers", grain]
    return {
        place: None if revenue[place] is None  # half of the weights are too little for a score
        else (points(buyers[place], 10) + points(revenue[place], 20_000)) / 2
        for place in revenue
    }  # fmt: skip


def _part(metric: str, goal: int) -> dict:
    return {"metric": metric, "weight": 1, "scale": {"type": "linear", "floor": 0, "goal": goal}}


def _case(kind: str, sql: Any, grains: tuple[str, ...] = GRAINS, by: str = "", **parts: Any) -> Case:
    return Case({"kind": kind, **parts}, sql, grains, by)


def _all_cases() -> dict[str, Case]:
    amount = _measure("sum", "amount", **PAID)
    found = {
        "revenue": _case("aggregate", _rows(_sum("amount"), join="status = 'paid'"), measure=amount),
        "buyers": _case("aggregate", _rows("count(DISTINCT who)"), measure=_measure("distinct", "customer")),
        "mean": _case("aggregate", _rows("sum(amount)", "count(amount)"), measure=_measure("avg", "amount")),
        "least": _case("aggregate", _rows("min(amount)"), measure=_measure("min", "amount")),
        "median": _case("aggregate", _middle(None), measure=_measure("median", "amount")),
        "ninth": _case(
            "aggregate", _middle(Fraction(9, 10)), measure={**_measure("percentile", "amount"), "share": "0.9"}
        ),
        "each": _case(
            "ratio",
            _rows("CASE WHEN count(*) FILTER (paid) = 0 THEN 0 ELSE sum(amount) FILTER (paid) END", "count(r.id)"),
            numerator=amount, denominator=_measure("count"),
        ),
        "twice": _case(
            "entity_count", _QUALIFIED.format(member="''", left="LEFT", what=_COUNTED),
            entity="customer", conditions=_TWICE,
        ),
        "twice_by_region": _case(
            "entity_count", _QUALIFIED.format(member="coalesce(region, '')", left="", what=_COUNTED), by="region",
            entity="customer", conditions=_TWICE, dimensions=["region"],
        ),
        "twice_share": _case(
            "entity_share", _QUALIFIED.format(member="''", left="LEFT", what=_SHARED),
            entity="customer", conditions=_TWICE, base={"dataset": "orders", **PAID},
        ),
        "bought": _case(
            "conversion", _CONVERTED, start=TIMED, goal={**TIMED, **PAID}, within_days=WINDOW
        ),
        "again": _case("repeat", _FOLLOWED, activity=ACTIVITY, within_days=WINDOW, moment="at"),
        "promoted": _case("nps", _NPS, dataset="orders", column="score"),
        "rolling": _case(
            "cumulative", _rows("count(DISTINCT who)", window="r.d >= p.s - INTERVAL 2 MONTH AND r.d < p.e")
            + ", p.n HAVING p.n >= 2",
            MONTH,
            measure=_measure("distinct", "customer"), trailing=3,
        ),
        "so_far": _case(
            "cumulative", _rows(_sum("amount"), window="r.d >= p.y AND r.d < p.e")
            + ", p.y HAVING p.y >= (SELECT min(s) FROM p WHERE g = $g)",
            ("day", "month", "quarter"),
            measure=_measure("sum", "amount"), to_date="year",
        ),
        "profit": _case("formula", _formula, expression="revenue / buyers - prior(buyers, 1)"),
        "health": _case(
            "score", _score,
            groups=[{"name": {"en": "All"}, "weight": 1, "parts": [_part("buyers", 10), _part("revenue", 20_000)]}],
        ),
        "typed": _case("manual", lambda values, grain: {}, MONTH),
    }  # fmt: skip
    open_ = {**TIMED, "filters": [{"column": "status", "op": "eq", "values": ["open"]}]}
    steps = [open_, {**TIMED, **PAID}, {**TIMED, **HAPPY}]
    for order in ("strict", "first_touch"):
        for member in (False, True):
            found[f"way_{order}{'_steps' * member}"] = _case(
                "funnel", _steps(order, member), by="step" * member, steps=steps, within_days=60, order=order
            )
    for figure, moved in _MOVED.items():
        sql = f"{_ACTIVE} SELECT p.s, '', ({moved}), NULL FROM p WHERE g = $g"
        found[f"life_{figure}"] = _case("lifecycle", sql, activity=ACTIVITY, figure=figure)
    for figure in _REVENUE:
        parts = {"dataset": "orders", "entity": "customer", "column": "amount", "figure": figure}
        found[f"rec_{figure}"] = _case("recurring", _revenue(figure), MONTH, **parts)
        found[f"rec_{figure}_week"] = _case("recurring", _revenue(figure), WEEK, **parts)
    for variant in _KEPT:
        for cohort in ("first", "active"):
            for grain in (MONTH, WEEK):
                parts = {"variant": variant, "cohort": cohort, "intervals": 3, "interval": 2}
                found[f"kept_{variant}_{cohort}_{grain[0]}"] = _case(
                    "retention", _kept(variant, cohort, 2, 3), grain, activity=ACTIVITY, **parts
                )
    stock = {"dataset": "orders", "entity": ["customer"], "column": "amount", "carry_days": CARRY}
    for at, day in {"closing": "p.e - 1", "opening": "p.s - 1"}.items():
        found[f"level_{at}"] = _case("stock", _level(day).format(under="NULL"), at=at, **stock)
    days = "unnest(generate_series(p.s::TIMESTAMP, p.e::TIMESTAMP - INTERVAL 1 DAY, INTERVAL 1 DAY))::DATE"
    found["level_average"] = _case(
        "stock", _level(days).format(under="count(DISTINCT k.day)"), ("week", "month", "quarter"), at="average", **stock
    )
    return found


CASES = _all_cases()

DAILY = frozenset({
    "revenue", "buyers", "each", "twice", "twice_share", "bought", "again", "promoted", "so_far", "profit", "health",
    "way_strict", "life_reactivated", "level_closing",
})  # fmt: skip
"""What is computed by day too: one of each kind that can be, as days are many."""


def cases_of(year: Year) -> dict[str, Case]:
    """The cases at the grains that are looked at in this calendar."""
    found = {}
    for key, case in CASES.items():
        grains = [grain for grain in case.grains if grain in year.grains and (grain != "day" or key in DAILY)]
        if grains:
            found[key] = replace(case, grains=tuple(grains))
    return found


Found = dict[tuple[Any, str], Fraction | None]


def figures(connection: Any, cases: dict[str, Case]) -> dict[tuple[str, str], Found]:
    """Every case at each of its grains: exact values by first day and member."""
    found: dict[tuple[str, str], Found] = {}
    for key, case in cases.items():
        for grain in case.grains:
            if callable(case.sql):
                found[key, grain] = case.sql(found, grain)
            else:
                rows = connection.execute(case.sql, {"g": grain}).fetchall()
                found[key, grain] = {(start, member): settle(top, under) for start, member, top, under in rows}
                assert len(found[key, grain]) == len(rows)
    return found


def settle(top: Any, under: Any) -> Fraction | None:
    """The value of a numerator and a denominator, or the middle of several values."""
    if isinstance(top, list):
        share = Fraction(under) if under else None
        if share is None:
            return Fraction(top[(len(top) - 1) // 2] + top[len(top) // 2]) / 2
        return Fraction(top[-(-len(top) * share.numerator // share.denominator) - 1])
    if top is None or (under is not None and under == 0):
        return None
    return Fraction(top) / (1 if under is None else Fraction(under))


def rounded(value: Fraction | None) -> Decimal | None:
    """A value as it is stored: 12 places, half to even."""
    if value is None:
        return None
    exact = Context(prec=80).divide(Decimal(value.numerator), Decimal(value.denominator))
    return exact.quantize(Decimal("1e-12"), ROUND_HALF_EVEN, Context(prec=60))

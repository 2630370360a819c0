"""Movements, cohorts and recurring revenue of CDNOW: published figures, and SQL written by hand."""

import json
from decimal import Decimal

import duckdb
import pytest

from apps.engine import (
    LifecyclePlan,
    Load,
    Loaded,
    Measure,
    RecurringPlan,
    RetentionPlan,
    run,
)
from apps.kernel.period import Grain
from tests.integration.engine.engine_files import data_sets, mapping
from tests.integration.engine.engine_history import UTC, values


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory) -> Loaded:
    path = data_sets() / "cdnow" / "cdnow_transactions.csv"
    columns = (
        ("transaction_no", "order_no", "text", "key"), ("customer_id", "customer", "text", "entity"),
        ("date", "day", "date", "time"), ("number_of_cds", "cds", "integer", "measure"),
        ("dollar_value", "dollars", "decimal", "measure"),
    )  # fmt: skip
    out = str(tmp_path_factory.mktemp("cdnow"))
    return run(Load(str(path), path.name, "", mapping(columns, ("order_no",)), "c", (), "append", out, "UTC"))


def test_growth_accounting_of_cdnow(cdnow: Loaded) -> None:
    figures = json.loads((data_sets() / "figures.json").read_text(), parse_float=Decimal)
    published = figures["cdnow.growth_accounting_monthly(month,active,new,retained,reactivated,churned)"]
    found = values(run(Measure(cdnow.files, UTC, (LifecyclePlan("x", Grain.MONTH, "customer"),))).rows)
    parts = ("active", "new", "retained", "reactivated", "churned")
    assert [[f"{day:%Y-%m}", *(found[day][part] for part in parts)] for day in sorted(found)] == published
    assert len(published) == 18


COHORTS = """
    WITH a AS (SELECT DISTINCT customer, date_trunc('{grain}', d)::DATE AS p FROM read_parquet(?)),
         f AS (SELECT customer, min(p) AS c FROM a GROUP BY 1)
    SELECT c, date_diff('{grain}', c, p) AS j, count(*) FROM a JOIN f USING (customer) WHERE j <= 12 GROUP BY ALL
"""
REVENUE = """
    WITH a AS (SELECT customer, date_trunc('month', d)::DATE AS p, sum(dollars) AS v FROM read_parquet(?)
               GROUP BY ALL HAVING v > 0),
         b AS (SELECT coalesce(a.customer, z.customer) AS customer, coalesce(a.p, (z.p + INTERVAL 1 MONTH)::DATE) AS p,
                      coalesce(a.v, 0) AS now, coalesce(z.v, 0) AS was
               FROM a FULL JOIN a z ON a.customer = z.customer AND a.p = z.p + INTERVAL 1 MONTH),
         f AS (SELECT customer, min(p) AS c FROM a GROUP BY 1)
    SELECT p, sum(now), sum(now) FILTER (p = c), sum(greatest(now - was, 0)) FILTER (was > 0),
           sum(was - now) FILTER (now > 0 AND was > now), sum(was) FILTER (now = 0),
           sum(now) FILTER (was = 0 AND p > c)
    FROM b JOIN f USING (customer) WHERE p < DATE '1998-07-01' GROUP BY 1
"""


@pytest.mark.parametrize("grain", ["week", "month", "quarter"])
def test_cohorts_equal_sql_written_by_hand(cdnow: Loaded, grain: str) -> None:
    found = values(run(Measure(cdnow.files, UTC, (RetentionPlan("x", Grain(grain), "customer", 12),))).rows)
    cells = {(day, int(at)): int(kept) for day, curve in found.items() for at, (kept, _) in curve.items() if kept}
    hand = duckdb.execute(COHORTS.format(grain=grain), [[entry.path for entry in cdnow.files]]).fetchall()
    assert cells == {(day, far): count for day, far, count in hand}


def test_revenue_equals_sql_written_by_hand(cdnow: Loaded) -> None:
    found = values(run(Measure(cdnow.files, UTC, (RecurringPlan("x", Grain.MONTH, "customer", "dollars"),))).rows)
    parts = ("mrr", "new", "expansion", "contraction", "churn", "reactivation")
    hand = duckdb.execute(REVENUE, [[entry.path for entry in cdnow.files]]).fetchall()
    assert {day: tuple(series[part] for part in parts) for day, series in found.items()} == {
        day: tuple(value or 0 for value in amounts) for day, *amounts in hand
    }

"""What unchanged months come to is kept between computations, in the workspace's own folder."""

from pathlib import Path

import pytest

from apps.datasets.models import root
from apps.datasets.services.sweeping import ROLLUPS
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

JANUARY = [("2026-01-05", "1", "c1", "North", "paid", 10), ("2026-01-20", "2", "c2", "South", "paid", 20)]
FEBRUARY = [("2026-02-03", "3", "c1", "North", "paid", 30), ("2026-02-10", "4", "c3", "North", "paid", 5)]
MARCH = [("2026-03-01", "5", "c2", "South", "paid", 7), ("2026-03-31", "6", "c4", "South", "paid", 9)]


def test_a_new_month_leaves_what_the_others_came_to(upload, define, run_work) -> None:
    upload("orders", JANUARY, row_key=["order_id"])
    upload("orders", FEBRUARY, row_key=["order_id"])
    define("gone", "lifecycle", activity={"dataset": "orders", "entity": "customer"}, figure="churned")
    run_work()
    before = _kept()
    assert before
    upload("orders", MARCH, row_key=["order_id"])
    after = _kept()
    assert before.items() < after.items()
    assert list(m.totals("gone").values())[1:] == [1, 2]  # c2 in February, c1 and c3 in March
    for path in (root() / ROLLUPS).iterdir():
        path.write_bytes(b"damaged")
    upload("orders", [("2026-03-15", "7", "c1", "North", "paid", 1)], row_key=["order_id"])
    assert list(m.totals("gone").values())[1:] == [1, 1]


def _kept() -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (root() / ROLLUPS).glob("*.parquet")}

"""Real purchases through the same steps: CDNOW's monthly active customers. Skipped where the data is not there."""

import json
import os
from pathlib import Path

import pytest

from apps.datasets import services as data
from apps.datasets.models import Dataset
from apps.kernel.period import Grain
from apps.metrics import selectors
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

COLUMNS = [
    {"source": "customer_id", "name": "customer_id", "type": "text", "role": "entity"},
    {"source": "date", "name": "date", "type": "date", "role": "time"},
    {"source": "number_of_cds", "name": "number_of_cds", "type": "integer", "role": "measure"},
    {"source": "dollar_value", "name": "dollar_value", "type": "decimal", "role": "measure"},
]
ACTIVE = [7846, 9633, 9524, 2822, 2214, 2339, 2180, 1772, 1739, 1839, 2028, 1864, 1537, 1551, 2060, 1437, 1488, 1506]


def _folder() -> Path | None:
    named = os.environ.get("LODESTAR_TEST_DATA")
    places = [Path(named)] if named else [parent / "shared" / "data" for parent in Path(__file__).resolve().parents]
    return next((place for place in places if (place / "cdnow" / "cdnow_transactions.csv").is_file()), None)


@pytest.fixture
def purchases(run_work, actor) -> Dataset:
    folder = _folder()
    if folder is None:
        pytest.skip("The CDNOW transactions are not here (LODESTAR_TEST_DATA names the folder that holds cdnow/).")
    content = (folder / "cdnow" / "cdnow_transactions.csv").read_bytes()
    upload = data.receive_upload(actor=actor, filename="cdnow.csv", chunks=[content], again=True)
    run_work()
    data.name_columns(actor=actor, upload_id=upload.pk, columns=COLUMNS, name="Purchases", key="purchases")
    run_work()
    return Dataset.objects.get(key="purchases")


def test_monthly_active_customers_and_revenue_per_customer(purchases, define, run_work) -> None:
    customers = m.measure("distinct", "customer_id", "purchases")
    revenue, orders = m.measure("sum", "dollar_value", "purchases"), m.measure("count", None, "purchases")
    everything = ["day", "week", "month", "quarter", "year"]
    define("mau", "aggregate", measure=customers, grains=everything)
    define("revenue", "aggregate", measure=revenue, grains=everything)
    define("arpu", "ratio", numerator=revenue, denominator=customers)
    define("orders_each", "ratio", numerator=orders, denominator=customers)
    define("ticket", "ratio", numerator=revenue, denominator=orders)
    define("arpu_by_factors", "formula", expression="orders_each * ticket")
    run_work()
    assert [point.value for point in selectors.series("mau", Grain.MONTH).points] == ACTIVE
    assert {point.state for point in selectors.series("mau", Grain.MONTH).points} == {"final"}
    assert m.totals("arpu") == m.totals("arpu_by_factors")
    for grain in everything:
        total = sum(value for value in m.totals("revenue", grain).values())
        assert f"{total:.2f}" == "2500315.63", grain
    assert len(m.totals("mau", "day")) == 546
    latest = selectors.latest("mau", Grain.MONTH)
    assert (latest.point.period.key, latest.point.value, latest.previous.value) == ("1998-06", 1506, 1488)


def test_posthog_13733_97744_growth_in_eighteen_months(purchases, define, run_work) -> None:
    """As published: who was active, new, retained, reactivated and lost, from the upload to the stored values.

    PostHog/posthog#13733, #97744: “new” there is when a profile was made; ours is the first row, whenever it came.
    """
    parts = ("active", "new", "retained", "reactivated", "churned")
    activity = {"dataset": "purchases", "entity": "customer_id"}
    for part in parts:
        define(part, "lifecycle", activity=activity, figure=part)
    run_work()
    found = {part: m.totals(part) for part in parts}
    rows = [[f"{day:%Y-%m}", *(found[part][day] for part in parts)] for day in sorted(found["active"])]
    assert rows == _published()
    assert len(rows) == 18
    assert set(m.states("churned").values()) == {"final"}


def _published() -> list[list]:
    figures = json.loads((_folder() / "figures.json").read_text())
    return next(value for key, value in figures.items() if key.startswith("cdnow.growth_accounting"))


def test_the_constants_are_those_of_the_data() -> None:
    if _folder() is None:
        pytest.skip("The figures are not here.")
    assert [row[1] for row in _published()] == ACTIVE

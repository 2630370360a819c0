"""A metric with typed values to set targets for."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.datasets import services as data
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue
from apps.targets import services as acts
from apps.targets.domain.kinds import Kind, Shape
from apps.targets.models import Target

MONTHS = [date(2025, 12, 1), *[date(2026, month, 1) for month in range(1, 7)]]
ARPU = [4200, 4230, 4210, 4380, 4550, 4700, 4800]


@pytest.fixture(autouse=True)
def _in_july(on_day) -> None:
    """So that a value of June is the newest there can be."""


@pytest.fixture
def typed_metric(in_acme, ada, run_work) -> Callable:
    """`typed_metric(key, values)`: a manual metric in currency by month, with values from December 2025 on."""

    def make(key: str, values: list[int], direction: str = "up", kind: str = "currency") -> metrics.MetricView:
        definition = parse(
            {
                "kind": "manual",
                "key": key,
                "name": {"en": key.title(), "zh": key},
                "unit": {"kind": kind},
                "direction": direction,
                "grains": ["month", "quarter"],
                "dimensions": [],
            }
        )
        services.define(actor=ada.actor, definition=definition)
        view = metrics.metric_for(key)
        typed = [TypedValue(month, Decimal(value)) for month, value in zip(MONTHS, values, strict=False)]
        services.type_values(actor=ada.actor, metric_id=view.id, grain=Grain.MONTH, values=typed)
        run_work()
        return metrics.metric_for(key)

    return make


@pytest.fixture
def arpu(typed_metric) -> metrics.MetricView:
    """The director's metric: 4,200 in December, 4,800 in June."""
    return typed_metric("arpu", ARPU)


COLUMNS = [
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "store", "name": "store", "type": "text", "role": "dimension"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
]
MADE = {"North": Decimal(1), "South": Decimal("0.8"), "West": Decimal(1)}
"""How much of its usual sales each store makes in November 2026."""


def usual(day: date) -> Decimal:
    """What a store makes on a day of November: little on weekends, much on the last four weekdays."""
    pushed = [date(day.year, 11, n) for n in range(30, 20, -1) if date(day.year, 11, n).isoweekday() <= 5][:4]
    return Decimal(35) if day.isoweekday() > 5 else Decimal(160) if day in pushed else Decimal(100)


def sales_rows() -> Iterator[tuple[date, str, Decimal]]:
    """Three Novembers, the last one until the 16th; East sells five times only."""
    for year, last in ((2024, 30), (2025, 30), (2026, 16)):
        for n in range(1, last + 1):
            day = date(year, 11, n)
            for store, share in MADE.items():
                yield day, store, usual(day) * (share if year == 2026 else 1)
    for n in range(9, 14):
        yield date(2026, 11, n), "East", Decimal(300)


@pytest.fixture
def sales(in_acme, ada, run_work, on_day) -> metrics.MetricView:
    """Sales by day, month and store, from real rows that end on Monday, 16 November 2026; today is the day after."""
    on_day(datetime(2026, 11, 17, 4, tzinfo=UTC))
    lines = ["day,store,amount", *(f"{day},{store},{amount}" for day, store, amount in sorted(sales_rows()))]
    sent = data.receive_upload(
        actor=ada.actor, filename="orders.csv", chunks=["\n".join(lines).encode()], dataset_id=None, again=True
    )
    run_work()
    data.name_columns(
        actor=ada.actor, upload_id=sent.pk, columns=COLUMNS, row_key=(), mode="append", dataset_id=None,
        name="Orders", key="orders",
    )  # fmt: skip
    run_work()
    definition = parse(
        {
            "kind": "aggregate", "key": "sales", "name": {"en": "Sales", "zh": "销售额"},
            "unit": {"kind": "currency"}, "direction": "up", "grains": ["day", "month"], "dimensions": ["store"],
            "measure": {"dataset": "orders", "how": "sum", "column": "amount"},
        }
    )  # fmt: skip
    services.define(actor=ada.actor, definition=definition)
    run_work()
    return metrics.metric_for("sales")


@pytest.fixture
def november(sales, ada) -> dict[str, Target]:
    """What each store is to sell in November 2026: its usual total, laid over the days as in former years."""
    goal = sum((usual(date(2026, 11, n)) for n in range(1, 31)), Decimal(0))
    return {
        store: acts.set_target(
            actor=ada.actor, metric_id=sales.id, grain=Grain.MONTH, kind=Kind.FLOW, pace=Shape.SEASONAL, goal=goal,
            start=date(2026, 11, 1), due=date(2026, 11, 30), dimension="store", member=store,
        )
        for store in ("North", "South", "West", "East")
    }  # fmt: skip

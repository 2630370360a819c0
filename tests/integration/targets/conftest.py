"""A metric with typed values to set targets for."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue

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

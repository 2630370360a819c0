"""A typed North Star with four years of months, ending half a year before the tests' day."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue

SEASON = [30, -20, 5, 12, -8, 0, 25, -31, 14, 3, -22, 9]


def months(count: int, start: int = 2022) -> list[date]:
    return [date(start + at // 12, at % 12 + 1, 1) for at in range(count)]


@pytest.fixture
def typed(in_acme, ada, run_work) -> Callable:
    """`typed(key, count, unit)`: a metric with `count` months from 2022 on that repeat the season on 1,000."""

    def make(key: str, count: int, unit: str = "count") -> metrics.MetricView:
        definition = parse(
            {
                "kind": "manual", "key": key, "name": {"en": key.title(), "zh": key}, "unit": {"kind": unit},
                "direction": "up", "grains": ["month"], "dimensions": [],
            }
        )  # fmt: skip
        services.define(actor=ada.actor, definition=definition)
        view = metrics.metric_for(key)
        values = [TypedValue(day, Decimal(1000 + SEASON[at % 12])) for at, day in enumerate(months(count))]
        services.type_values(actor=ada.actor, metric_id=view.id, grain=Grain.MONTH, values=values)
        run_work()
        return metrics.metric_for(key)

    return make


@pytest.fixture
def star(typed, ada, run_work) -> metrics.MetricView:
    """The North Star, with its forecast made."""
    view = typed("visits", 48)
    services.choose_north_star(actor=ada.actor, metric_id=view.id, grain=Grain.MONTH, reason="It is the one.")
    run_work()
    return view

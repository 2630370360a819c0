"""A score whose versions read different metrics, explained across the day on which the newer one begins to hold."""

from fractions import Fraction
from typing import Any

import pytest

from apps.drivers import selectors
from apps.drivers.selectors import Answer
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.models import MetricValue
from tests.integration.drivers.conftest import JUNE, document


def health(*areas: tuple[str, str, str]) -> Any:
    groups = [
        {"name": {"en": key, "zh": key}, "weight": weight,
         "parts": [{"metric": key, "weight": "1", "scale": {"type": "linear", "floor": "0", "goal": goal}}]}
        for key, weight, goal in areas
    ]  # fmt: skip
    return parse(document("health", "score", {"kind": "score"}, groups=groups))


def told() -> Answer:
    woods = selectors.woods()
    view = woods.views["health"]
    question = selectors.ask(view, Grain.MONTH, ended=selectors.ended_periods(view, Grain.MONTH))
    assert question is not None
    return selectors.answer(question, woods)


@pytest.mark.parametrize("former", ["mood", "calm"])
def test_what_only_the_earlier_version_reads_is_read_too(shop, defined, ada, run_work, former: str) -> None:
    if former == "calm":  # a score itself: opened by its own definition
        groups = [{"name": {"en": "Mood"}, "weight": "1", "parts": [
            {"metric": "mood", "weight": "1", "scale": {"type": "linear", "floor": "0", "goal": "100"}}]}]  # fmt: skip
        defined("calm", "score", {"kind": "score"}, groups=groups)
    services.define(actor=ada.actor, definition=health(("arpu", "30", "8000"), (former, "70", "10")))
    run_work()
    after = health(("arpu", "30", "8000"), ("visits", "70", "5"))
    services.define(actor=ada.actor, definition=after, start=JUNE)
    run_work()
    stored = [
        Fraction(value)
        for value in MetricValue.objects.filter(metric=metrics.metric_for("health").id, dimension="")
        .order_by("period_start").values_list("value", flat=True)
    ]  # fmt: skip
    assert stored == [Fraction(15 + 49), Fraction(6004 * 30, 8000) + Fraction(38, 50) * 70]
    found = told()
    assert [found.before, found.after] == stored
    assert found.share is not None
    assert found.share.extras["gap"] == 0
    assert not found.share.flagged
    effects = sum((each.effect or 0 for each in found.share.parts), sum(found.share.extras.values()))
    assert effects == stored[1] - stored[0]

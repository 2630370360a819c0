"""The worked case of the health score, from uploaded rows: 81, then 78, and what the three points are made of."""

import time
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection

from apps.demo import services
from apps.demo.domain.story import HOLDING
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.domain.scoring import ScoreDefinition, metrics_of, score
from apps.metrics.domain.scoring_drivers import ScoreChange, ScoreEnd, score_change
from apps.workspaces.scope import inside
from apps.workspaces.selectors import workspace_at


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker) -> Iterator[float]:
    """The group, made by its own acts; the seconds that took."""
    from tests import cast

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "COMPANIES", (HOLDING,))
        started = time.monotonic()
        services.seed(lambda line: print(f"{time.monotonic() - started:.1f}", line), patience=0)
        took = time.monotonic() - started
        connection.set_schema_to_public()
        yield took
        cast.rebuild()


@pytest.fixture
def group(made, db) -> Iterator[None]:
    with inside(workspace_at(HOLDING.slug)):
        yield


def months_of(key: str) -> list[metrics.Point]:
    return [point for point in metrics.series(key, Grain.MONTH).points if not point.is_open]


def definition() -> ScoreDefinition:
    return metrics.metric_for("health_score").definition


def end(back: int) -> ScoreEnd:
    """The stored values of the members, `back` months before the newest one."""
    read = {key: months_of(key)[-1 - back].value for key in metrics_of(definition())}
    return ScoreEnd(definition(), {key: Fraction(value) for key, value in read.items()}, {})


def change() -> ScoreChange:
    found = score_change(end(1), end(0))
    assert found is not None
    return found


def test_the_score_is_78_from_81(group, made) -> None:
    print(made)
    for key in (*metrics_of(definition()), "health_score"):
        print(key, [(str(p.value), p.state) for p in months_of(key)])
    before, now = months_of("health_score")[-2:]
    assert (before.value, now.value) == (81, 78)
    assert (before.state, now.state) == ("final", "final")
    assert score(definition(), end(0).values, {}).coverage == 1


def test_stickiness_explains_half_and_says_where_the_other_half_is(group) -> None:
    found = change()
    print({k: str(v) for k, v in found.by_metric.items()})
    half = Fraction(-3, 2)
    assert (found.inputs, found.definition, found.coverage, found.held) == (-3, 0, 0, 0)
    assert found.by_metric["active_rate"] == half
    by_group = [
        sum(found.by_metric[part.metric] for part in group.parts) for group in definition().groups
    ]
    assert by_group == [half, 0, half, 0]
    assert [months_of("active_rate")[at].value for at in (-2, -1)] == [Decimal("0.32"), Decimal("0.28")]

"""Real small data sets: files uploaded, mapped, loaded by the real engine, computed by the real handlers."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from apps.datasets import services as data
from apps.datasets.models import Dataset
from apps.metrics import services
from apps.metrics.models import MetricVersion
from apps.metrics.services import planning
from tests.integration.metrics.metric_cases import ORDERS, Row, csv_of, document


@pytest.fixture
def upload(run_work: Callable[[], int], actor: Any) -> Callable[..., Dataset]:
    """`upload("orders", rows)`: a file with these rows, into the data set of that key, loaded and computed."""

    def send(
        key: str,
        rows: Sequence[Row],
        columns: Sequence[dict] = ORDERS,
        row_key: Sequence[str] = (),
        mode: str = "append",
        compute: bool = True,
    ) -> Dataset:
        known = Dataset.objects.filter(key=key).first()
        sent = data.receive_upload(
            actor=actor,
            filename=f"{key}.csv",
            chunks=[csv_of(columns, rows)],
            dataset_id=known.pk if known else None,
            again=True,
        )
        run_work()
        data.name_columns(
            actor=actor,
            upload_id=sent.pk,
            columns=columns,
            row_key=row_key,
            mode=mode,
            dataset_id=known.pk if known else None,
            name=key.title(),
            key=key,
        )
        if compute:
            run_work()
            sent.refresh_from_db()
            assert sent.status == "loaded", sent.problem
        return Dataset.objects.get(key=key)

    return send


@pytest.fixture
def define(actor: Any) -> Callable[..., MetricVersion]:
    """`define("revenue", "aggregate", measure=…)`: a metric, not computed yet."""

    def make(key: str, kind: str, **parts: Any) -> MetricVersion:
        return services.define(actor=actor, definition=document(key, kind, **parts))

    return make


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`today(2026, 4, 10)`: what day it is for computations. June 1, 2026 until it is called."""

    def set_to(*parts: int) -> None:
        noon = datetime(*parts, 4, tzinfo=UTC)
        monkeypatch.setattr(planning, "timezone", SimpleNamespace(now=lambda: noon))

    set_to(2026, 6, 1)
    return set_to

"""What integration tests share."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest


@pytest.fixture
def on_day(monkeypatch) -> Callable[[datetime], None]:
    """The day on which it is asked how targets stand: in July 2026, or `on_day(moment)`."""

    def be(moment: datetime) -> None:
        monkeypatch.setattr("apps.targets.selectors.reading.now", lambda: moment)

    be(datetime(2026, 7, 15, 9, tzinfo=UTC))
    return be

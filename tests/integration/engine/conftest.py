"""Files on disk, and the engine for real: every test here starts a child."""

import pytest


@pytest.fixture
def self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the exercises that meet the limits on purpose."""
    monkeypatch.setenv("LODESTAR_ENGINE_SELF_TEST", "1")

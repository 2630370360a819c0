"""Files uploaded as people do, and the clock of computations."""

from tests.integration.metrics.conftest import define, today, upload

__all__ = ["define", "today", "upload"]

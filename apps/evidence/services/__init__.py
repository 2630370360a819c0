"""Have forecasts made, and say what else is wanted."""

from __future__ import annotations

from apps.evidence.services.asking import ask
from apps.evidence.services.wanting import Wanted, tell_wanted
from apps.work.services import Claim

__all__ = ["Wanted", "ask", "forecast_all", "tell_wanted"]


def forecast_all(claim: Claim) -> None:
    """Worker: make every forecast that is wanted and not up to date. What is done is loaded when it is needed."""
    from apps.evidence.services import making

    making.forecast_all(claim)

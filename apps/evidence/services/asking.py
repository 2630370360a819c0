"""Ask for forecasts to be made anew."""

from __future__ import annotations

from apps.work.services import Work, enqueue
from apps.workspaces.scope import current_workspace

FORECAST = "evidence.forecast"


def ask() -> Work:
    """Have the forecasts that are wanted brought up to date, once the caller's transaction is done.

    Asking often costs little: what waits is not asked for twice, and what is made from the same is not made again.
    """
    return enqueue(FORECAST, subject=current_workspace().pk)

"""Which day it is, and which day a moment was: the company's, in a worker too."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.workspaces.scope import current_workspace


def today() -> date:
    """Today in the company's time zone. No query."""
    return current_workspace().calendar.today(timezone.now())


def zone() -> ZoneInfo:
    """The company's time zone. No query."""
    return ZoneInfo(current_workspace().calendar.time_zone)

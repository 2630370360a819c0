"""Which day it is."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from apps.workspaces.scope import current_workspace


def today() -> date:
    """Today in the company's time zone. No query."""
    return current_workspace().calendar.today(timezone.now())

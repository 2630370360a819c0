"""What is thrown away, and how old it has to be. Nothing that a value, a version or an entry of the record names.

Uploads and versions of the data stay for good, as they are where every figure comes from: but for what people deleted,
and rows that they say are kept for some days only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from apps.accounts import services as accounts
from apps.api import services as api
from apps.datasets import services as datasets
from apps.metrics import services as metrics
from apps.notifications import services as notifications
from apps.sources import services as sources
from apps.work import services as work

log = logging.getLogger(__name__)

Sweep = Callable[[datetime], int]

SWEEPS: dict[str, tuple[Sweep, str]] = {
    "deleted data": (datasets.sweep_deleted, "KEEP_BIN_DAYS"),
    "files that nothing names": (datasets.sweep_unnamed, ""),
    "pages of rows and previews": (datasets.sweep_pages, "KEEP_ROWS_DAYS"),
    "files of rows": (metrics.sweep_row_files, "KEEP_ROWS_DAYS"),
    "comparisons of versions": (datasets.sweep_comparisons, "KEEP_ROWS_DAYS"),
    "kept parts of computations": (datasets.sweep_rollups, "KEEP_QUERIES_DAYS"),
    "queries": (metrics.sweep_queries, "KEEP_QUERIES_DAYS"),
    "finished work": (work.sweep_finished, "KEEP_WORK_DAYS"),
    "readings of sources that brought nothing": (sources.sweep_pulls, "KEEP_NOTICES_DAYS"),
    "notices": (notifications.sweep_notices, "KEEP_NOTICES_DAYS"),
    "secrets of ended API keys": (api.forget_secrets, "KEEP_WORK_DAYS"),
    "answers of the API": (api.sweep_answers, ""),
    "sessions": (accounts.sweep_sessions, ""),
    "lists of sessions": (accounts.sweep_session_list, ""),
}
"""What is swept in each workspace: by what, and the setting that says after how many days ("": once it has expired)."""


def sweep_workspace() -> dict[str, int]:
    """Sweep the current workspace; how many of each. One that fails is logged; the others go on."""
    now, found = timezone.now(), {}
    for name, (sweep, setting) in SWEEPS.items():
        days = getattr(settings, setting) if setting else 0
        try:
            found[name] = sweep(now - timedelta(days=days))
        except Exception:  # the next sweep tries again
            log.exception("%s could not be swept", name)
    if any(found.values()):
        log.info("swept: %s", ", ".join(f"{number} {name}" for name, number in found.items() if number))
    return found

"""Delete what is not needed any more, a portion at a time: killed in the middle, the next sweep goes on."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

PORTION = 500
"""Rows that one transaction deletes."""


def delete_in_portions(rows: QuerySet, portion: int = PORTION) -> int:
    """Delete `rows`, `portion` in each transaction; how many there were. Rows that become due meanwhile go, too."""
    total = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:portion]):
        with transaction.atomic():
            rows.filter(pk__in=ids).delete()
        total += len(ids)
    return total


def remove_files(folder: Path, before: float) -> int:
    """Remove the files of a folder that were last written before a moment (seconds since 1970); how many there were."""
    removed = 0
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return 0
    for entry in entries:
        try:
            if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < before:
                os.unlink(entry.path)
                removed += 1
        except FileNotFoundError:  # another worker was faster
            continue
    return removed

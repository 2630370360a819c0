"""Is there room on the disk?"""

from __future__ import annotations

import shutil
from pathlib import Path

from config.devstack.problems import DevstackError

REFUSE_BELOW = 300_000_000
WARN_BELOW = 1_000_000_000


def free_bytes(path: Path) -> int:
    """Free bytes where ``path`` is or would be."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def warning(path: Path) -> str:
    """A sentence if the disk is nearly full, else an empty text."""
    free = free_bytes(path)
    if free >= REFUSE_BELOW:
        return ""
    return f"The disk of {path} is nearly full: {free // 1_000_000} MB free."


def check(*paths: Path) -> list[str]:
    """Warnings for each path with less than 1 GB; raises DevstackError below 300 MB."""
    warnings = []
    for path in paths:
        free = free_bytes(path)
        if free < REFUSE_BELOW:
            raise DevstackError(
                f"The disk of {path} is full: {free // 1_000_000} MB free, {REFUSE_BELOW // 1_000_000} MB are needed.",
                "Free some space, or let LODESTAR_DATA point to a folder on another disk.",
            )
        if free < WARN_BELOW:
            warnings.append(f"Only {free // 1_000_000} MB are free on the disk of {path}.")
    return warnings

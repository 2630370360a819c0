"""Put finished files under their final names: durable first, visible last."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from apps.engine.entry import KEYS
from apps.engine.requests import FileEntry, Load

if TYPE_CHECKING:
    from apps.engine.child import Desk
    from apps.engine.months import Months


def publish(request: Load, desk: Desk, months: Months, rejects_path: str) -> tuple[tuple[FileEntry, ...], str]:
    """Move everything into `out_dir` under new names; the files of the version in order, and the reject list.

    Each name ends in the token of this very run, so that no file is ever overwritten and a run that is killed in
    between can be swept up after.
    """
    token = desk.work_dir.rsplit("-", 1)[-1]
    out_dir = os.path.abspath(request.out_dir)

    def moved(path: str, what: str) -> str:
        final = os.path.join(out_dir, f"{request.upload_id}-{what}-{token}.parquet")
        sync(path)
        if os.path.exists(path + KEYS):
            os.rename(path + KEYS, final + KEYS)
        os.rename(path, final)
        return final

    written = [
        replace(entry, path=moved(entry.path, f"{entry.month}-{number}"))
        for number, entry in enumerate(months.written, start=1)
    ]
    rejects = moved(rejects_path, "rejects")
    sync(out_dir)
    files = sorted(months.carried + written, key=lambda entry: (entry.month, entry.path))
    return tuple(files), rejects


def sync(path: str) -> None:
    """Make what is at `path` outlast a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

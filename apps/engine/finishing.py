"""A file that somebody waits for: written under a name of its own, and there under its final one only when whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from apps.engine.publish import sync

if TYPE_CHECKING:
    from apps.engine.child import Desk


@contextmanager
def finished(out_path: str, desk: Desk) -> Iterator[str]:
    """Where to write what becomes `out_path` at the end of the block, and is removed if that fails. The parent knows
    the name and removes it if the child dies."""
    unfinished = f"{out_path}.{os.path.basename(desk.work_dir)}"
    try:
        yield unfinished
        sync(unfinished)
        os.replace(unfinished, out_path)
    except BaseException:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
        raise

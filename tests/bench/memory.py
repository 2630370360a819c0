"""The most memory each kind of process took, by the kernel's own high-water mark."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.devstack.proctable import command_line
from config.devstack.stack import Stack

KINDS = {"apps.engine.": "engine child", "celery": "Celery worker", "gunicorn": "web", "postgres": "PostgreSQL"}


@contextmanager
def watching(running: Stack, every: float = 0.1) -> Iterator[dict[str, int]]:
    """Fill a dict with the peak resident kilobytes of the largest process of each kind, as long as the block runs."""
    peaks: dict[str, int] = {}
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(every):
            for name in ("web", "worker", "postgres"):
                for pid in running.pids(name):
                    kind = next((kind for mark, kind in KINDS.items() if mark in command_line(pid)), "")
                    if kind:
                        peaks[kind] = max(peaks.get(kind, 0), _high_water(pid))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        stop.set()
        thread.join()


def _high_water(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)

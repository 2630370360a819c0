"""From the parts' log files to the screen: new lines with the part's name in front, without the chatter."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

KEEP_BYTES = 50_000_000
_CELERY_LINE = re.compile(r"^\[[^\]]*: (DEBUG|INFO|WARNING|ERROR|CRITICAL)/")


class Everything:
    """Shows every line that is not blank."""

    def __call__(self, line: str) -> bool:
        return bool(line.strip())


class CeleryWarnings:
    """Hides Celery's banner and its INFO lines; a traceback goes with the line before it."""

    def __init__(self) -> None:
        self._showing = False

    def __call__(self, line: str) -> bool:
        found = _CELERY_LINE.match(line)
        if found:
            self._showing = found[1] in ("WARNING", "ERROR", "CRITICAL")
        return self._showing and bool(line.strip())


class Alarms:
    """For the servers, whose logs are for their own file: only what a person has to know at once."""

    _words = ("PANIC", "terminated by signal", "No space left", "out of memory", "Out Of Memory")

    def __call__(self, line: str) -> bool:
        return any(word in line for word in self._words)


class Follower:
    """Reads what is added to one log file."""

    def __init__(self, path: Path, name: str, wanted: Callable[[str], bool]) -> None:
        self.path, self.name, self._wanted = path, name, wanted
        self._position = path.stat().st_size if path.exists() else 0
        self._rest = b""

    def new_lines(self) -> list[str]:
        """The wanted lines that were completed since the last call, with the name in front."""
        try:
            with open(self.path, "rb") as log:
                if os.fstat(log.fileno()).st_size < self._position:
                    self._position, self._rest = 0, b""
                log.seek(self._position)
                added = log.read(1_000_000)
        except FileNotFoundError:
            return []
        self._position += len(added)
        *lines, self._rest = (self._rest + added).split(b"\n")
        shown = (line.decode("utf-8", "replace").rstrip() for line in lines)
        return [f"{self.name:>9} | {line}" for line in shown if self._wanted(line)]


def cap(path: Path, limit: int = KEEP_BYTES) -> None:
    """Keep a log from growing for ever: past ``limit`` bytes its end moves to ``<name>.1`` and it starts anew.

    The writers hold the file open in append mode, so emptying it is safe.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return
    if size <= limit:
        return
    with open(path, "rb+") as log:
        log.seek(max(0, size - limit // 4))
        path.with_name(path.name + ".1").write_bytes(log.read())
        log.truncate(0)

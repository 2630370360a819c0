"""Which processes the engine runs at this moment (Linux)."""

from __future__ import annotations

import os
from pathlib import Path


def below(pid: int) -> list[int]:
    """The running processes that `pid` has started; a zombie does not run."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (stat := _stat(int(entry))) and stat[0] != "Z" and int(stat[1]) == pid:
            found.append(int(entry))
    return found


def zombies(pid: int) -> list[int]:
    """Processes that `pid` has started, that have ended and that it has not waited for."""
    listed = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    return [other for other in listed if (stat := _stat(other)) and stat[0] == "Z" and int(stat[1]) == pid]


def running(pid: int) -> bool:
    """Whether `pid` is a process that still runs; a zombie does not."""
    return bool(stat := _stat(pid)) and stat[0] != "Z"


def nurseries(pid: int) -> list[int]:
    """The processes from which children of the engine are forked for `pid`."""
    return [other for other in below(pid) if b"apps.engine.nursery" in _command(other)]


def engine_children(pid: int) -> list[int]:
    """The children of the engine that work for `pid`, forked or started by themselves; other servers are none."""
    forked = [child for nursery in nurseries(pid) for child in below(nursery)]
    return forked + [other for other in below(pid) if b"apps.engine.child" in _command(other)]


def _stat(pid: int) -> list[str]:
    """State, parent and more; nothing if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""

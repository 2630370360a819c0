"""Who runs on a data folder: a lock that dies with its holder, and a file with pids and addresses for people."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.devstack.paths import private_dir, replace_text
from config.devstack.problems import DevstackError
from config.devstack.process import KEEPER
from config.devstack.proctable import birth, family, identity, process_table, with_environment


class FolderLock:
    """An exclusive lock on a file. The system lets go of it when the holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """True if the lock is ours now; False if another process holds it."""
        private_dir(self.path.parent)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def held_by_another(self) -> bool:
        """True if another process holds it now."""
        if not self.path.exists():
            return False
        if self.take():
            self.release()
            return False
        return True


@dataclass
class StateFile:
    """``state.json``: the supervisor, its address and its parts, for ``stop``, ``status`` and the next start."""

    path: Path

    def write(self, *, address: str, pids: Mapping[str, int], ports: Mapping[str, int], phase: str) -> None:
        parts = {name: {"pid": pid, "birth": birth(pid), "port": ports.get(name)} for name, pid in pids.items()}
        content = {
            "supervisor": os.getpid(),
            "identity": identity(os.getpid()),
            "phase": phase,
            "address": address,
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "parts": parts,
        }
        replace_text(self.path, json.dumps(content, indent=1) + "\n")

    def read(self) -> dict[str, Any]:
        """The content, or an empty dict if there is none that can be read."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def living_parts(self) -> dict[str, int]:
        """The parts in the file whose process, the very same one, still lives."""
        table = process_table()
        found = {}
        for name, part in self.read().get("parts", {}).items():
            pid = int(part.get("pid", 0))
            if pid in table and table[pid].state != "Z" and birth(pid) == part.get("birth"):
                found[name] = pid
        return found


def clear_leftovers(state: StateFile, seconds: float = 8.0) -> list[str]:
    """End what a killed supervisor has left: wait for it to go by itself, then SIGKILL. Returns what was found."""
    keeper = str(state.read().get("identity", ""))
    if not keeper or identity(int(keeper.partition("@")[0])) == keeper:
        return []
    found = sorted(state.living_parts()) + [f"process {pid}" for pid in _kept_by(keeper, state)]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and state.living_parts():
        time.sleep(0.05)
    members = {member for pid in state.living_parts().values() for member in family(pid)}
    for pid in members.union(_kept_by(keeper, state)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def _kept_by(keeper: str, state: StateFile) -> list[int]:
    """Processes of this supervisor that are no part of their own: grandchildren that left their group."""
    families = {member for pid in state.living_parts().values() for member in family(pid)}
    return [pid for pid in with_environment(f"{KEEPER}={keeper}") if pid not in families]


def already_running(state: StateFile) -> DevstackError:
    """The error for a second start on the same folder."""
    known = state.read()
    address = known.get("address") or "an address it has not told yet"
    return DevstackError(
        f"Lodestar is already running at {address} (pid {known.get('supervisor', 'unknown')}).",
        "Open that address, or end it first with:  make stop",
    )

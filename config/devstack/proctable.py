"""Looking at processes that are not our direct children."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    parent: int
    group: int
    state: str


def process_table() -> dict[int, Row]:
    """All processes by pid: parent, process group, state letter (``Z`` is a zombie)."""
    if Path("/proc/self/stat").exists():
        return _from_proc()
    return _from_ps()


def _from_proc() -> dict[int, Row]:
    table: dict[int, Row] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = Path("/proc", entry, "stat").read_text(errors="replace")
        except OSError:
            continue
        state, parent, group = stat.rpartition(")")[2].split()[:3]
        table[int(entry)] = Row(int(parent), int(group), state)
    return table


def _from_ps() -> dict[int, Row]:
    listing = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,pgid=,state="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split() for line in listing.splitlines())
    return {int(pid): Row(int(parent), int(group), state[:1]) for pid, parent, group, state in rows}


def family(pid: int, table: dict[int, Row] | None = None) -> list[int]:
    """The living process ``pid``, the members of its group and all descendants, ``pid`` first."""
    table = process_table() if table is None else table
    members = {pid} | {other for other, row in table.items() if row.group == pid}
    grown = True
    while grown:
        more = {other for other, row in table.items() if row.parent in members} - members
        members |= more
        grown = bool(more)
    living = sorted(member for member in members if member in table and table[member].state != "Z")
    return sorted(living, key=lambda member: member != pid)


def is_running(pid: int) -> bool:
    """True if the process exists and is not a zombie."""
    row = process_table().get(pid)
    return row is not None and row.state != "Z"


def command_line(pid: int) -> str:
    """The command line of a process, or an empty text if it cannot be read."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        pass
    result = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return result.stdout.strip()


def birth(pid: int) -> str:
    """When the process was started, as the system writes it; empty if it is gone. Tells a pid from its reuse."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
    listing = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listing.stdout.strip()


def identity(pid: int) -> str:
    """The pid and its birth: no two processes share it before the machine restarts."""
    return f"{pid}@{birth(pid)}"


def with_environment(entry: str) -> list[int]:
    """Processes that were started with ``NAME=value`` in their environment (Linux; elsewhere an empty list)."""
    wanted, found = entry.encode(), []
    for pid, row in process_table().items():
        try:
            environ = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if row.state != "Z" and wanted in environ.split(b"\0"):
            found.append(pid)
    return found

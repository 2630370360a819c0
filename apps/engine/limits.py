"""How much a child may take, and how it binds itself to that before it touches anything of a user."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass

from apps.engine.codec import Message

MIB = 1024**2
GIB = 1024**3

BESIDE_DUCKDB = 300 * MIB
"""Resident memory for Python, the XLSX reader and what DuckDB does not count as its own."""

UNTOUCHED = 1536 * MIB
"""Address space that is reserved and never touched: thread stacks, allocator arenas, mapped libraries. See README."""

_ROOM = {resource.RLIMIT_CPU: 2}
"""Between the limit that sends a signal we can tell (SIGXCPU) and the one that just kills."""

_PR_SET_PDEATHSIG = 1
_NICENESS = 5
_OOM_SCORE = "500"


@dataclass(frozen=True)
class Limits(Message):
    """What one request may take: bytes of memory in use, seconds of wall and CPU time, bytes of one file, threads.

    `scratch` is a directory for spilling (default: the system's temporary directory; a load spills beside its
    output), `untouched` the address space on top of `memory` that is reserved and not used.
    """

    memory: int = 2 * GIB
    wall_seconds: int = 30 * 60
    cpu_seconds: int = 60 * 60
    file_bytes: int = 8 * GIB
    open_files: int = 4096
    threads: int = 2
    scratch: str = ""
    untouched: int = UNTOUCHED

    def duckdb_memory(self) -> int:
        """Bytes that DuckDB may take before it spills to disk; at least 64 MiB."""
        return max(self.memory - BESIDE_DUCKDB, 64 * MIB)

    def address_space(self) -> int:
        """Bytes of address space at which the kernel refuses more."""
        return self.memory + self.untouched


def bind(limits: Limits, parent: int) -> None:
    """Put this process under `limits`, for good, and tie its life to that of process `parent`."""
    die_with(parent)
    for kind, wanted in (
        (resource.RLIMIT_AS, limits.address_space()),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        highest = hard if hard != resource.RLIM_INFINITY else wanted + _ROOM.get(kind, 0)
        resource.setrlimit(kind, (min(wanted, highest), min(wanted + _ROOM.get(kind, 0), highest)))
    os.nice(_NICENESS)
    _volunteer_for_the_oom_killer()


def die_with(parent: int) -> None:
    """Have the kernel kill this process when `parent` dies (Linux; elsewhere only the limits end it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os.kill(os.getpid(), signal.SIGKILL)


def _volunteer_for_the_oom_killer() -> None:
    """Should the machine run out of memory, this process goes, not the database."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
            score.write(_OOM_SCORE)
    except OSError:
        return  # another system, or a container that does not let us: the limits above still hold

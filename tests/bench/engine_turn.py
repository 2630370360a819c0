"""One measurement in a process of its own: `python -m tests.bench.engine_turn` reads what to do as JSON and answers so.

CPU is what the process and its children took in user and system, Python, imports and all; memory is the most that one
of them had.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from config.devstack.paths import ROOT
from tests.bench import engine_data

MIB = 1 << 20


@dataclass(frozen=True)
class Turn:
    """CPU seconds, wall seconds, MiB at most, figures, and a digest of them."""

    cpu: float
    wall: float
    peak: float
    figures: int
    digest: str


def take(way: str, kind: str, *, by: tuple[str, ...] = (), **rest: Any) -> Turn:
    """Measure "ours", "hand", "pandas" or "polars" in a process of its own. `rest`: see `main`."""
    asked = json.dumps({"way": way, "kind": kind, "by": by, **rest})
    argv = [sys.executable, "-m", "tests.bench.engine_turn"]
    done = subprocess.run(argv, cwd=ROOT, input=asked, stdout=subprocess.PIPE, text=True, check=True)
    return Turn(**json.loads(done.stdout.splitlines()[-1]))


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Asked: way, kind, by, rows, folder; perhaps months, first (a day), memory (of DuckDB, MiB), rollups."""
    asked = json.load(sys.stdin)
    files = engine_data.write(Path(asked["folder"]), asked["rows"])[: asked.get("months", 36)]
    wall = time.perf_counter()
    own = _cpu(resource.RUSAGE_SELF)
    told = _ours(asked, files) if asked["way"] == "ours" else _others(asked, files)
    cpu = _cpu(resource.RUSAGE_SELF) - own + _cpu(resource.RUSAGE_CHILDREN)
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
    if asked.get("show"):
        for row in told[:: max(len(told) // 40, 1)]:
            print(row)
    peak = peaks[1] if asked["way"] == "ours" else peaks[0]
    turn = Turn(cpu, time.perf_counter() - wall, peak / 1024, len(told), digest)
    print(json.dumps(turn.__dict__))


def _ours(asked: dict[str, Any], files: tuple) -> list:
    from dataclasses import replace

    from apps.engine import Limits, Measure, run
    from tests.bench.engine_plans import CALENDAR, plans_of, told

    plans = plans_of(asked["kind"], asked["by"])
    if asked.get("only"):
        plans = tuple(plan for plan in plans if plan.id == asked["only"])
    if asked.get("first"):
        plans = tuple(replace(plan, first=date.fromisoformat(asked["first"])) for plan in plans)
    memory = asked.get("memory")
    limits = Limits(memory=(memory + 300) * MIB, scratch=asked["folder"]) if memory else Limits(scratch=asked["folder"])
    request = Measure(files, CALENDAR, plans, rollups=asked.get("rollups", ""))
    return told(run(request, limits=limits).rows)


def _others(asked: dict[str, Any], files: tuple) -> list:
    months = [(date.fromisoformat(f"{entry.month}-01"), entry.path) for entry in files]
    if asked["way"] == "pandas":
        from tests.bench import engine_pandas

        return engine_pandas.answer(asked["kind"], months)
    from tests.bench import engine_hand

    memory = f"{asked.get('memory', 1748)}MiB"
    return engine_hand.answer(asked["kind"], asked["by"], months, memory, f"{asked['folder']}/spill")


if __name__ == "__main__":
    main()

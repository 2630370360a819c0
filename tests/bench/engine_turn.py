"""One measurement in a process of its own: `python -m tests.bench.engine_turn` reads what to do as JSON and answers so.

CPU is what the process and those it started took in user and system; memory is the most that one of them had. Our
children are forked from a nursery that has done a request before, as in a worker; it counts, but for that first one.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from apps.engine import FileEntry
from config.devstack.paths import ROOT
from tests.bench import engine_data
from tests.bench.usage import heard
from tests.processes import nurseries

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


def _cpu() -> float:
    """Seconds of this process and of all below it, of the ended ones and of the nursery that still runs."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    ticks = sum(_ticks(pid) for pid in nurseries(os.getpid()))
    return sum(each.ru_utime + each.ru_stime for each in used) + ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))


def _warm(files: tuple) -> None:
    """Have a nursery that has done a request."""
    from apps.engine import Measure, run
    from tests.bench.engine_plans import CALENDAR, plans_of

    run(Measure(files[:1], CALENDAR, plans_of("nps", ())))


def digest_of(told: list) -> str:
    """Short for all figures."""
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def main() -> None:
    """Asked: way, kind, by, rows, folder; perhaps months, only (a plan), after_a_month, memory (of DuckDB, MiB),
    rollups, packages (the folder with polars)."""
    asked = json.load(sys.stdin)
    months = {f"{month:%Y-%m}" for month in engine_data.MONTHS[: asked.get("months")]}
    files = tuple(file for file in engine_data.write(Path(asked["folder"]), asked["rows"]) if file.month in months)
    ours = asked["way"] == "ours"
    rates = engine_data.write_rates(Path(asked["folder"]))
    if ours:
        _warm(files)
    else:
        _module_of(asked)
    wall, before = time.perf_counter(), _cpu()
    with heard() if ours else nullcontext() as taken:
        told = _ours(asked, files, rates) if ours else _others(asked, files)
    cpu, wall = _cpu() - before, time.perf_counter() - wall
    if asked.get("show"):
        for row in told[:: max(len(told) // 40, 1)]:
            print(row)
    peak = taken[-1]["peak_mib"] if taken else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    turn = Turn(cpu, wall, peak, len(told), digest_of(told))
    print(json.dumps(turn.__dict__))


def _ours(asked: dict[str, Any], files: tuple, rates: FileEntry) -> list:
    from apps.engine import Limits, Measure, run
    from tests.bench.engine_plans import CALENDAR, after_a_month, plans_of, told

    plans = plans_of(asked["kind"], asked["by"])
    if asked.get("only"):
        plans = tuple(plan for plan in plans if plan.id == asked["only"])
    if asked.get("after_a_month"):
        plans = tuple(map(after_a_month, plans))
    tables = {"rates": (rates,)} if any(plan.conversions() for plan in plans) else {}
    memory = asked.get("memory")
    limits = Limits(memory=(memory + 300) * MIB, scratch=asked["folder"]) if memory else Limits(scratch=asked["folder"])
    request = Measure(files, CALENDAR, plans, tables, rollups=asked.get("rollups", ""))
    return told(run(request, limits=limits).rows)


def _others(asked: dict[str, Any], files: tuple) -> list:
    module = _module_of(asked)
    months = [(date.fromisoformat(f"{entry.month}-01"), entry.path) for entry in files]
    if asked["way"] != "hand":
        return module.answer(asked["kind"], months)
    memory = f"{asked.get('memory', 1748)}MiB"
    return module.answer(asked["kind"], asked["by"], months, memory, f"{asked['folder']}/spill")


def _module_of(asked: dict[str, Any]) -> Any:
    """The other way's module, with what it imports."""
    if asked.get("packages"):
        sys.path.append(asked["packages"])
    return import_module(f"tests.bench.engine_{asked['way']}")


if __name__ == "__main__":
    main()

"""A run of pay through the database: 1,000, 10,000 and 20,000 people with 5 components and 4 slices each, gathered,
calculated, stored, approved, posted and chained, its statements published and printed; in one worker beside one
PostgreSQL.

In each cell: seconds of the processor (of the worker and its children + of its connection's server process), and by the
clock; of pages the number of queries. Of 20,000 people no statement is printed: for each it takes as long as of 10,000.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.paths import ROOT
from config.devstack.stack import stack
from tests.bench.report import Figure

SIZES = (1_000, 10_000, 20_000)
WHOLE = ("gathered", "calculated", "stored", "submitted, approved, locked", "posted and chained")
AFTER = ("proved", "published", "printed")
PAGES = ("run page", "statement page", "ledger page")


def run(rows: int = 0) -> list[Figure]:
    """Each size in a workspace of its own, or `rows` people alone."""
    sizes = (rows,) if rows else SIZES
    with TemporaryDirectory() as folder, stack(Path(folder), web=False) as running:
        running.manage("migrate_workspaces")
        told = {size: _told(size, running.env) for size in sizes}
    found = [
        Figure("seconds: processor + database (clock)", "", tuple(f"{size:,} people" for size in sizes), head=True)
    ]
    for part in (*WHOLE, *AFTER):
        found.append(_row(part, [each.get(part) for each in told.values()]))
    sums = [[sum(each[part][at] for part in WHOLE) for at in range(3)] for each in told.values()]
    found.insert(1 + len(WHOLE), _row("from the first figure to the chain", sums))
    per = [[1_000 * each / size for each in took] for size, took in zip(sizes, sums, strict=True)]
    found.insert(2 + len(WHOLE), _row("the same, for each 1,000", per, digits=2))
    for page in PAGES:
        found.append(Figure(f"queries of the {page}", "", tuple(f"{each[page][0]:.0f}" for each in told.values())))
    return found


def _told(size: int, env: dict[str, str]) -> dict[str, list[float]]:
    """What one size took; each part is shown as soon as it is over."""
    print(f"  {size:,} people", flush=True)
    argv = [sys.executable, "-m", "tests.bench.pay_company", str(size)]
    made = subprocess.run(argv, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, list[float]] = json.loads(made.stdout.splitlines()[-1])
    return told


def _row(what: str, took: list[list[float] | None], digits: int = 1) -> Figure:
    cells = ("–" if each is None else _cell(each, digits) for each in took)
    return Figure(what, "", tuple(cells))


def _cell(took: list[float], digits: int) -> str:
    ours, theirs, clock = (f"{each:.{digits}f}" for each in took)
    return f"{ours} + {theirs} ({clock})"

"""A run of pay through the database: 1,000, 10,000 and 20,000 people with 5 components and 4 slices each, gathered,
calculated, stored, approved, posted and chained, its statements published and printed; in one worker beside one
PostgreSQL. Seconds of the processor (the worker's, its children's and its connection's), and by the clock; of pages the
number of queries. Of 20,000 people no statement is printed: that takes as long for each as of 10,000."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.paths import ROOT
from config.devstack.stack import stack
from tests.bench.report import Figure

SIZES = (1_000, 10_000, 20_000)
PARTS = ("calculated and stored", "lock", "posted and chained", "proved", "statements published", "statements printed")
WHOLE = PARTS[:3]
PAGES = ("run page", "statement page", "ledger page")
COLUMNS = (
    *PARTS[1:], "calculated to chained", "by the clock", "for each 1,000",
    *(f"queries of the {each}" for each in PAGES),
)  # fmt: skip


def run() -> list[Figure]:
    """Each size in a workspace of its own."""
    found = [Figure("people, CPU seconds", PARTS[0], COLUMNS, head=True)]
    with TemporaryDirectory() as folder, stack(Path(folder), web=False) as running:
        running.manage("migrate_workspaces")
        for size in SIZES:
            argv = [sys.executable, "-m", "tests.bench.pay_company", str(size)]
            made = subprocess.run(argv, cwd=ROOT, env=running.env, check=True, capture_output=True, text=True)
            told = json.loads(made.stdout.splitlines()[-1])
            worked = [f"{told[name][1]:.1f}" if name in told else "–" for name in PARTS]
            clock, spent = (sum(told[name][at] for name in WHOLE) for at in (0, 1))
            queries = [f"{told[name][0]:.0f}" for name in PAGES]
            sums = (f"{spent:.1f}", f"{clock:.1f} s", f"{spent * 1_000 / size:.2f}")
            found.append(Figure(f"{size:,}", worked[0], (*worked[1:], *sums, *queries)))
    return found

"""A run of pay through the database: 1,000, 10,000 and 20,000 people with 5 components and 4 slices each, gathered,
calculated, stored, approved, posted and chained; seconds by the clock, in one worker beside one PostgreSQL."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.paths import ROOT
from config.devstack.stack import stack
from tests.bench.report import Figure

SIZES = (1_000, 10_000, 20_000)
COLUMNS = ("posted and chained", "proved", "all, for each 1,000")


def run() -> list[Figure]:
    """Each size in a workspace of its own."""
    found = [Figure("people, seconds", "calculated and stored", COLUMNS, head=True)]
    with TemporaryDirectory() as folder, stack(Path(folder), web=False) as running:
        for size in SIZES:
            argv = [sys.executable, "-m", "tests.bench.pay_company", str(size)]
            made = subprocess.run(argv, cwd=ROOT, env=running.env, check=True, capture_output=True, text=True)
            told = json.loads(made.stdout.splitlines()[-1])
            whole = sum(float(told[name]) for name in ("calculated and stored", "posted and chained"))
            row = (told["posted and chained"], told["proved"], f"{whole * 1_000 / size:.2f}")
            found.append(Figure(f"{size:,}", told["calculated and stored"], row))
    return found

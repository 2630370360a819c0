"""The tree's page and the values of the API for a large company, against a bare Django page with one query."""

import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.paths import ROOT
from config.devstack.stack import stack
from tests.bench.pages_company import EMAIL, MONTHS, PASSWORD, SLUG
from tests.bench.report import Figure
from tests.bench.turns import bare, leasts, opening
from tests.person import Person

METRICS, SEGMENTS = 300, 50
ENV = {"LODESTAR_API_READS_PER_MINUTE": "1000000"}
VALUES = "/api/v1/values?grain=month"
PAGES = {
    "tree page": "/tree/",
    "home page": "/",
    "values API, 500 totals": f"{VALUES}&limit=500",
    "values API, one metric by segment": f"{VALUES}&metric=metric_1&dimension=segment&limit=1800",
    "tree API": "/api/v1/tree?grain=month",
}


def run() -> list[Figure]:
    """Least times and ratios of pages that were made before, and the milliseconds of making each anew."""
    with TemporaryDirectory() as folder, stack(Path(folder), web=True, worker=True, scheduler=True, env=ENV) as running:
        argv = [sys.executable, "-m", "tests.bench.pages_company", str(METRICS), str(SEGMENTS)]
        subprocess.run(argv, cwd=ROOT, env=running.env, check=True)
        person = Person(running.web_port, f"{SLUG}.localhost")
        person.sign_in(EMAIL, PASSWORD)
        with bare(running) as floor:
            asking = {name: opening(person, path) for name, path in PAGES.items()}
            found = leasts({"bare": opening(floor, "/"), **asking})
        anew = leasts({name: _anew(person, path) for name, path in PAGES.items()}, rounds=2, each=3)
    least = found["bare"]
    return [
        Figure("company", f"{METRICS} metrics x {len(MONTHS)} months x {SEGMENTS} segments, one tree"),
        Figure("bare Django page with one query", f"{least:.1f} ms"),
        *(Figure(name, f"{found[name]:.1f} ms = {found[name] / least:.1f} x") for name in PAGES),
        *(Figure(f"{name}, made anew", f"{anew[name]:.0f} ms") for name in PAGES),
    ]


def _anew(person: Person, path: str) -> Callable[[], None]:
    """Open it at an address that nobody asked for yet, so that nothing is kept."""
    number = count(1)

    def ask() -> None:
        # pages do not mind a word more; the API refuses what it does not know, but the order of what it knows is free
        at = next(number)
        opening(person, f"{path}?{at}" if "/api/" not in path else path.replace("?", f"?{'&' * at}"))()

    return ask

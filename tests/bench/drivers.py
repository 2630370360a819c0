"""Why a metric moved: the page over a tree of 500 nodes and 36 months, and the arithmetic of ten parts by itself."""

import re
import statistics
import subprocess
import sys
import time
from fractions import Fraction
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.paths import ROOT
from config.devstack.stack import stack
from tests.bench.drivers_company import EMAIL, MONTHS, PASSWORD, SLUG
from tests.bench.report import Figure
from tests.bench.turns import bare, medians, opening
from tests.person import Person

PAGE_BAR, PARTS_BAR = 300, 50


def run() -> list[Figure]:
    """Milliseconds of the page made anew and as it is kept, and of ten parts of a product and of a maximum."""
    with TemporaryDirectory() as folder, stack(Path(folder), web=True, worker=False, scheduler=False) as running:
        argv = [sys.executable, "-m", "tests.bench.drivers_company"]
        told = subprocess.run(argv, cwd=ROOT, env=running.env, check=True, capture_output=True, text=True)
        nodes = re.findall(r"\d+", told.stdout)[-1]
        person = Person(running.web_port, f"{SLUG}.localhost")
        person.sign_in(EMAIL, PASSWORD)
        number = count()
        with bare(running) as floor:
            found = medians({"kept": opening(person, "/drivers/"), "bare": opening(floor, "/")}, rounds=4)
            anew = medians({"anew": lambda: opening(person, f"/drivers/?{next(number)}")()}, rounds=3, each=3)["anew"]
    return [
        Figure("tree", f"{nodes} nodes x {len(MONTHS)} months, all of them parts of formulas"),
        Figure("page, made anew", f"{anew:.0f} ms (bar: {PAGE_BAR} ms)"),
        Figure("page, as it is kept", f"{found['kept']:.1f} ms = {found['kept'] / found['bare']:.1f} x a bare page"),
        *(Figure(f"ten parts of {what}, exact", f"{_ten(sign):.1f} ms (bar: {PARTS_BAR} ms)")
          for what, sign in (("a product", " * "), ("a maximum", ", "), ("a quotient of sums", " + "))),
    ]  # fmt: skip


def _ten(sign: str) -> float:
    """Median milliseconds of CPU of taking a change apart among ten parts."""
    from apps.metrics.domain import formula
    from apps.metrics.domain.arithmetic import evaluate
    from apps.metrics.domain.drivers import Branch, decompose
    from apps.metrics.domain.formula import Input

    names = [f"x{number}" for number in range(10)]
    expression = {" * ": " * ".join(names), ", ": f"max({', '.join(names)})"}.get(
        sign, f"({' + '.join(names[:5])}) / ({' + '.join(names[5:])})"
    )
    tree = formula.parse(expression)
    parts = {Input(name): Branch(name, Fraction(at + 7, 3), Fraction(2 * at + 5, 4)) for at, name in enumerate(names)}
    ends = [evaluate(tree, {each: (part.before, part.after)[side] for each, part in parts.items()}).exact
            for side in (0, 1)]  # fmt: skip
    branch, spent = Branch("whole", *ends, tree, parts), []
    for _round in range(9):
        began = time.process_time()
        decompose(branch)
        spent.append((time.process_time() - began) * 1000)
    return statistics.median(spent)

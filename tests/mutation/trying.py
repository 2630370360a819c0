"""Runs in the folder that `tests.mutation` made: collect the tests once, then fork for each change.

A first round without any change learns which tests reach which function. A child then runs those until
one fails: first what noticed other changes of that function, then the module's own tests, then the quickest; nothing
is collected again. A change that loops is ended by a limit on its processor time.
"""

from __future__ import annotations

import ast
import difflib
import gc
import os
import resource
import sys
import time
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

DOMAIN = Path("apps") / "incentives" / "domain"
SIGNED = Path("tests") / "mutation" / "signed.toml"
TESTED_IN = {"typed": "plan_forms", "golden": "plan_forms", "starting": "plan_forms", "people_sheet": "roster"}
"""Whose tests are not in a file of their own name."""
LEAST_SECONDS = 5
MEMORY = 6 << 30
SECONDS = float(os.environ.get("LODESTAR_MUTATION_SECONDS", "60"))
"""How long a change is tried on tests that passed; the module's own tests are always run."""


class Change:
    """One change: its name for mutmut, the function it is in, and the lines that differ."""

    def __init__(self, module: str, name: str, before: str, after: str) -> None:
        self.name = f"{'.'.join(DOMAIN.parts)}.{module}.{name}"
        self.reached_by = self.name.partition("__mutmut_")[0]
        mangled = name.partition("__mutmut_")[0]
        self.where = f"{module}.{mangled.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}"
        told = list(difflib.ndiff(before.splitlines(), after.splitlines()))[1:]
        self.lines = tuple(f"{line[0]} {line[2:].strip()}" for line in told if line[0] in "+-")
        self.signed = ""

    def __str__(self) -> str:
        return "\n".join((self.where, *self.lines))


def changes_of(module: str) -> list[Change]:
    """Write the changed module over the one that was copied; every change in it."""
    path = DOMAIN / f"{module}.py"
    made = mutate_file_contents(str(path), path.read_text("utf-8"))
    path.write_text(made.code, "utf-8")
    parsed = ast.parse(made.code)
    told = {}
    for node in ast.walk(parsed):
        if isinstance(node, ast.FunctionDef) and "__mutmut_" in node.name:
            node.decorator_list, name = [], node.name
            node.name = name.partition("__mutmut_")[0]
            told[name] = ast.unparse(node)
    return [
        Change(module, name, told[f"{name.partition('__mutmut_')[0]}__mutmut_orig"], text)
        for name, text in told.items()
        if not name.endswith("_orig")
    ]


class Trying:
    """The loop of pytest, for all changes instead of once."""

    def __init__(self, changes: list[Change]) -> None:
        self.changes = changes
        self.unnoticed: list[Change] = []
        self.beyond = 0
        self.noticed_by: Counter[tuple[str, pytest.Item]] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        reaching: dict[str, dict[pytest.Item, float]] = defaultdict(dict)
        for item in session.items:
            set_mutant_under_test("stats")
            state()._stats.clear()
            began = time.process_time()
            if not passes(item):
                print(f"{item.nodeid} fails without any change", file=sys.stderr, flush=True)
                raise session.Failed
            for name in state()._stats:
                reaching[name][item] = time.process_time() - began
        gc.freeze()
        for at, change in enumerate(self.changes):
            tests = self._chosen(change, reaching[change.reached_by])
            seconds = sum(reaching[change.reached_by][item] for item in tests)
            if not tests or change.signed or self._survives(change, tests, seconds):
                self.unnoticed.append(change)
                if not change.signed:
                    print(f"\n{change}", flush=True)
            if at % 100 == 99:
                print(f"{at + 1} of {len(self.changes)}, {len(self.unnoticed)} unnoticed", file=sys.stderr, flush=True)
        return True

    def _chosen(self, change: Change, seconds: dict[pytest.Item, float]) -> list[pytest.Item]:
        """What is tried, in this order: what noticed others, the module's own tests, the quickest."""
        module = change.where.partition(".")[0]
        own = f"test_{TESTED_IN.get(module, module)}"

        def rank(item: pytest.Item) -> tuple[int, bool, float]:
            return -self.noticed_by[change.where, item], not item.path.name.startswith(own), seconds[item]

        found, left = [], SECONDS
        for item in sorted(seconds, key=rank):
            mine = item.path.name.startswith(own)
            left -= 0 if mine else seconds[item]
            if mine or left > 0:
                found.append(item)
        return found

    def _survives(self, change: Change, tests: list[pytest.Item], seconds: float) -> bool:
        told, tells = os.pipe()
        child = os.fork()
        if child == 0:
            gc.disable()
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            most = int(time.process_time() + LEAST_SECONDS + 5 * seconds)
            resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            set_mutant_under_test(change.name)
            forget(change.where.partition(".")[0])
            try:
                for at, item in enumerate(tests):
                    if not passes(item):
                        os.write(tells, str(at).encode())
                        os._exit(1)
                os._exit(0)
            finally:
                os._exit(1)
        os.close(tells)
        with open(told, encoding="ascii") as answer:
            noticed = answer.read()
        _, status = os.waitpid(child, 0)
        self.beyond += os.WIFSIGNALED(status)
        if noticed:
            self.noticed_by[change.where, tests[int(noticed)]] += 1
        return status == 0


def passes(item: Any) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def forget(module: str) -> None:
    """What a module keeps of earlier calls (`@cache`) is made anew, by the changed code."""
    for each in vars(sys.modules[".".join((*DOMAIN.parts, module))]).values():
        if callable(clear := getattr(each, "cache_clear", None)):
            clear()


def signed() -> dict[str, dict[tuple[str, ...], str]]:
    """Changes that were looked at and cannot be noticed: by function, with the reason. They are not tried again."""
    found: dict[str, dict[tuple[str, ...], str]] = defaultdict(dict)
    for reason in tomllib.loads(SIGNED.read_text("utf-8"))["reason"]:
        for where, changes in reason["changes"].items():
            found[where] |= {tuple(lines): reason["why"] for lines in changes}
    return found


def beside(
    changes: list[Change], modules: list[str], known: dict[str, dict[tuple[str, ...], str]]
) -> list[tuple[str, tuple[str, ...]]]:
    """What is signed for these modules and is none of their changes: the code was written anew since."""
    there = {(each.where, each.lines) for each in changes}
    told = [(where, lines) for where, some in known.items() for lines in some if where.partition(".")[0] in modules]
    return [each for each in told if each not in there]


def main(names: list[str]) -> int:
    modules = sorted({name.partition(".")[0] for name in names})
    wanted = [each for module in modules for each in changes_of(module)]
    gone = beside(wanted, modules, known := signed())
    wanted = [each for each in wanted if each.where in names or each.where.partition(".")[0] in names]
    if again := os.environ.get("LODESTAR_MUTATION_AGAIN"):
        blocks = {tuple(block.strip().splitlines()) for block in Path(again).read_text("utf-8").split("\n\n")}
        wanted = [each for each in wanted if (each.where, *each.lines) in blocks]
    for each in wanted:
        each.signed = known[each.where].get(each.lines, "")
    settings.register_profile("mutation", database=None, phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutation")  # a failing example is enough: it is neither kept nor made small
    trying = Trying(wanted)
    ended = pytest.main(["tests/unit/incentives", "-q", "-s", "--no-header"], plugins=[trying])
    if ended not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return int(ended)
    told = [
        Counter(each.where.partition(".")[0] for each in some)
        for some in (wanted, trying.unnoticed, [each for each in trying.unnoticed if not each.signed])
    ]
    for module in modules:
        of, unnoticed, unsigned = (counts[module] for counts in told)
        print(f"{module}: {of} changes, {unnoticed} unnoticed, {unsigned} of them not signed")
    for where, lines in gone:
        print("\nSigned, and no change of the code any more:", where, *lines, sep="\n")
    noticed = len(wanted) - len(trying.unnoticed)
    share = 100 * noticed / max(len(wanted), 1)
    print(f"{noticed} of {len(wanted)} noticed ({share:.1f} %), {trying.beyond} of them by a limit.")
    return 1 if told[2].total() or gone else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

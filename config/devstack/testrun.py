"""``test``: set-up, the checks of the code, then pytest, whose closing line is the last one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from config.devstack.browser import find_browser
from config.devstack.console import Console
from config.devstack.environment import without_servers
from config.devstack.paths import ROOT
from config.devstack.setup import check_disk, plain_run, set_up

MOST_PROCESSES = 4  # each takes up to 2 GB: PostgreSQL, Valkey, workers, a browser
CHECKS: dict[str, tuple[str, ...]] = {
    "ruff check": ("ruff", "check", "--quiet", "."),
    "ruff format --check": ("ruff", "format", "--check", "--quiet", "."),
    "mypy": ("mypy", "--no-error-summary"),
    "lint-imports": ("lint-imports",),
}


def run_tests(arguments: Sequence[str]) -> int:
    """The whole suite; with arguments only pytest with these. Returns pytest's exit code, or 1 if a check fails."""
    console = Console()
    _end_on_signals()
    env = without_servers()
    check_disk(console)
    set_up(console, plain_run, time.sleep, env)
    if not arguments and run_lint(console):
        return 1
    browser = find_browser()
    if browser:
        env["LODESTAR_CHROMIUM"] = str(browser)
    else:
        console.say("  - Browser tests are skipped: no Chromium or Chrome on PATH, and LODESTAR_CHROMIUM names none.")
    env["PYTHONPATH"] = str(ROOT)
    return _finish([sys.executable, "-m", "pytest", *(arguments or side_by_side(os.cpu_count() or 1))], env)


def side_by_side(cores: int) -> list[str]:
    """How pytest is told to use the machine: each process has servers of its own, and a file stays in one process
    (`tests/scheduling.py`: and all journeys that share a product).

    Files are begun in the order of `tests/conftest.py`, the long ones first, and not those with many tests.
    """
    processes = min(cores, MOST_PROCESSES)
    return ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"] if processes > 1 else []


def run_lint(console: Console | None = None) -> int:
    """All checks that do not run the product, side by side; 1 if any has something to say."""
    console = console or Console()
    failed = []
    begun = {name: _begin(words) for name, words in CHECKS.items()}
    try:
        for name, check in begun.items():
            with console.step(name) as note:
                told = check.communicate()[0]
                note.failed = bool(check.returncode)
            if check.returncode:
                failed.append(name)
                console.say(told.rstrip())
    finally:
        for check in begun.values():
            check.kill()
    if failed:
        console.say(f"  {console.mark_failed} Failed: {', '.join(failed)}")
    return 1 if failed else 0


def _begin(words: Sequence[str]) -> subprocess.Popen[str]:
    argv = [str(Path(sys.executable).with_name(words[0])), *words[1:]]
    return subprocess.Popen(argv, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _finish(argv: Sequence[str], env: dict[str, str]) -> int:
    """Run pytest with our terminal; signals that reach us go on to it, and it gets time to end its servers."""
    child = subprocess.Popen(argv, cwd=ROOT, env=env)

    def forward(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT or not sys.stdin.isatty():  # the terminal has sent it to pytest already
            child.send_signal(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, forward)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _end_on_signals() -> None:
    def stop(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, stop)


def run_fuzz(arguments: Sequence[str]) -> int:
    """The readers, and files with accidents."""
    _end_on_signals()
    env = {**without_servers(), "PYTHONPATH": str(ROOT)}
    os.chdir(ROOT)
    return _finish([sys.executable, "-m", "tests.fuzz", *arguments], env)


def run_bench(arguments: Sequence[str]) -> int:
    """The benchmarks of tests/bench."""
    console = Console()
    _end_on_signals()
    env = {**without_servers(), "PYTHONPATH": str(ROOT)}
    check_disk(console)
    set_up(console, plain_run, time.sleep, env)
    os.chdir(ROOT)
    return _finish([sys.executable, "-m", "tests.bench", *arguments], env)

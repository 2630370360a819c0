"""Pages asked for turn by turn, beside a bare Django page with one query on the same servers."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count

from config.devstack.paths import ROOT
from config.devstack.ports import pick_free
from config.devstack.stack import Stack
from tests.person import Person

ROUNDS, IN_A_ROUND = 12, 20


def medians(asking: Mapping[str, Callable[[], None]], rounds: int = ROUNDS, each: int = IN_A_ROUND) -> dict[str, float]:
    """Median milliseconds of each; one at a time over kept connections, the first round not counted."""
    return {name: statistics.median(taken) for name, taken in _taken(asking, rounds, each).items()}


def leasts(asking: Mapping[str, Callable[[], None]], rounds: int = ROUNDS, each: int = IN_A_ROUND) -> dict[str, float]:
    """The least milliseconds of each, taken alike: what a request takes when no other program is given its turn.

    On a crowded machine medians tell how often requests are interrupted, which long ones are more often than short.
    """
    return {name: min(taken) for name, taken in _taken(asking, rounds, each).items()}


def _taken(asking: Mapping[str, Callable[[], None]], rounds: int, each: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in asking}
    for number in range(rounds + 1):
        for name, ask in asking.items():
            for _ in range(each):
                start = time.perf_counter()
                ask()
                if number:
                    times[name].append((time.perf_counter() - start) * 1000)
    return times


def opening(person: Person, path: str) -> Callable[[], None]:
    """Open a page that has to be there."""

    def ask() -> None:
        page = person.get(path)
        assert page.status == 200, (path, page.status)

    return ask


def opening_anew(person: Person, path: str) -> Callable[[], None]:
    """Open it at an address that nobody asked for yet, so that nothing is kept: pages do not mind a word more."""
    number, mark = count(1), "&" if "?" in path else "?"

    def ask() -> None:
        opening(person, f"{path}{mark}anew={next(number)}")()

    return ask


@contextmanager
def bare(running: Stack) -> Iterator[Person]:
    """Somebody before the bare page."""
    port = pick_free()
    argv = [sys.executable, "-m", "gunicorn", "--log-level=warning", "-k", "gthread", "-w", "2", "--threads", "4"]
    argv += ["-b", f"127.0.0.1:{port}", "tests.bench.bare.app"]
    server = subprocess.Popen(argv, cwd=ROOT, env={**running.env, "PYTHONPATH": str(ROOT), "HOME": os.environ["HOME"]})
    try:
        person = Person(port, "127.0.0.1")
        _wait_for(person)
        yield person
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(person: Person) -> None:
    for _ in range(200):
        try:
            if person.get("/").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the bare page does not answer")

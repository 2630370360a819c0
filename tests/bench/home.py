"""The home page of the demo company against a bare Django page with one query, turn by turn in one run."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.paths import ROOT
from config.devstack.ports import pick_free
from config.devstack.stack import Stack, stack
from tests.bench.report import Figure
from tests.person import Person

ROUNDS, IN_A_ROUND = 12, 20


def run() -> list[Figure]:
    """Median milliseconds of both pages and their ratio; requests one at a time over a kept connection."""
    with TemporaryDirectory() as folder, stack(Path(folder), web=True, worker=True, scheduler=True) as running:
        running.manage("seed_demo", timeout=900)
        home = Person(running.web_port, "hengtong.localhost")
        home.sign_in(*_login(running))
        with _bare(running) as port:
            return _compare(home, Person(port, "127.0.0.1"))


def _login(running: Stack) -> tuple[str, str]:
    from apps.demo.domain.story import GROUP, PASSWORD

    return GROUP.email(GROUP.people[0]), PASSWORD


def _compare(home: Person, bare: Person) -> list[Figure]:
    times: dict[str, list[float]] = {"home": [], "bare": []}
    for round_number in range(ROUNDS + 1):
        for name, person in (("home", home), ("bare", bare)):
            taken = _time(person)
            if round_number:  # the first round warms both up
                times[name] += taken
    ours, floor = (statistics.median(times[name]) * 1000 for name in ("home", "bare"))
    return [
        Figure("home page of the demo, median", f"{ours:.1f} ms"),
        Figure("bare Django page with one query, median", f"{floor:.1f} ms"),
        Figure("ratio", f"{ours / floor:.1f}"),
    ]


def _time(person: Person) -> list[float]:
    taken = []
    for _ in range(IN_A_ROUND):
        start = time.perf_counter()
        page = person.get("/")
        taken.append(time.perf_counter() - start)
        assert page.status == 200, page.status
    return taken


@contextmanager
def _bare(running: Stack) -> Iterator[int]:
    port = pick_free()
    argv = [sys.executable, "-m", "gunicorn", "--log-level=warning", "-k", "gthread", "-w", "2", "--threads", "4"]
    argv += ["-b", f"127.0.0.1:{port}", "tests.bench.bare.app"]
    server = subprocess.Popen(argv, cwd=ROOT, env={**running.env, "PYTHONPATH": str(ROOT), "HOME": os.environ["HOME"]})
    try:
        _wait_for(Person(port, "127.0.0.1"))
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(person: Person) -> None:
    for _ in range(100):
        try:
            if person.get("/").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the bare page does not answer")

"""The supervisor over real PostgreSQL and Valkey: what it notices, says, starts again and leaves behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from houses import House, dummy, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for leftovers in /proc")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def run(kind: str = "quick", **how: int) -> House:
        houses.append(dummy(tmp_path / "house", kind, **how))
        houses[-1].wait_for("all up")
        return houses[-1]

    yield run
    for house in houses:
        house.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_everything_in_reverse_order(start, number):
    house = start()
    assert len(house.survivors()) > 8  # the supervisor, PostgreSQL's processes, Valkey, the worker and its family
    assert house.end(number) == 0
    assert house.survivors() == []
    order = [house.screen.index(f"{name} stopped") for name in ("worker", "valkey", "postgres")]
    assert order == sorted(order)


def test_a_closed_terminal_ends_everything(start):
    terminal, end = os.openpty()
    house = start(stdin=end)
    os.close(end)
    assert house.process.poll() is None
    os.close(terminal)  # the supervisor is not the terminal's first process: nobody sends it SIGHUP
    assert house.process.wait(10) == 0
    assert house.survivors() == []


@pytest.mark.parametrize("name", ["postgres", "valkey", "worker"])
def test_a_killed_part_is_noticed_said_and_started_again(start, name):
    house = start()
    before = house.pid(name)
    killed = time.monotonic()
    os.kill(before, signal.SIGKILL)
    house.wait_for(f"{name} was killed (signal 9, SIGKILL): starting it again, 1 of 5", 3.0)
    assert time.monotonic() - killed < 1.0
    house.wait_for(f"{name} is back", 20.0)
    assert house.pid(name) != before
    assert house.end(signal.SIGTERM) == 0
    assert house.survivors() == []


def test_the_worker_s_family_does_not_outlive_it(start):
    house = start()
    group = len(house.survivors())
    os.kill(house.pid("worker"), signal.SIGKILL)
    house.wait_for("worker is back")
    assert len(house.survivors()) == group  # the old child, and the grandchild in its own session, are gone


def test_killing_the_supervisor_takes_everything_along(start):
    house = start()
    house.end(signal.SIGKILL)
    wait_until(lambda: not [line for line in house.survivors() if "dummy ready" not in line], 10.0, "all gone")
    assert len(house.survivors()) == 2  # the dummy's children: one in a session of its own, both deaf to the death
    again = start()
    assert not [line for line in house.survivors() if "dummy ready" in line]  # the next start has found them
    assert again.end(signal.SIGTERM) == 0
    assert again.survivors() == []


def test_data_survives_both_kinds_of_end(start):
    house = start()
    database_port = int((house.data / "ports.json").read_text().split('"postgres": ')[1].split(",")[0].split("\n")[0])
    owner = f"postgres://lodestar_owner@127.0.0.1:{database_port}/lodestar"
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1), (2)")
    assert house.end(signal.SIGTERM) == 0
    house = start()
    with psycopg.connect(owner) as connection:  # and the port has stayed the same
        assert connection.execute("SELECT sum(n) FROM kept").fetchone() == (3,)
    house.end(signal.SIGKILL)
    wait_until(lambda: not [line for line in house.survivors() if "postgres" in line], 10.0, "PostgreSQL gone")
    start()
    with psycopg.connect(owner) as connection:
        assert connection.execute("SELECT sum(n) FROM kept").fetchone() == (3,)


def test_a_child_that_ignores_the_stop_signal_is_killed_after_its_grace(start):
    house = start("stubborn")
    began = time.monotonic()
    assert house.end(signal.SIGTERM) == 0
    assert 1.0 <= time.monotonic() - began < 5.0
    assert house.survivors() == []


def test_a_part_that_dies_five_times_stops_everything_with_the_reason(start):
    house = start("mortal")
    assert house.process.wait(40) == 70
    assert "worker ended with exit code 7: starting it again, 4 of 5" in house.screen
    assert "worker ended with exit code 7 for the 5th time within 5 minutes. Everything stops." in house.screen
    assert house.survivors() == []

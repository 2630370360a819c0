"""``up`` itself, with the real web server, worker and scheduler (the demo company has tests of its own)."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from houses import House, devstack, wait_until

from config.devstack.proctable import family
from config.devstack.programs import http_status

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for leftovers in /proc")
QUICK = {"LODESTAR_DEMO": "0", "LODESTAR_PORT": "0"}
RUNNING = "Ctrl-C stops everything"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One running product for the tests that leave it running."""
    running = devstack(tmp_path_factory.mktemp("up"), "up", **QUICK)
    try:
        running.wait_for(RUNNING, 120.0)
        yield running
    finally:
        running.close()


def start_page(house: House) -> int | None:
    return http_status(int(house.state["parts"]["web"]["port"]), "localhost")


def finished(folder: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """Exit code and screen of a command that ends by itself."""
    command = devstack(folder, *arguments, **environ)
    return command.process.wait(60), command.screen


def test_every_step_is_on_the_screen_and_the_page_answers(house):
    steps = ("New PostgreSQL data folder", "PostgreSQL", "Valkey", "Database tables", "Web", "Worker", "Scheduler")
    positions = [house.screen.index(f"✓ {step}  (") for step in steps]
    assert positions == sorted(positions)
    port = house.state["parts"]["web"]["port"]
    assert f"Lodestar runs at http://localhost:{port}/" in house.screen
    assert start_page(house) == 200


def test_a_second_start_says_where_the_first_one_runs(house):
    code, screen = finished(house.folder, "up", **QUICK)
    assert code == 1
    assert f"already running at http://localhost:{house.state['parts']['web']['port']}/" in screen


def test_status_names_every_part(house):
    code, screen = finished(house.folder, "status")
    assert code == 0
    shown = [line.split()[1] for line in screen.splitlines() if line.startswith("  ✓ ")]
    assert shown == ["postgres", "valkey", "web", "worker", "scheduler"], screen


@pytest.mark.parametrize("name", ["scheduler", "worker", "web", "valkey", "postgres"])
def test_a_killed_part_is_noticed_within_a_second_said_and_back(house, name):
    before = house.pid(name)
    killed = time.monotonic()
    os.kill(before, signal.SIGKILL)
    house.wait_for(f"{name} was killed (signal 9, SIGKILL): starting it again, 1 of 5", 3.0)
    assert time.monotonic() - killed < 1.5
    house.wait_for(f"{name} is back", 60.0)
    assert house.pid(name) != before
    wait_until(lambda: start_page(house) == 200, 20.0, "the start page")


def test_a_killed_child_of_the_pool_is_said_and_replaced(house):
    worker = house.pid("worker")
    wait_until(lambda: len(family(worker)) == 3, 20.0, "two pool children")
    victim = family(worker)[1]
    os.kill(victim, signal.SIGKILL)
    house.wait_for(f"pid:{victim} exited with 'signal 9 (SIGKILL)'", 10.0)
    wait_until(lambda: len(family(worker)) == 3 and victim not in family(worker), 20.0, "a new pool child")
    assert house.pid("worker") == worker


def test_stop_leaves_nothing_and_the_next_start_keeps_the_data(house):
    owner = f"postgres://lodestar_owner@127.0.0.1:{house.state['parts']['postgres']['port']}/lodestar"
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    code, _ = finished(house.folder, "stop")
    assert code == 0
    assert house.process.wait(10) == 0
    assert "Stopped; the data is kept." in house.screen
    assert house.survivors() == []

    again = devstack(house.folder, "up", **QUICK)
    try:
        began = time.monotonic()
        again.wait_for(RUNNING, 60.0)
        assert time.monotonic() - began < 45.0  # some ten seconds on an idle machine
        assert "New PostgreSQL data folder" not in again.screen
        with psycopg.connect(owner) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert again.end(signal.SIGKILL) == -signal.SIGKILL
        wait_until(lambda: again.survivors() == [], 15.0, "everything gone with the supervisor")
    finally:
        again.close()


@pytest.mark.parametrize("after", ["", "Translations", "Valkey", "Database tables"])
def test_a_stop_during_set_up_leaves_nothing(tmp_path, after):
    house = devstack(tmp_path, "up", **QUICK)
    try:
        house.wait_for(after or "Lodestar")
        time.sleep(0.15)
        assert house.end(signal.SIGTERM) == 128 + signal.SIGTERM
        assert "Stopped before everything was up." in house.screen
        assert house.survivors() == []
    finally:
        house.close()


def test_a_taken_port_is_said_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, screen = finished(tmp_path, "up", LODESTAR_PORT=str(port))
    assert code == 1
    assert f"Port {port} is taken by another program" in screen
    assert "make up PORT=" in screen
    assert "PostgreSQL" not in screen


def test_refused_settings_are_named_without_a_traceback(tmp_path):
    code, screen = finished(tmp_path, "up", **QUICK, LODESTAR_UPLOAD_MAX_MB="much", LODESTAR_SCHEME="gopher")
    assert code == 1
    assert "These 2 settings cannot be used:" in screen
    assert "LODESTAR_UPLOAD_MAX_MB: expected a whole number from 1 to" in screen
    assert "LODESTAR_SCHEME: expected one of http, https, got 'gopher'" in screen
    assert "Traceback" not in screen
    assert "postgres stopped" in screen

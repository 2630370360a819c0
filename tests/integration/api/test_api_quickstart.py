"""The quick start is run as it is written, block by block, against a live server with a worker beside it."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import close_old_connections, connection

from apps.work.services import run_due
from apps.workspaces.scope import inside

ROOM = Path(__file__).resolve().parents[3] / "apps" / "api"
BLOCK = re.compile(r"```(sh|python)\n(.*?)```", re.DOTALL)


@pytest.fixture
def worker(acme) -> Iterator[None]:
    """Does what is due in `acme` while the test runs."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.1):
            connection.set_schema_to_public()
            with inside(acme):
                run_due()
        close_old_connections()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["QUICKSTART.md", "QUICKSTART.zh.md"])
def test_every_block_works_in_its_order(name: str, live_server, worker: None, key_of, actor, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl")
    address = live_server.url.replace("localhost", "acme.localhost").replace("127.0.0.1", "acme.localhost")
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LODESTAR": f"{address}/api/v1",
        "LODESTAR_KEY": key_of(actor),
        "PYTHONPATH": str(_names_of_this_machine(tmp_path / "names")),
        "no_proxy": "*",
    }
    said = []
    for language, block in BLOCK.findall((ROOM / name).read_text(encoding="utf-8")):
        command = ["sh", "-ec", block] if language == "sh" else [sys.executable, "-c", block]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        said.append(done.stdout)
    assert said[2].endswith("2026-01 12.5 final\n2026-02 7.25 final\n")
    assert ",North,10.5," in said[3]
    assert (tmp_path / "revenue.arrow").stat().st_size > 500
    assert said[4].endswith("2026-01 12.5 -> 10.5\n2026-02 7.25 -> 7.25\nversion 2\n")
    assert '"version":3' in said[5]
    assert said[6].startswith("Revenue 70% ")
    assert said[6].endswith("running 1500 None\n")


def _names_of_this_machine(folder: Path) -> Path:
    """curl knows that every name under localhost is this machine; Python asks the system, which may not."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import socket\nask = socket.getaddrinfo\n"
        "socket.getaddrinfo = lambda host, *rest, **more: ask("
        "'localhost' if str(host).endswith('.localhost') else host, *rest, **more)\n"
    )
    return folder


def test_both_languages_show_the_same_blocks() -> None:
    english, chinese = (BLOCK.findall((ROOM / name).read_text(encoding="utf-8")) for name in _names())
    assert english == chinese


def _names() -> tuple[str, str]:
    return "QUICKSTART.md", "QUICKSTART.zh.md"

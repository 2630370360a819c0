"""Help for the tests: start a supervisor as a process of its own, read its screen, find what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from config.devstack.environment import without_servers
from config.devstack.paths import ROOT
from config.devstack.proctable import process_table

MARK = "LODESTAR_TEST_MARK"


def wait_until(true: Callable[[], object], seconds: float = 15.0, what: str = "") -> None:
    """Wait for a condition; fails with ``what`` when it does not come."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class House:
    """A started supervisor in a folder of its own; every process it starts carries a mark."""

    def __init__(self, folder: Path, argv: Sequence[str], stdin: int = subprocess.DEVNULL, **environ: str) -> None:
        self.folder, self.data = folder, folder / "data"
        self.mark = uuid.uuid4().hex
        self.env = {**without_servers(), **environ, "LODESTAR_DATA": str(self.data), "PYTHONPATH": str(ROOT)}
        self.env |= {MARK: self.mark, "PYTHONIOENCODING": "utf-8"}
        folder.mkdir(exist_ok=True)
        self._screen = folder / f"screen-{self.mark}.txt"
        with open(self._screen, "wb") as screen:
            self.process = subprocess.Popen(
                argv, env=self.env, cwd=ROOT, stdin=stdin, stdout=screen, stderr=subprocess.STDOUT
            )

    @property
    def screen(self) -> str:
        return self._screen.read_text(encoding="utf-8")

    @property
    def state(self) -> dict:
        return json.loads((self.data / "state.json").read_text(encoding="utf-8"))

    def pid(self, name: str) -> int:
        return int(self.state["parts"][name]["pid"])

    def wait_for(self, text: str, seconds: float = 90.0, count: int = 1) -> None:
        """Wait until the screen shows ``text`` (``count`` times)."""

        def seen() -> bool:
            if self.screen.count(text) >= count:
                return True
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.screen}"
            return False

        try:
            wait_until(seen, seconds, f"{text!r} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen}") from error

    def end(self, signal_number: int, seconds: float = 40.0) -> int:
        """Send a signal to the supervisor alone and wait for its exit code."""
        self.process.send_signal(signal_number)
        return self.process.wait(seconds)

    def survivors(self) -> list[str]:
        """Living processes with the mark, or at home in the data folder (PostgreSQL overwrites its environment)."""
        found = []
        for pid, row in process_table().items():
            if row.state != "Z" and self._is_ours(pid):
                with suppress(OSError):  # it may end while we look
                    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found.append(f"{pid} {command}")
        return found

    def _is_ours(self, pid: int) -> bool:
        try:
            if self.mark.encode() in Path(f"/proc/{pid}/environ").read_bytes():
                return True
            return os.readlink(f"/proc/{pid}/cwd").startswith(str(self.data))
        except OSError:
            return False

    def close(self) -> None:
        """Whatever happened in the test: end the supervisor and what is left."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for line in self.survivors():
            try:
                os.kill(int(line.split()[0]), 9)
            except ProcessLookupError:
                continue


def dummy(folder: Path, kind: str = "quick", stdin: int = subprocess.DEVNULL) -> House:
    """The supervisor over real servers and a dummy worker."""
    script = Path(__file__).with_name("dummy_house.py")
    return House(folder, [sys.executable, str(script), str(folder / "data"), kind], stdin)


def devstack(folder: Path, *arguments: str, **environ: str) -> House:
    """The real command."""
    return House(folder, [sys.executable, "-m", "config.devstack", *arguments], **environ)

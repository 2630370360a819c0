"""Keeps the parts running: notices a dead one at once, says so, starts it again; ends all of them in order.

One thread, one loop. Signals only leave a note; whoever waits does so through ``pause``, which looks after the parts
and raises StopRequested when somebody asked us to stop.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config.devstack import disk, logs
from config.devstack.console import Console
from config.devstack.parts import Part, wait_ready
from config.devstack.problems import DevstackError, StopRequested
from config.devstack.process import Child, Command, adopt_orphans, describe_end, started_pids
from config.devstack.proctable import process_table

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BACK_OFF = (0.2, 1.0, 2.0, 4.0)  # seconds before the first, second, ... new start


@dataclass
class Watched:
    """A part under supervision."""

    part: Part
    child: Child
    follower: logs.Follower
    state: str = "ready"  # ready, starting, waiting (for its next start)
    since: float = 0.0
    next_start: float = 0.0
    deaths: deque[float] = field(default_factory=deque)


class Supervisor:
    """Use as a context manager: leaving it ends every part, last started first."""

    def __init__(
        self,
        console: Console,
        data: Path,
        *,
        max_deaths: int = 5,
        within: float = 300.0,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.console = console
        self.data = data
        self.max_deaths = max_deaths
        self.within = within
        self.changed = changed  # called when a pid has changed
        self.watched: dict[str, Watched] = {}
        self._asked: list[int] = []
        self._stopping = False
        self._wakeup: tuple[int, int] | None = None
        self._next_housekeeping = 0.0
        self._terminal = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None

    def __enter__(self) -> Supervisor:
        adopt_orphans()
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        self._wakeup = (reader, writer)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._note_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # only to wake the loop
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()

    @property
    def pids(self) -> dict[str, int]:
        return {name: watched.child.pid for name, watched in self.watched.items()}

    def start(self, *parts: tuple[str, Part, Callable[[str], bool]]) -> None:
        """Start parts side by side, wait until each is ready, then keep it running.

        Each comes with its title for the screen and a function that chooses log lines for the screen.
        """
        spawned: dict[str, Child] = {}
        began = time.monotonic()
        try:
            for _, part, _ in parts:
                spawned[part.name] = part.spawn()
            for title, part, wanted in parts:
                with self.console.step(title, since=began):
                    child = wait_ready(part, self.pause, spawned[part.name])
                del spawned[part.name]
                self.watch(part, child, wanted)
        finally:
            for child in spawned.values():
                child.stop()

    def watch(self, part: Part, child: Child, wanted: Callable[[str], bool]) -> None:
        """Keep a part that is ready running from now on."""
        logs.cap(child.command.log)
        self.watched[part.name] = Watched(part, child, logs.Follower(child.command.log, part.name, wanted))
        self.changed()

    def run(self, command: Command, progress: Callable[[str], None] = lambda line: None) -> Child:
        """Run a command to its end while looking after the parts; returns it with its exit code set.

        ``progress`` is called with the newest line of its output again and again.
        """
        child = Child(command)
        try:
            while child.alive:
                self.pause(0.1)
                progress(child.last_lines(1))
        except BaseException:
            child.stop()
            raise
        return child

    def pause(self, seconds: float) -> None:
        """Wait up to ``seconds``, less if a child ends or a signal comes. Raises StopRequested, DevstackError."""
        self._look_after_parts()
        if self._asked and not self._stopping:
            raise StopRequested(self._asked[0])
        self._sleep(min(seconds, self._patience()))
        if self._asked and not self._stopping:
            raise StopRequested(self._asked[0])

    def _sleep(self, seconds: float) -> None:
        """Sleep until a signal or a child's end wakes us; a terminal that was closed counts as SIGHUP.

        The kernel tells only the first process of a terminal that it was closed, and that may be ``make``, who waits.
        """
        if self._wakeup is None:
            time.sleep(seconds)
            return
        poll = select.poll()
        poll.register(self._wakeup[0], select.POLLIN)
        if self._terminal is not None:
            poll.register(self._terminal, 0)
        events = dict(poll.poll(seconds * 1000))
        with contextlib.suppress(BlockingIOError):
            os.read(self._wakeup[0], 4096)
        if self._terminal in events:
            self._terminal = None
            self._asked.append(signal.SIGHUP)

    def _patience(self) -> float:
        """How long the loop may sleep: less while a part is on its way back."""
        states = {watched.state for watched in self.watched.values()}
        return 0.05 if states - {"ready"} and not self._stopping else 0.5

    def stop_all(self) -> None:
        """End every part in reverse order; a second Ctrl-C shortens it to SIGKILL. Nothing is left behind."""
        self._stopping = True
        patience = len(self._asked)
        for name in reversed(list(self.watched)):
            watched = self.watched.pop(name)
            with contextlib.suppress(BaseException):
                self._show(watched)
            if watched.child.alive:
                with self.console.step(f"{name} stopped"):
                    self._end(watched.child, lambda: len(self._asked) > patience)
            watched.child.kill_group()
            watched.child.process.wait()
        self._end_strays()

    def _end(self, child: Child, hurry: Callable[[], bool]) -> None:
        child.send(child.command.stop_signal)
        deadline = time.monotonic() + child.command.grace
        while child.alive and time.monotonic() < deadline and not hurry():
            self.pause(0.1)

    def _note_stop(self, number: int, _frame: FrameType | None) -> None:
        self._asked.append(number)

    def _look_after_parts(self) -> None:
        if self._stopping:
            return
        for watched in list(self.watched.values()):
            self._show(watched)
            if watched.state == "waiting":
                if time.monotonic() >= watched.next_start:
                    self._start_again(watched)
            elif not watched.child.alive:
                self._note_death(watched, describe_end(watched.child.process.returncode))
            elif watched.state == "starting":
                self._look_for_readiness(watched)
        if time.monotonic() >= self._next_housekeeping:
            self._next_housekeeping = time.monotonic() + 5.0
            self._housekeeping()

    def _show(self, watched: Watched) -> None:
        for line in watched.follower.new_lines():
            self.console.say(line)

    def _note_death(self, watched: Watched, how: str) -> None:
        now, name = time.monotonic(), watched.part.name
        watched.child.kill_group()
        self._end_strays()
        watched.deaths.append(now)
        while watched.deaths and watched.deaths[0] < now - self.within:
            watched.deaths.popleft()
        count = len(watched.deaths)
        if count >= self.max_deaths:
            minutes = self.within / 60
            raise DevstackError(
                f"{name} {how} for the {count}th time within {minutes:.0f} minutes. Everything stops.",
                f"The end of {watched.child.command.log}:\n{watched.child.last_lines()}",
                exit_code=70,
            )
        self.console.say(f"  {self.console.mark_failed} {name} {how}: starting it again, {count} of {self.max_deaths}")
        watched.state = "waiting"
        watched.next_start = now + BACK_OFF[min(count, len(BACK_OFF)) - 1]

    def _start_again(self, watched: Watched) -> None:
        logs.cap(watched.child.command.log)
        watched.since = time.monotonic()
        watched.child = watched.part.spawn()
        watched.state = "starting"
        self.changed()

    def _look_for_readiness(self, watched: Watched) -> None:
        waited = time.monotonic() - watched.since
        if watched.part.ready(watched.child):
            watched.state = "ready"
            self.console.say(f"  {self.console.mark_done} {watched.part.name} is back  ({waited:.1f} s)")
        elif waited > watched.part.ready_within:
            watched.child.kill_group()
            watched.child.process.wait()
            self._note_death(watched, f"did not become ready within {watched.part.ready_within:.0f} seconds")

    def _housekeeping(self) -> None:
        for watched in self.watched.values():
            logs.cap(watched.child.command.log)
        self._reap_strays()
        warning = disk.warning(self.data)
        if warning:
            self.console.say(f"  {self.console.mark_failed} {warning}")
            self._next_housekeeping = time.monotonic() + 60.0

    def _strays(self) -> list[int]:
        """Grandchildren whose parent died: they are ours now."""
        mine = os.getpid()
        return [pid for pid, row in process_table().items() if row.parent == mine and pid not in started_pids]

    def _reap_strays(self) -> None:
        table = process_table()
        for pid in self._strays():
            if table.get(pid) and table[pid].state == "Z":
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def _end_strays(self, seconds: float = 2.0) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            strays = self._strays()
            if not strays:
                return
            for pid in strays:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            time.sleep(0.02)

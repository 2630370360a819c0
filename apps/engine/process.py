"""How a child comes into being: forked by this process's nursery, or started by itself where that cannot be.

A nursery belongs to the process that started it. Who is forked from that one lets go of it and starts its own.
"""

from __future__ import annotations

import atexit
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_CHILD = [sys.executable, "-P", "-m", "apps.engine.child"]
_NURSERY = [sys.executable, "-P", "-m", "apps.engine.nursery"]
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "TZDIR", "PYTHONHOME", "VIRTUAL_ENV", "LODESTAR_ENGINE_SELF_TEST")
_GRACE_SECONDS = 5.0
_TRIES = 2  # a nursery that has just ended is started anew


def _can_fork() -> bool:
    """Whether a nursery can watch its children and count its threads here: some sandboxes refuse to let it."""
    try:
        os.close(os.pidfd_open(os.getpid()))
        return sys.platform == "linux" and bool(os.listdir("/proc/self/task"))
    except (AttributeError, OSError):
        return False


FORKS = _can_fork()


def environment(work_dir: str) -> dict[str, str]:
    """Nothing but what Python needs: no password of ours is in the reach of a parser of foreign files."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    own = {
        "PYTHONPATH": str(_ROOT),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": work_dir,
        "TMPDIR": work_dir,
        "TZ": "UTC",
        "MALLOC_ARENA_MAX": "2",
        "OPENBLAS_NUM_THREADS": "1",  # numpy would start threads as soon as it is imported
    }
    return passed_on | own


class Process(Protocol):
    """A child. `stdout` is the descriptor that it speaks on, `returncode` is known once it has ended."""

    stdout: int
    returncode: int

    def see_out(self) -> None:
        """Its last word is said: let it end by itself, so that its exit code is its own, but not for long."""

    def end(self) -> None:
        """Leave no process behind."""

    def began(self) -> bool:
        """Whether it has ever run; known once it has ended."""


def ways(kind: str, stdin: IO[bytes], stderr: IO[bytes], work_dir: str) -> Iterator[Process]:
    """A child for a request of this kind; whoever finds that it never began takes the next one.

    Each reads `stdin` from its beginning: one that never began may have read some of it, and they share its place.
    """
    for _ in range(_TRIES if FORKS else 0):
        stdin.seek(0)
        try:
            yield Forked(kind, stdin, stderr)
        except ConnectionError:  # the nursery ended at this very moment
            continue
    if FORKS:
        logger.warning("no child of the engine could be forked: it is started by itself")
    stdin.seek(0)
    yield Spawned(stdin, stderr, work_dir)


class Spawned:
    """A child that starts Python for itself."""

    def __init__(self, stdin: IO[bytes], stderr: IO[bytes], work_dir: str) -> None:
        self._popen = subprocess.Popen(
            _CHILD, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr,
            env=environment(work_dir), process_group=0,
        )  # fmt: skip
        assert self._popen.stdout is not None  # noqa: S101 - Popen was asked for a pipe
        self.stdout = self._popen.stdout.fileno()
        self.returncode = 0

    def see_out(self) -> None:
        """Let it end."""
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=_GRACE_SECONDS)

    def end(self) -> None:
        """Kill its process group, if it still runs."""
        if self._popen.stdout is not None:
            self._popen.stdout.close()
        if self._popen.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        self.returncode = self._popen.wait()

    def began(self) -> bool:
        """Popen raises if not."""
        return True


class Forked:
    """A child of the nursery, on a leash. Raises ConnectionError if the nursery is gone."""

    def __init__(self, kind: str, stdin: IO[bytes], stderr: IO[bytes]) -> None:
        self._nursery = _nursery_of_ours()
        self._leash, theirs = socket.socketpair()
        self.stdout, write = os.pipe()
        self._said = b""
        self.returncode = -signal.SIGKILL
        try:
            self._nursery.order(kind, [stdin.fileno(), write, stderr.fileno(), theirs.fileno()])
        except OSError:
            self._leash.close()
            os.close(self.stdout)
            raise
        finally:
            theirs.close()
            os.close(write)

    def see_out(self) -> None:
        """Let it end."""
        self._hear()

    def end(self) -> None:
        """Let go of the leash, at which the nursery kills, and wait until it says so."""
        with suppress(OSError):
            self._leash.shutdown(socket.SHUT_WR)
        if not self._hear():
            self._nursery.kill()
            self._hear()
        if self.began() and b"\n" not in self._said.strip():  # the nursery is gone, the child about to be
            self._fall_silent()
        self._leash.close()
        os.close(self.stdout)
        if len(words := self._said.split()) > 1:
            self.returncode = int(words[1])

    def began(self) -> bool:
        """Whether the nursery said so."""
        return bool(self._said)

    def _hear(self) -> bool:
        """Listen on the leash until the nursery closes it, but not for long."""
        self._leash.settimeout(_GRACE_SECONDS)
        try:
            while more := self._leash.recv(64):
                self._said += more
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def _fall_silent(self) -> None:
        """Wait until nobody can write to its stdout."""
        while select.select([self.stdout], [], [], _GRACE_SECONDS)[0] and os.read(self.stdout, 1 << 16):
            pass


class _Nursery:
    """The other end of a process that forks children."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._popen = subprocess.Popen(
                [*_NURSERY, str(theirs.fileno())], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment(tempfile.gettempdir()),
                process_group=0,
            )  # fmt: skip

    def order(self, kind: str, descriptors: list[int]) -> None:
        """Have a child forked."""
        socket.send_fds(self._orders, [kind.encode()], descriptors, socket.MSG_NOSIGNAL)

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._popen.poll() is None

    def kill(self) -> None:
        """End it, and with it all its children."""
        self._popen.kill()
        self._popen.wait()

    def leave(self) -> None:
        """Let go of it, so that it ends."""
        self._orders.close()

    def see_out(self) -> None:
        """Wait until it has ended, but not for long."""
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=_GRACE_SECONDS)

    def disown(self) -> None:
        """It is another process's."""
        self.leave()
        self._popen.returncode = 0


class _Ours:
    """The nursery of this process, if it has one."""

    lock = threading.Lock()
    nursery: _Nursery | None = None


def _nursery_of_ours() -> _Nursery:
    with _Ours.lock:
        if _Ours.nursery is None or not _Ours.nursery.is_alive():
            if _Ours.nursery is not None:
                _Ours.nursery.leave()
            _Ours.nursery = _Nursery()
        return _Ours.nursery


def _be_somebody_else() -> None:
    """We have just been forked: the nursery, and the lock that another thread may have held, are the parent's."""
    _Ours.lock = threading.Lock()
    if _Ours.nursery is not None:
        _Ours.nursery.disown()
        _Ours.nursery = None


def _leave() -> None:
    if _Ours.nursery is not None:
        _Ours.nursery.leave()
        _Ours.nursery.see_out()


os.register_at_fork(after_in_child=_be_somebody_else)
atexit.register(_leave)

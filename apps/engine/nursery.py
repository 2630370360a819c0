"""Where children come from: a process that has loaded what they need, and forks one for each request.

Started by `apps.engine.process`, once for each process that asks. An order is the kind of a request, with four
descriptors: what becomes the child's stdin, stdout and stderr, and a leash. On the leash we say "born" and, when the
child ends, its return code; when the other end lets go of it, the child's process group is killed. We end when nobody
holds the other end of `orders` any more, or after a time without work; children die with us.

What a kind of request needs is imported before its first child is forked: never more than was asked for. No thread may
be alive then, and nothing of a user's is ever read here.
"""

from __future__ import annotations

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from apps.engine import child
from apps.engine.codec import get_ready

_IDLE_SECONDS = 600.0
_DESCRIPTORS = 4
_MOST_BYTES = 64

Watched = selectors.DefaultSelector


def main() -> None:
    """Take orders from the socket whose descriptor is the first argument."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    warmed: set[str] = set()
    with Watched() as watched:
        watched.register(orders, selectors.EVENT_READ)
        while True:
            events = watched.select(_IDLE_SECONDS)
            if not events and len(watched.get_map()) == 1:
                return
            for key, _ in events:
                if key.fileobj is not orders:
                    key.data()
                elif not _take(orders, warmed, watched):
                    return


def _take(orders: socket.socket, warmed: set[str], watched: Watched) -> bool:
    """Do an order; False if there will be none any more."""
    order, descriptors, _, _ = socket.recv_fds(orders, _MOST_BYTES, _DESCRIPTORS)
    if order:
        kind = order.decode()
        if kind not in warmed:
            warmed.add(kind)
            _warm(kind)
        _Child(descriptors, watched)
    return bool(order)


def _warm(kind: str) -> None:
    """Import what works on this kind of request, and know what it is made of. What fails here fails in the child, too,
    which can say so."""
    with suppress(Exception):
        name, request = child.WORKERS[kind]
        module = importlib.import_module(name)
        get_ready(request)
        warm: Callable[[], None] | None = getattr(module, "warm", None)
        if warm is not None:
            warm()
        if duck := sys.modules.get("apps.engine.duck"):
            duck.lay_ready()
    gc.collect()
    gc.freeze()


class _Child:
    """A child that runs: its process, and the leash that its asker holds the other end of."""

    def __init__(self, descriptors: list[int], watched: Watched) -> None:
        if len(os.listdir("/proc/self/task")) > 1:
            raise RuntimeError("something that was imported has started a thread: no child can be forked")
        *streams, leash = descriptors
        nursery = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            _live(streams, nursery)
        with suppress(OSError):  # the child does the same, whoever is first
            os.setpgid(self._pid, self._pid)
        for stream in streams:
            os.close(stream)
        self._leash = socket.socket(fileno=leash)
        self._process = os.pidfd_open(self._pid)
        self._watched = watched
        watched.register(self._process, selectors.EVENT_READ, self._bury)
        watched.register(self._leash, selectors.EVENT_READ, self._kill)
        self._say("born")

    def _kill(self) -> None:
        """The asker let go of the leash. (In a batch of events this may come after `_bury`.)"""
        if self._leash.fileno() >= 0:
            os.killpg(self._pid, signal.SIGKILL)
            self._watched.unregister(self._leash)

    def _bury(self) -> None:
        _, status = os.waitpid(self._pid, 0)
        self._watched.unregister(self._process)
        os.close(self._process)
        with suppress(KeyError):
            self._watched.unregister(self._leash)
        self._say(str(os.waitstatus_to_exitcode(status)))
        self._leash.close()

    def _say(self, word: str) -> None:
        with suppress(OSError):  # nobody listens any more
            self._leash.sendall(word.encode() + b"\n", socket.MSG_NOSIGNAL)


def _live(streams: list[int], nursery: int) -> NoReturn:
    """Be the child: hold nothing but its own streams, do the request, end without the nursery's own last acts."""
    code = 1
    try:
        os.setpgid(0, 0)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        for descriptor in map(int, os.listdir("/proc/self/fd")):
            if descriptor >= len(streams):
                with suppress(OSError):  # the listing's own
                    os.close(descriptor)
        child.main(nursery)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
    os._exit(0)  # the libraries have nothing to put away: they were only imported

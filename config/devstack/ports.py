"""Loopback ports: free ones for the embedded servers (kept between starts), a clear word when the web port is taken."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

from config.devstack.paths import replace_text

LOOPBACK = "127.0.0.1"
QUIET = range(20_000, 32_000)  # below the ports that systems give to connections: 32768 and up on Linux


def is_free(port: int) -> bool:
    """True if a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int, seconds: float = 0.2) -> bool:
    """True if something accepts connections on the port."""
    try:
        socket.create_connection((LOOPBACK, port), seconds).close()
    except OSError:
        return False
    return True


def pick_free() -> int:
    """A port nobody listens on right now, and that no outgoing connection is given before our server starts."""
    for port in random.sample(QUIET, 100):
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class PortBook:
    """Remembers the port of each embedded server in a small file, so that it stays the same at the next start."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def port_for(self, name: str) -> int:
        """The remembered port if it is free, else a new one, written down."""
        known = self._read()
        port = known.get(name, 0)
        if not port or not is_free(port):
            port = pick_free()
            replace_text(self.path, json.dumps(known | {name: port}, indent=1) + "\n")
        return port

    def _read(self) -> dict[str, int]:
        try:
            book = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return {str(name): int(port) for name, port in book.items()} if isinstance(book, dict) else {}

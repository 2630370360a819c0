"""The product's own programs: web, worker and scheduler."""

from __future__ import annotations

import http.client
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from config.devstack.paths import ROOT
from config.devstack.ports import LOOPBACK
from config.devstack.process import Child, Command


class ProgramPart:
    """A Python program of the product, started with the environment of the house."""

    name = ""
    ready_within = 120.0
    stop_signal: int = signal.SIGTERM
    grace = 15.0
    orphan_signal: int = signal.SIGTERM

    def __init__(self, data: Path, env: Mapping[str, str]) -> None:
        self.data = data
        self.env = env

    def argv(self) -> Sequence[str]:
        raise NotImplementedError

    def spawn(self) -> Child:
        return Child(
            Command(
                name=self.name,
                argv=[sys.executable, *self.argv()],
                log=self.data / "logs" / f"{self.name}.log",
                env=self.env,
                cwd=ROOT,
                stop_signal=self.stop_signal,
                grace=self.grace,
                orphan_signal=self.orphan_signal,
            )
        )

    def ready(self, child: Child) -> bool:
        raise NotImplementedError

    def may_retry(self, child: Child) -> bool:
        return False


class WebPart(ProgramPart):
    """gunicorn with threads; ready when the start page answers."""

    name = "web"

    def __init__(self, data: Path, env: Mapping[str, str]) -> None:
        super().__init__(data, env)
        self.port = int(env["LODESTAR_PORT"])
        self._probe = HttpProbe(self.port, env["LODESTAR_BASE_HOST"])

    def argv(self) -> Sequence[str]:
        workers = self.env.get("LODESTAR_WEB_WORKERS", "2")
        bind = f"{LOOPBACK}:{self.port}"
        sizes = ["--worker-class", "gthread", "--workers", workers, "--threads", "4"]
        calm = ["--log-level", "warning", "--graceful-timeout", "10", "--no-control-socket"]
        return ["-m", "gunicorn", "config.wsgi:application", "--bind", bind, *sizes, *calm]

    def spawn(self) -> Child:
        self._probe.close()
        return super().spawn()

    def ready(self, child: Child) -> bool:
        return self._probe.answered()


class WorkerPart(ProgramPart):
    """The Celery worker with its pool of child processes; ready when it consumes."""

    name = "worker"
    grace = 20.0
    orphan_signal = signal.SIGQUIT  # cold shutdown: nobody is left who could wait for a running task

    def argv(self) -> Sequence[str]:
        size = self.env.get("LODESTAR_WORKER_PROCESSES", "2")
        calm = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        name = ["--hostname", f"lodestar-{os.getpid()}@%h"]
        return [
            "-m",
            "celery",
            "-A",
            "config.celery",
            "worker",
            "-l",
            "INFO",
            "-P",
            "prefork",
            "-c",
            size,
            *calm,
            *name,
        ]

    def ready(self, child: Child) -> bool:
        return " ready." in child.new_output()


class SchedulerPart(ProgramPart):
    """Celery beat, which only wakes the sweeper."""

    name = "scheduler"
    grace = 5.0

    def argv(self) -> Sequence[str]:
        schedule = ["--schedule", str(self.data / "scheduler-state"), "--pidfile", ""]
        return ["-m", "celery", "-A", "config.celery", "beat", "-l", "INFO", *schedule]

    def ready(self, child: Child) -> bool:
        return "beat: Starting" in child.new_output()


class HttpProbe:
    """Asks a web server for its start page without ever waiting: ``answered()`` is called until it is true."""

    def __init__(self, port: int, host: str) -> None:
        self._port, self._host = port, host
        self._connection: socket.socket | None = None

    def answered(self) -> bool:
        """True once any HTTP answer has come in."""
        if self._connection is None:
            self._ask()
            return False
        if not select.select([self._connection], [], [], 0)[0]:
            return False
        try:
            answer = self._connection.recv(64)
        except OSError:
            answer = b""
        self.close()
        return answer.startswith(b"HTTP/")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self) -> None:
        request = f"GET / HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nConnection: close\r\n\r\n"
        try:
            connection = socket.create_connection((LOOPBACK, self._port), 0.2)
        except OSError:
            return
        try:
            connection.sendall(request.encode("ascii"))
        except OSError:
            connection.close()
            return
        self._connection = connection


def http_status(port: int, host: str, path: str = "/", seconds: float = 20.0) -> int | None:
    """The status that the web server on this loopback port gives for ``host``; None if it gives none."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()

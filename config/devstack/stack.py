"""Real servers and programs for tests, in a folder of their own: ``with stack(tmp_path) as s: ...``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config.devstack.console import Console
from config.devstack.environment import HOST, house_environment, without_servers
from config.devstack.parts import Part, wait_ready
from config.devstack.paths import ROOT
from config.devstack.ports import pick_free
from config.devstack.process import Child
from config.devstack.proctable import family
from config.devstack.programs import SchedulerPart, WebPart, WorkerPart
from config.devstack.servers import Servers


class Stack:
    """A running set of parts. Dead parts stay dead until ``restart``: a test decides what happens."""

    def __init__(self, servers: Servers, env: dict[str, str], web_port: int) -> None:
        self._servers = servers
        self.data = servers.data
        self.env = env  # for child processes: the whole environment of the house
        self.web_port = web_port
        self.parts: dict[str, Part] = dict(servers.parts)
        self.children: dict[str, Child] = dict(servers.children)

    @property
    def database_url(self) -> str:
        """For the running product: the login that owns nothing."""
        return self.env["DATABASE_URL"]

    @property
    def migration_database_url(self) -> str:
        """For migrations and provisioning: the login that owns the database."""
        return self.env["MIGRATION_DATABASE_URL"]

    @property
    def superuser_database_url(self) -> str:
        """For a test's own set-up only; empty when the database server is not an embedded one."""
        return self._servers.postgres.superuser_url() if self._servers.postgres else ""

    @property
    def redis_url(self) -> str:
        return self.env["REDIS_URL"]

    @property
    def storage_url(self) -> str:
        return self.env["STORAGE_URL"]

    @property
    def web_url(self) -> str:
        """Where a browser finds the public host; workspaces are at ``http://<slug>.localhost:<port>``."""
        return f"http://{HOST}:{self.web_port}"

    def pids(self, name: str) -> list[int]:
        """The living processes of a part, the main one first (for the worker: then its pool)."""
        return family(self.children[name].pid)

    def kill(self, name: str, signal_number: int = signal.SIGKILL) -> None:
        """Send a signal to the main process of a part; after SIGKILL wait until it is gone."""
        child = self.children[name]
        child.send(signal_number)
        if signal_number == signal.SIGKILL:
            child.process.wait()

    def start(self, name: str) -> None:
        """Start web, worker or scheduler (or one of the servers again) and wait until it is ready."""
        programs = {"web": WebPart, "worker": WorkerPart, "scheduler": SchedulerPart}
        if name not in self.parts:
            self.parts[name] = programs[name](self.data, self.env)
        self.children[name] = wait_ready(self.parts[name])

    def stop(self, name: str) -> None:
        """End a part in the orderly way."""
        self.children[name].stop()

    def restart(self, name: str) -> None:
        """End a part if it still runs, clear away what is left of its group, start it and wait until it is ready."""
        self.children[name].stop()
        self.start(name)

    def log(self, name: str) -> str:
        """What the current run of a part has written."""
        return self.children[name].new_output()

    def manage(self, *arguments: str, timeout: float = 300.0, **environ: str) -> str:
        """Run ``manage.py`` with the environment of the house and ``environ``; its output.

        Raises AssertionError, with the output, if it fails.
        """
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.env, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=timeout,
            check=False,
        )
        if result.returncode:
            raise AssertionError(f"manage.py {' '.join(arguments)} ended with {result.returncode}:\n{result.stdout}")
        return result.stdout

    def close(self) -> None:
        """End everything, last started first."""
        for name in reversed(list(self.children)):
            self.children.pop(name).stop()


@contextmanager
def stack(
    data_dir: Path,
    *,
    web: bool = False,
    worker: bool = False,
    scheduler: bool = False,
    fsync: bool = False,
    env: Mapping[str, str] | None = None,
    web_port: int = 0,
) -> Iterator[Stack]:
    """Start PostgreSQL and Valkey in ``data_dir`` and, if wished, migrate and start the product's programs.

    ``env`` is laid over the caller's environment, from which server addresses and LODESTAR_* are taken away first;
    ``fsync=False`` is for data that may be lost. Everything is ended at the end of the block.
    """
    data = Path(data_dir).resolve()
    base = {**without_servers(os.environ), **(env or {})}
    servers = Servers(data, base, Console(quiet=True), fsync=fsync)
    servers.start()
    port = web_port or pick_free()
    running = Stack(servers, house_environment(data, base, servers.addresses(), port), port)
    try:
        if web or worker or scheduler:
            running.manage("migrate_workspaces")
        for name, wanted in (("web", web), ("worker", worker), ("scheduler", scheduler)):
            if wanted:
                running.start(name)
        yield running
    finally:
        running.close()

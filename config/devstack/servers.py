"""PostgreSQL, Valkey and storage: embedded ones, or those that the environment names."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.devstack.console import Console
from config.devstack.parts import Part, Pause, command_problem, wait_ready
from config.devstack.paths import private_dir
from config.devstack.postgres import APP, OWNER, PostgresPart
from config.devstack.process import Child, Command
from config.devstack.valkey import ValkeyPart


@dataclass
class Servers:
    """The data services of one data folder. ``start()`` fills ``children`` and the addresses."""

    data: Path
    env: Mapping[str, str]  # the environment of the whole house: DATABASE_URL and REDIS_URL in it win
    console: Console
    fsync: bool = True
    parts: dict[str, Part] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    postgres: PostgresPart | None = None
    valkey: ValkeyPart | None = None

    def start(self, pause: Pause = time.sleep) -> None:
        """Start what the environment does not name. Breaks off, with nothing left running, when ``pause`` raises."""
        private_dir(self.data)
        try:
            if self.env.get("DATABASE_URL", "").strip():
                self.console.say(f"  {self.console.mark_done} PostgreSQL  (the server that DATABASE_URL names)")
            else:
                self._start_postgres(pause)
            if self.env.get("REDIS_URL", "").strip():
                self.console.say(f"  {self.console.mark_done} Valkey  (the server that REDIS_URL names)")
            else:
                self._start_valkey(pause)
        except BaseException:
            self.stop()
            raise

    def addresses(self) -> dict[str, str]:
        """The environment that makes a program use these servers."""
        database = self.env.get("DATABASE_URL", "").strip()
        migration = self.env.get("MIGRATION_DATABASE_URL", "").strip() or database
        if self.postgres:
            database, migration = self.postgres.url(APP), self.postgres.url(OWNER)
        return {
            "DATABASE_URL": database,
            "MIGRATION_DATABASE_URL": migration,
            "REDIS_URL": self.valkey.url() if self.valkey else self.env.get("REDIS_URL", "").strip(),
            "STORAGE_URL": self.env.get("STORAGE_URL", "").strip() or (self.data / "storage").as_uri(),
        }

    def stop(self) -> None:
        """End the embedded servers, last started first."""
        for name in reversed(list(self.children)):
            self.children.pop(name).stop()

    def _start_postgres(self, pause: Pause) -> None:
        part = PostgresPart(self.data, self.env, fsync=self.fsync)
        commands = part.prepare()
        if commands:
            with self.console.step("New PostgreSQL data folder"):
                for command in commands:
                    _run(command, pause)
                part.adopt_draft()
        with self.console.step("PostgreSQL") as note:
            self.children[part.name] = wait_ready(part, pause)
            part.create_logins(createdb=not self.fsync)
            note.text = f"port {part.port}"
        self.postgres = part
        self.parts[part.name] = part

    def _start_valkey(self, pause: Pause) -> None:
        part = ValkeyPart(self.data, self.env)
        with self.console.step("Valkey") as note:
            self.children[part.name] = wait_ready(part, pause)
            note.text = f"port {part.port}"
        self.valkey = part
        self.parts[part.name] = part


def _run(command: Command, pause: Pause) -> None:
    child = Child(command)
    try:
        while child.alive:
            pause(0.03)
    except BaseException:
        child.stop()
        raise
    if child.returncode:
        raise command_problem(child)

"""``up``: everything from a checkout to a running product, under one supervisor."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from config.devstack import logs
from config.devstack.console import Console
from config.devstack.environment import HOST, house_environment
from config.devstack.parts import command_problem
from config.devstack.paths import ROOT, data_dir, private_dir
from config.devstack.ports import is_free, pick_free
from config.devstack.problems import DevstackError, StopRequested
from config.devstack.process import Command
from config.devstack.programs import SchedulerPart, WebPart, WorkerPart, http_status
from config.devstack.servers import Servers
from config.devstack.setup import check_disk, set_up
from config.devstack.state import FolderLock, StateFile, already_running, clear_leftovers
from config.devstack.supervisor import Supervisor

DEFAULT_PORT = 8000
SOME_WORKSPACES_FAILED = 3  # the exit code of migrate_workspaces that does not stop the start


def run_up() -> int:
    """Start everything and keep it running until Ctrl-C. Returns the exit code."""
    data, console = private_dir(data_dir()), Console()
    state, lock = StateFile(data / "state.json"), FolderLock(data / "lock")
    if not lock.take():
        raise already_running(state)
    house = House(data, console, state)
    try:
        with house.supervisor:
            house.start()
            house.run()
    except StopRequested as request:
        console.say("Stopped; the data is kept." if house.started else "Stopped before everything was up.")
        return 0 if house.started else 128 + request.signal_number
    finally:
        state.clear()
        lock.release()
    return 0


class House:
    """The order in which things start."""

    def __init__(self, data: Path, console: Console, state: StateFile, env: Mapping[str, str] | None = None) -> None:
        self.data, self.console, self.state = data, console, state
        self.base = dict(os.environ if env is None else env)
        self.supervisor = Supervisor(console, data, changed=self._write_state)
        self.started = False
        self.phase = "starting"
        self.address = ""
        self._servers: Servers | None = None

    def start(self) -> None:
        """All steps up to the printed address. Raises DevstackError, StopRequested."""
        self.console.say("Lodestar")
        port = web_port(self.base)
        self.address = f"http://{HOST}:{port}/"
        check_disk(self.console, self.data)
        leftovers = clear_leftovers(self.state)
        if leftovers:
            self.console.say(f"  {self.console.mark_done} Cleared away after a killed start: {', '.join(leftovers)}")
        self._write_state()
        set_up(self.console, self.supervisor.run, self.supervisor.pause, self.base)
        env = house_environment(self.data, self.base, self._start_servers(), port)
        self.address = f"{env['LODESTAR_SCHEME']}://{env['LODESTAR_BASE_HOST']}:{port}/"
        self._migrate(env)
        self._start_programs(env)
        logins = self._demo(env)
        self.started, self.phase = True, "running"
        self._write_state()
        self._greet(logins, env)

    def run(self) -> None:
        """Look after the parts until somebody asks to stop."""
        while True:
            self.supervisor.pause(1.0)

    def _start_servers(self) -> dict[str, str]:
        servers = self._servers = Servers(self.data, self.base, self.console)
        servers.start(self.supervisor.pause)
        for name, part in servers.parts.items():
            self.supervisor.watch(part, servers.children[name], logs.Alarms())
        return servers.addresses()

    def _migrate(self, env: Mapping[str, str]) -> None:
        title = "Database tables"
        with self.console.step(title) as note:
            command = self._manage("migrate_workspaces", env)
            child = self.supervisor.run(command, lambda line: self.console.progress(title, line))
            if child.returncode == SOME_WORKSPACES_FAILED:
                note.text, note.failed = "not all workspaces", True
            elif child.returncode:
                raise command_problem(child)
        if child.returncode:
            self.console.say(child.new_output().rstrip())

    def _start_programs(self, env: Mapping[str, str]) -> None:
        self.supervisor.start(
            ("Web", WebPart(self.data, env), logs.Everything()),
            ("Worker", WorkerPart(self.data, env), logs.CeleryWarnings()),
            ("Scheduler", SchedulerPart(self.data, env), logs.CeleryWarnings()),
        )

    def _demo(self, env: Mapping[str, str]) -> str:
        """Make the demo company if it is not there yet; what to print about it.

        Lines of seed_demo that begin with "..." tell how far it is and are not printed again.
        """
        if env.get("LODESTAR_DEMO", "1") == "0":
            return ""
        title = "Demo company"
        with self.console.step(title) as note:
            command = self._manage("seed_demo", env)
            child = self.supervisor.run(command, lambda line: self.console.progress(title, line.lstrip(". ")))
            note.failed = bool(child.returncode)
        if child.returncode:
            return f"The demo company could not be made; see {child.command.log}:\n{child.last_lines(12)}"
        lines = [line for line in child.new_output().splitlines() if not line.startswith("...")]
        return "\n".join(lines).strip("\n")

    def _greet(self, logins: str, env: Mapping[str, str]) -> None:
        status = http_status(int(env["LODESTAR_PORT"]), env["LODESTAR_BASE_HOST"])
        if status is None or status >= 500:
            log = self.data / "logs" / "web.log"
            self.console.say(
                f"  {self.console.mark_failed} The start page answers with {status or 'nothing'}: see {log}"
            )
        self.console.say(f"\nLodestar runs at {self.address}")
        if logins:
            self.console.say(logins)
        mail = env.get("LODESTAR_MAIL_URL", "")
        if mail.startswith("file:"):
            self.console.say(f"E-mails it sends are files in {mail.removeprefix('file://')}")
        self.console.say("Ctrl-C stops everything; the data is kept.\n")

    def _manage(self, command: str, env: Mapping[str, str]) -> Command:
        log = self.data / "logs" / f"{command}.log"
        return Command(command, [sys.executable, "manage.py", command], log, env, ROOT, grace=10.0)

    def _write_state(self) -> None:
        ports = {name: getattr(watched.part, "port", 0) for name, watched in self.supervisor.watched.items()}
        try:
            self.state.write(address=self.address, pids=self.supervisor.pids, ports=ports, phase=self.phase)
        except OSError as error:
            if not self.started:
                raise
            self.console.say(f"  {self.console.mark_failed} {self.state.path} could not be written: {error.strerror}")


def web_port(env: Mapping[str, str]) -> int:
    """The port for the web server: LODESTAR_PORT, PORT or 8000; 0 means any free one. Raises DevstackError if taken."""
    name = next((name for name in ("LODESTAR_PORT", "PORT") if env.get(name, "").strip()), "")
    raw = env[name].strip() if name else str(DEFAULT_PORT)
    if not (raw.isascii() and raw.isdigit() and int(raw) <= 65535):
        raise DevstackError(f"{name}: expected a port number from 1 to 65535, or 0 for any free port, got {raw!r}.")
    port = int(raw) or pick_free()
    if not is_free(port):
        raise DevstackError(
            f"Port {port} is taken by another program, so Lodestar cannot serve its pages there.",
            "Choose another one, for example:  make up PORT=8010     (PORT=0 takes any free port)",
        )
    return port

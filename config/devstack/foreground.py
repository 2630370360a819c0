"""``servers``: PostgreSQL and Valkey alone, for work on the product by hand."""

from __future__ import annotations

import os
import shlex
import signal
import time

from config.devstack.console import Console
from config.devstack.environment import house_environment
from config.devstack.paths import data_dir, private_dir, replace_text
from config.devstack.problems import DevstackError, StopRequested
from config.devstack.process import describe_end
from config.devstack.servers import Servers
from config.devstack.state import FolderLock, StateFile, already_running, clear_leftovers

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_servers() -> int:
    """Start the servers, print the lines that point a shell to them, wait for Ctrl-C."""
    received: list[int] = []
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda signal_number, _frame: received.append(signal_number))

    def pause(seconds: float) -> None:
        time.sleep(seconds)
        if received:
            raise StopRequested(received[0])

    data, console = private_dir(data_dir()), Console()
    lock, state = FolderLock(data / "lock"), StateFile(data / "state.json")
    if not lock.take():
        raise already_running(state)
    servers = Servers(data, os.environ, console)
    try:
        clear_leftovers(state)
        servers.start(pause)
        port = int(os.environ.get("LODESTAR_PORT") or os.environ.get("PORT") or 8000)
        lines = _export_lines(house_environment(data, {}, servers.addresses(), port))
        replace_text(data / "servers.env", lines)
        pids = {name: child.pid for name, child in servers.children.items()}
        ports = {name: getattr(part, "port", 0) for name, part in servers.parts.items()}
        state.write(address="(servers only)", pids=pids, ports=ports, phase="running")
        console.say(f"\n{lines}\n# the same lines: . {data / 'servers.env'}\n# Ctrl-C ends the servers")
        while True:
            pause(0.2)
            for child in servers.children.values():
                if not child.alive:
                    raise DevstackError(f"{child.name} {describe_end(child.returncode or 0)}.", child.last_lines())
    except StopRequested:
        return 0
    finally:
        servers.stop()
        state.clear()
        lock.release()


def _export_lines(env: dict[str, str]) -> str:
    names = sorted(name for name in env if name != "PYTHONPATH")
    return "".join(f"export {name}={shlex.quote(env[name])}\n" for name in names)

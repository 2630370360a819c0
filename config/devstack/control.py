"""``stop`` and ``status``: about a supervisor that runs elsewhere."""

from __future__ import annotations

import os
import signal
import time

from config.devstack.console import Console
from config.devstack.paths import data_dir
from config.devstack.problems import DevstackError
from config.devstack.state import FolderLock, StateFile, clear_leftovers

NOT_RUNNING = 3


def run_stop(seconds: float = 90.0) -> int:
    """Ask the supervisor to stop and wait until it has; clear away what a killed one has left."""
    data, console = data_dir(), Console()
    state, lock = StateFile(data / "state.json"), FolderLock(data / "lock")
    if not lock.held_by_another():
        left = clear_leftovers(state)
        console.say(f"Nothing was running; cleared away: {', '.join(left)}." if left else "Nothing is running.")
        return 0
    pid = int(state.read().get("supervisor", 0))
    if not pid:
        raise DevstackError(f"Something holds {lock.path}, but {state.path} does not say who.", "Try again shortly.")
    with console.step("Stopped"):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while lock.held_by_another():
            if time.monotonic() > deadline:
                raise DevstackError(f"The supervisor (pid {pid}) has not stopped within {seconds:.0f} seconds.")
            time.sleep(0.1)
    return 0


def run_status() -> int:
    """Say what runs; exit code 0 if it is up, 3 if not."""
    data, console = data_dir(), Console()
    state, lock = StateFile(data / "state.json"), FolderLock(data / "lock")
    if not lock.held_by_another():
        console.say("Nothing is running.")
        return NOT_RUNNING
    known, living = state.read(), state.living_parts()
    console.say(
        f"Lodestar is {known.get('phase', 'starting')} at {known.get('address')} (pid {known.get('supervisor')})"
    )
    for name, part in known.get("parts", {}).items():
        mark = console.mark_done if name in living else console.mark_failed
        port = f"  port {part['port']}" if part.get("port") else ""
        console.say(f"  {mark} {name:10} pid {part['pid']}{port}")
    return 0 if known.get("phase") == "running" else NOT_RUNNING

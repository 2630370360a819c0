"""What the supervisor and the test stack know about a part of the house: how to start it and when it is ready."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from config.devstack.problems import DevstackError
from config.devstack.process import Child, describe_end

Pause = Callable[[float], None]
BAD_SETTING = "config.env.BadSetting:"


class Part(Protocol):
    """One long-running program."""

    name: str
    ready_within: float  # seconds

    def spawn(self) -> Child:
        """Start it and return at once."""

    def ready(self, child: Child) -> bool:
        """Quick look whether it does its work yet (called several times a second)."""

    def may_retry(self, child: Child) -> bool:
        """True if a start that ended at once is worth repeating."""


def wait_ready(part: Part, pause: Pause = time.sleep, child: Child | None = None, retry_for: float = 10.0) -> Child:
    """Return the part's child when it is ready: ``child``, if it is started already, else a new one.

    ``pause`` is called between looks; it may raise to break off. The child is stopped then, and also when it does not
    become ready: that raises DevstackError with the log's end.
    """
    started = time.monotonic()
    child = child or part.spawn()
    try:
        while True:
            waited = time.monotonic() - started
            if not child.alive:
                if waited < retry_for and part.may_retry(child):
                    pause(0.3)
                    child = part.spawn()
                    continue
                raise start_problem(child)
            if part.ready(child):
                return child
            if waited > part.ready_within:
                raise DevstackError(
                    f"{part.name} did not become ready within {part.ready_within:.0f} seconds.", _log_hint(child)
                )
            pause(0.03)
    except BaseException:
        child.stop()
        raise


def start_problem(child: Child) -> DevstackError:
    """The error for a part that ended instead of becoming ready."""
    end = describe_end(child.process.returncode or 0)
    return DevstackError(f"{child.name} {end} while it was starting.", _log_hint(child))


def command_problem(child: Child) -> DevstackError:
    """The error for a command that ended with an exit code other than 0; settings that are refused speak for it."""
    output = child.new_output()
    if BAD_SETTING in output:
        return DevstackError(output.rpartition(BAD_SETTING)[2].strip(), "Mend them in the environment and start again.")
    return DevstackError(f"{child.name} {describe_end(child.process.returncode or 0)}.", _log_hint(child))


def _log_hint(child: Child) -> str:
    tail = "\n".join(f"    {line}" for line in child.last_lines().splitlines())
    return f"The end of {child.command.log}:\n{tail}" if tail else f"Its log {child.command.log} is empty."

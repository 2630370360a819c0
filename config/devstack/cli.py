"""The command line: finds the command, turns problems into two lines on the screen and an exit code."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Sequence

from config.devstack.problems import DevstackError, StopRequested


def _servers(arguments: Sequence[str]) -> int:
    from config.devstack.foreground import run_servers

    return run_servers()


COMMANDS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "servers": (_servers, "only PostgreSQL and Valkey, in the foreground; prints the addresses"),
}


def main(argv: Sequence[str]) -> int:
    """Run one command; returns the exit code of the process."""
    name, arguments = (argv[0], argv[1:]) if argv else ("help", ())
    if name not in COMMANDS:
        return _usage(name)
    try:
        return COMMANDS[name][0](arguments)
    except DevstackError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return problem.exit_code
    except StopRequested as request:
        return 128 + request.signal_number
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(
            f"\nThe disk is full ({error.filename or 'while writing'}).\nFree some space and start again.",
            file=sys.stderr,
        )
        return 1


def _usage(name: str) -> int:
    print("Usage: python -m config.devstack COMMAND\n")
    for command, (_, summary) in COMMANDS.items():
        print(f"  {command:10} {summary}")
    return 0 if name in ("help", "-h", "--help") else 2

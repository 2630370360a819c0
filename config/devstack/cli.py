"""The command line: finds the command, turns problems into two lines on the screen and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence

from config.devstack.problems import DevstackError, StopRequested


def _up(_: Sequence[str]) -> int:
    from config.devstack.up import run_up

    return run_up()


def _test(arguments: Sequence[str]) -> int:
    from config.devstack.testrun import run_tests

    return run_tests(arguments)


def _bench(arguments: Sequence[str]) -> int:
    from config.devstack.testrun import run_bench

    return run_bench(arguments)


def _fuzz(arguments: Sequence[str]) -> int:
    from config.devstack.testrun import run_fuzz

    return run_fuzz(arguments)


def _lint(_: Sequence[str]) -> int:
    from config.devstack.testrun import run_lint

    return run_lint()


def _assets(_: Sequence[str]) -> int:
    from config.devstack.assets import make_assets
    from config.devstack.console import Console
    from config.devstack.setup import plain_run

    make_assets(Console(), plain_run, os.environ)
    return 0


def _messages(_: Sequence[str]) -> int:
    from config.devstack.messages import compile_messages

    print(f"{compile_messages()} compiled")
    return 0


def _stop(_: Sequence[str]) -> int:
    from config.devstack.control import run_stop

    return run_stop()


def _status(_: Sequence[str]) -> int:
    from config.devstack.control import run_status

    return run_status()


def _lock(_: Sequence[str]) -> int:
    from config.devstack.locks import run_lock

    return run_lock()


def _spark(_: Sequence[str]) -> int:
    from config.devstack.spark import run_spark

    return run_spark()


def _servers(_: Sequence[str]) -> int:
    from config.devstack.foreground import run_servers

    return run_servers()


COMMANDS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "up": (_up, "set everything up, start it, keep it running until Ctrl-C"),
    "stop": (_stop, "end what `up` has started"),
    "status": (_status, "what runs, where, with which pids"),
    "test": (_test, "set-up, checks of the code, then every test; with arguments: only pytest with these"),
    "lint": (_lint, "the checks of the code alone"),
    "bench": (_bench, "the benchmarks"),
    "fuzz": (_fuzz, "files of the corpus with accidents, until a reader breaks (five minutes)"),
    "assets": (_assets, "build the front-end assets if they are out of date"),
    "messages": (_messages, "compile the translations that are out of date"),
    "spark": (_spark, "a real Spark for the tests of clusters, into .tools/ (some 450 MB; takes Java)"),
    "lock": (_lock, "write the lock files anew (maintainers)"),
    "servers": (_servers, "only PostgreSQL and Valkey, in the foreground; prints the addresses"),
}


def main(argv: Sequence[str]) -> int:
    """Run one command; returns the exit code of the process."""
    name, arguments = (argv[0], argv[1:]) if argv else ("help", ())
    if name not in COMMANDS:
        return _usage(name)
    return report(lambda: COMMANDS[name][0](arguments))


def report(run: Callable[[], int]) -> int:
    """Call ``run``; problems become a few lines for a person and an exit code."""
    try:
        return run()
    except DevstackError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return problem.exit_code
    except StopRequested as request:
        return 128 + request.signal_number
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        where = error.filename or "while writing"
        print(f"\nThe disk is full ({where}).\nFree some space and start again.", file=sys.stderr)
        return 1


def _usage(name: str) -> int:
    print("Usage: python -m config.devstack COMMAND\n")
    for command, (_, summary) in COMMANDS.items():
        print(f"  {command:10} {summary}")
    return 0 if name in ("help", "-h", "--help") else 2

"""Child processes that never outlive us: own session, output to a log file, parent-death signal on Linux."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.devstack.paths import private_dir
from config.devstack.proctable import identity

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWUSER = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)
NOBODY = 65534
LINUX = sys.platform == "linux"
KEEPER = "LODESTAR_KEEPER"  # in a child's environment: the process that started it, see proctable.identity
started_pids: set[int] = set()  # children this process has started and not yet seen end


@dataclass(frozen=True)
class Command:
    """How to run one part of the house and how to end it."""

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str]
    cwd: Path
    stop_signal: int = signal.SIGTERM
    grace: float = 10.0  # seconds between the stop signal and SIGKILL
    orphan_signal: int = signal.SIGTERM  # what the child gets when we die without a word
    user: int | None = None  # run as this user id (only root may)
    prepare: Callable[[], None] | None = field(default=None, compare=False)  # runs in the child before exec


def _before_exec(command: Command) -> Callable[[], None]:
    parent, orphan_signal, prepare = os.getpid(), int(command.orphan_signal), command.prepare

    def run() -> None:
        if prepare:
            prepare()
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if LINUX:
            _libc.prctl(_PR_SET_PDEATHSIG, orphan_signal)
            if os.getppid() != parent:  # the parent died before prctl could take hold
                os._exit(1)

    return run


def somebody() -> int | None:
    """The id of a user that this system knows and that is not root: "nobody", else any other; None if there is none."""
    known = {entry.pw_uid for entry in pwd.getpwall()} - {0}
    return NOBODY if NOBODY in known else min(known, default=None)


def enter_user_namespace(user: int) -> None:
    """Become ``user`` of an own user namespace, for programs that refuse root or users without a name.

    Outside, files and signals go on to be those of the real user.
    """
    outside = (os.geteuid(), os.getegid())
    if _libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
    maps = (("uid_map", f"{user} {outside[0]} 1"), ("setgroups", "deny"), ("gid_map", f"{user} {outside[1]} 1"))
    for name, text in maps:
        with open(f"/proc/self/{name}", "w") as handle:
            handle.write(text)


def user_namespaces_work() -> bool:
    """Try :func:`enter_user_namespace` in a forked child; containers often forbid it."""
    if not LINUX:
        return False
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            enter_user_namespace(NOBODY)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def adopt_orphans() -> None:
    """Make this process the new parent of grandchildren whose parent died, so that they can be found and ended."""
    if LINUX:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Child:
    """A running command. Its output is appended to ``command.log``; ``new_output`` reads what this run wrote."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.name = command.name
        private_dir(command.log.parent)
        self.started = time.monotonic()
        with open(command.log, "ab") as log:
            self.log_start = os.fstat(log.fileno()).st_size
            self.process = subprocess.Popen(
                list(command.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**command.env, KEEPER: identity(os.getpid())},
                cwd=command.cwd,
                start_new_session=True,
                user=command.user,
                group=command.user,
                extra_groups=None if command.user is None else [],
                preexec_fn=_before_exec(command),  # calls prctl and little else
            )
        self.pid = self.process.pid
        started_pids.add(self.pid)

    @property
    def returncode(self) -> int | None:
        code = self.process.poll()
        if code is not None:
            started_pids.discard(self.pid)
        return code

    @property
    def alive(self) -> bool:
        return self.returncode is None

    def new_output(self, limit: int = 200_000) -> str:
        """The last ``limit`` bytes of what this run has written so far."""
        try:
            with open(self.command.log, "rb") as log:
                size = os.fstat(log.fileno()).st_size
                log.seek(max(self.log_start if self.log_start <= size else 0, size - limit))
                return log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def last_lines(self, count: int = 8) -> str:
        """The end of the output, for messages."""
        lines = [line for line in self.new_output(20_000).splitlines() if line.strip()]
        return "\n".join(lines[-count:])

    def send(self, signal_number: int) -> None:
        if self.alive:
            self.process.send_signal(signal_number)

    def kill_group(self) -> None:
        """SIGKILL for the child and whatever is left of its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.alive:
            self.process.kill()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; False if it still runs after ``seconds``."""
        try:
            self.process.wait(max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """End it: its own stop signal, its grace, then SIGKILL for the whole group."""
        self.send(self.command.stop_signal)
        self.wait(self.command.grace)
        self.kill_group()
        self.process.wait()


def describe_end(returncode: int) -> str:
    """``killed (signal 9, SIGKILL)`` or ``ended with exit code 3``."""
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = "unknown"
    return f"was killed (signal {-returncode}, {name})"

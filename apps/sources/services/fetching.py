"""Ask a child that has the network: started for one question, told its secret on stdin, watched, killed when late."""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.kernel.issue import N_

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[3]
_CHILD = [sys.executable, "-P", "-m", "apps.sources.fetch.child"]
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "TZDIR", "PYTHONHOME", "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR")
_BEAT_SECONDS = 1.0
_MEMORY = 1 << 30

TOO_LONG = N_("Reading took longer than the %(seconds)s seconds it may take. Read less at a time.")
DIED = N_("The process that reads was stopped (code %(code)s).")


class Troubled(Exception):
    """Why nothing was read: a message id with its values; `retry` if it may pass."""

    def __init__(self, message: str, params: Mapping[str, object] | None = None, *, retry: bool = False) -> None:
        super().__init__(message)
        self.message, self.params, self.retry = message, dict(params or {}), retry


def fetch(
    question: Mapping[str, object],
    *,
    folder: Path,
    on_progress: Callable[[int, int, str], None],
    heartbeat: Callable[[], None],
) -> dict[str, Any]:
    """Have a child answer; what it brings lies in `folder`. Raises `Troubled`; whatever the callbacks raise ends it."""
    whole = {**question, "memory": _MEMORY, "cpu_seconds": 2 * settings.SOURCE_SECONDS, "parent": os.getpid()}
    with _child(folder) as child:
        with suppress(BrokenPipeError):
            child.stdin.write(json.dumps(whole).encode())
            child.stdin.close()
        said = _listen(child, time.monotonic() + settings.SOURCE_SECONDS, on_progress, heartbeat)
    if said is None:
        log.error("the child that reads sources ended with %s and no answer", child.returncode)
        raise Troubled(DIED, {"code": child.returncode}, retry=True)
    if "trouble" in said:
        trouble = said["trouble"]
        raise Troubled(trouble["message"], trouble["params"], retry=trouble["retry"])
    return said["answer"]


@contextmanager
def _child(folder: Path) -> Iterator[subprocess.Popen]:
    """A child with nothing of our environment, gone when the block ends. What it writes to stderr is nobody's."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {
        "PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(folder),
        "TMPDIR": str(folder), "TZ": "UTC", "AWS_EC2_METADATA_DISABLED": "true", "MALLOC_ARENA_MAX": "2",
    }  # fmt: skip
    child = subprocess.Popen(
        _CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
        cwd=folder, process_group=0,
    )  # fmt: skip
    try:
        yield child
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=5)
    finally:
        child.stdout.close()
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _listen(
    child: subprocess.Popen,
    deadline: float,
    on_progress: Callable[[int, int, str], None],
    heartbeat: Callable[[], None],
) -> dict[str, Any] | None:
    """Its last word, or None if it ended without one."""
    pending, answer = b"", None
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            heartbeat()
            if time.monotonic() >= deadline:
                raise Troubled(TOO_LONG, {"seconds": settings.SOURCE_SECONDS}, retry=True)
            if not selector.select(_BEAT_SECONDS):
                continue
            chunk = os.read(child.stdout.fileno(), 1 << 16)
            if not chunk:
                return answer
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                said = json.loads(line)
                if "progress" in said:
                    on_progress(*said["progress"])
                else:
                    answer = said

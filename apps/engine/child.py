"""The child process: bind itself, do the one request on stdin, answer in JSON lines, end.

Forked by `apps.engine.nursery`, or started by `apps.engine.process`. Progress lines are {"progress": [done, total,
what]}; the last line is either {"result": ..., "usage": ...} or {"failure": ..., "usage": ...}. Nothing of a user's is
touched before the limits hold.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from apps.engine import requests
from apps.engine.cluster import EMBEDDED, Cluster
from apps.engine.codec import Message
from apps.engine.dialects import speaking
from apps.engine.failure import EngineFailure, out_of_memory
from apps.engine.garbage import seldom
from apps.engine.limits import Limits, bind
from apps.kernel.issue import N_

_SAY_SECONDS = 0.1
WORKERS: dict[str, tuple[str, type[Message]]] = {
    "Inspect": ("apps.engine.inspect", requests.Inspect),
    "Cells": ("apps.engine.cell_page", requests.Cells),
    "Load": ("apps.engine.load", requests.Load),
    "Measure": ("apps.engine.measure", requests.Measure),
    "Rows": ("apps.engine.rows", requests.Rows),
    "TableRows": ("apps.engine.table", requests.TableRows),
    "Rejects": ("apps.engine.rejects", requests.Rejects),
    "ExportRejects": ("apps.engine.export", requests.ExportRejects),
    "ReturnRejects": ("apps.engine.return_rejects", requests.ReturnRejects),
    "Compare": ("apps.engine.compare", requests.Compare),
    "Differences": ("apps.engine.differences", requests.Differences),
    "ExportDifferences": ("apps.engine.export_differences", requests.ExportDifferences),
    "Profile": ("apps.engine.profile", requests.Profile),
    "Purge": ("apps.engine.purge", requests.Purge),
    "Exercise": ("apps.engine.exercise", requests.Exercise),
}


@dataclass(frozen=True)
class Desk:
    """What a worker module gets beside its request: limits, a directory of its own, where to report progress, and where
    plans are computed."""

    limits: Limits
    work_dir: str
    progress: Callable[[int, int, str], None]
    cluster: Cluster = EMBEDDED


def main(parent: int = 0) -> None:
    """Do what stdin asks. `parent` is the process to die with, if that is not the one that asks."""
    voice = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing a library prints can get between our lines
    question = json.load(sys.stdin)
    limits = Limits.from_json(question["limits"])
    bind(limits, parent or question["parent"])
    seldom()
    os.environ.clear()
    os.environ.update(question["environment"])
    tempfile.tempdir = None  # as the environment says from now on
    try:
        answer = {"result": _work(question, limits, voice).to_json(), "usage": _usage()}
    except Exception as error:
        traceback.print_exc()
        answer = {"failure": _failure_line(_understood(error)), "usage": _usage()}
    _say(voice, answer)


def _work(question: dict[str, Any], limits: Limits, voice: IO[str]) -> Message:
    module, kind = WORKERS[question["kind"]]
    cluster = Cluster.from_json(question["cluster"])
    desk = Desk(limits, question["work_dir"], _Progress(voice), cluster)
    with speaking(cluster.dialect):
        result: Message = importlib.import_module(module).work(kind.from_json(question["request"]), desk)
    return result


class _Progress:
    """How far it is: each new thing that is done at once, its steps now and then, for they may take a millisecond."""

    def __init__(self, voice: IO[str]) -> None:
        self._voice, self._said, self._what = voice, 0.0, ""

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if what != self._what or done >= total or now - self._said >= _SAY_SECONDS:
            self._said, self._what = now, what
            _say(self._voice, {"progress": (done, total, what)})


def _say(voice: IO[str], line: dict[str, Any]) -> None:
    voice.write(json.dumps(line, separators=(",", ":")) + "\n")
    voice.flush()


def _usage() -> dict[str, float]:
    """CPU seconds and peak resident MiB, for the log."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_s": round(own.ru_utime + own.ru_stime, 2), "peak_mib": _peak_kib(own.ru_maxrss) // 1024}


def _peak_kib(most: int) -> int:
    """The most memory this program took. What getrusage says counts the parent's, from between fork and exec, too."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return most


def _failure_line(failure: EngineFailure) -> dict[str, Any]:
    issues = [
        {"where": issue.where, "message": issue.message, "params": _plain(issue.params), "blocking": issue.blocking}
        for issue in failure.issues
    ]
    return {
        "message": failure.message,
        "params": _plain(failure.params),
        "retry": failure.retry,
        "issues": issues,
    }


def _plain(params: Any) -> dict[str, Any]:
    return {name: value if isinstance(value, int) else str(value) for name, value in params.items()}


def _understood(error: Exception) -> EngineFailure:
    """Any exception as something a person can read; what DuckDB says never reaches them."""
    if isinstance(error, EngineFailure):
        return error
    kind = type(error).__name__
    no_thread = isinstance(error, RuntimeError) and "start new thread" in str(error)  # its stack found no room
    if isinstance(error, MemoryError) or kind == "OutOfMemoryException" or no_thread:
        return _out_of_memory(str(error))
    if isinstance(error, OSError) or kind == "IOException":
        return _storage_failure(error)
    if kind == "OutOfRangeException":
        return EngineFailure(N_("A sum has more than 38 digits. Leave out the values that are far too large."))
    message = N_("The engine could not finish this because of an error of its own (%(kind)s).")
    return EngineFailure(message, {"kind": kind}, retry=True)


def _out_of_memory(text: str) -> EngineFailure:
    if "No space left" in text or "max_temp_directory_size" in text:
        return EngineFailure(N_("There is no disk space left for this."), retry=True)
    return out_of_memory()


def _storage_failure(error: Exception) -> EngineFailure:
    code = getattr(error, "errno", None)
    text = str(error)
    if code == errno.ENOMEM or "allocate memory" in text:
        return out_of_memory()
    if code == errno.ENOSPC or "No space left" in text:
        return EngineFailure(N_("There is no disk space left for this."), retry=True)
    if code == errno.EFBIG or "File too large" in text:
        return EngineFailure(N_("This would write a file larger than it is allowed."))
    if code == errno.ENOENT or "No such file" in text or "No files found" in text:
        return EngineFailure(N_("A file that this needs is not there any more."), retry=True)
    return EngineFailure(N_("The engine could not read or write a file (%(kind)s)."), {"kind": code or "?"}, retry=True)


if __name__ == "__main__":
    main()

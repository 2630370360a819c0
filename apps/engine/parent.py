"""The caller's side: start a child, watch over it, and never outstay its limits."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, overload

from apps.engine import requests
from apps.engine.cluster import EMBEDDED, Cluster
from apps.engine.failure import EngineFailure, out_of_memory
from apps.engine.garbage import unsought
from apps.engine.limits import Limits
from apps.engine.process import Process, environment, ways
from apps.kernel.issue import N_, Issue

logger = logging.getLogger(__name__)

OnProgress = Callable[[int, int, str], None]
Heartbeat = Callable[[], None]

_BEAT_SECONDS = 1.0
_DEFAULT_LIMITS = Limits()
_NO_MEMORY = ("memory allocation of", "MemoryError", "bad_alloc", "cannot allocate memory")
_ASKED_FOR = re.compile(r"memory allocation of (\d+) bytes failed")
_MOST_FOR_A_BYTE = 1000
_READERS = (requests.Inspect, requests.Load, requests.Cells)
_WRITERS = (requests.ExportRejects, requests.ReturnRejects, requests.Compare, requests.ExportDifferences)
_ON_CLUSTER = (requests.Measure, requests.Rows)  # who reads a foreign file never sees the cluster's token


@overload
def run(
    request: requests.Inspect,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.FileShape: ...
@overload
def run(
    request: requests.Cells,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.CellPage: ...
@overload
def run(
    request: requests.Load,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.Loaded: ...
@overload
def run(
    request: requests.Measure,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.Measured: ...
@overload
def run(
    request: requests.Rows,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.RowPage: ...
@overload
def run(
    request: requests.TableRows,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.RowPage: ...
@overload
def run(
    request: requests.Rejects,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.RejectPage: ...
@overload
def run(
    request: requests.ExportRejects,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.Exported: ...
@overload
def run(
    request: requests.ReturnRejects,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.Exported: ...
@overload
def run(
    request: requests.Compare,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.Compared: ...
@overload
def run(
    request: requests.Differences,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.DifferencePage: ...
@overload
def run(
    request: requests.ExportDifferences,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.Exported: ...
@overload
def run(
    request: requests.Profile,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.Profiled: ...
@overload
def run(
    request: requests.Purge,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.Purged: ...
@overload
def run(
    request: requests.Exercise,
    *,
    limits: Limits = ...,
    cluster: Cluster = ...,
    on_progress: OnProgress | None = ...,
    heartbeat: Heartbeat | None = ...,
) -> requests.Exercised: ...
def run(
    request: requests.Request,
    *,
    limits: Limits = _DEFAULT_LIMITS,
    cluster: Cluster = EMBEDDED,
    on_progress: OnProgress | None = None,
    heartbeat: Heartbeat | None = None,
) -> requests.Result:
    """Carry out `request` in a child process and wait for its answer.

    Plans are computed on `cluster`, everything else by the child itself.

    `on_progress(done, total, what)` hears how far it is, `heartbeat()` is called about each second; whatever either
    raises kills the child and propagates. Raises EngineFailure when there is no answer.
    """
    started = time.monotonic()
    token = secrets.token_hex(4)
    with _work_dir(request, limits, token) as work_dir:
        try:
            answer = _converse(request, limits, cluster, work_dir, on_progress, heartbeat)
        except BaseException:
            _discard_output(request, token)
            raise
    name = type(request).__name__
    logger.info("engine %s took %.1f s, %s", name, time.monotonic() - started, answer.get("usage"))
    with unsought():
        result = requests.RESULT_OF[type(request)].from_json(answer["result"])
    return result  # type: ignore[return-value]


@contextmanager
def _work_dir(request: requests.Request, limits: Limits, token: str) -> Iterator[str]:
    """A directory of the child's own; on the file system of its output where rows are written: a rename publishes."""
    if isinstance(request, requests.Load | requests.Purge):
        path = Path(request.out_dir).resolve() / f".work-{token}"
    else:
        path = Path(limits.scratch or tempfile.gettempdir()).resolve() / f"lodestar-engine-{token}"
    try:
        path.mkdir(mode=0o700)
    except OSError as error:
        message = N_("The engine cannot write to its directory (%(reason)s).")
        raise EngineFailure(message, {"reason": error.strerror or "?"}, retry=True) from error
    try:
        yield str(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _discard_output(request: requests.Request, token: str) -> None:
    """Remove what was written outside the child's own directory by the time it failed."""
    if isinstance(request, requests.Load | requests.Purge):
        written = list(Path(request.out_dir).glob(f"*-{token}.parquet*"))
    elif isinstance(request, _WRITERS):
        written = [Path(f"{request.out_path}.lodestar-engine-{token}")]
    else:
        written = []
    for path in written:
        path.unlink(missing_ok=True)


def _converse(
    request: requests.Request,
    limits: Limits,
    cluster: Cluster,
    work_dir: str,
    on_progress: OnProgress | None,
    heartbeat: Heartbeat | None,
) -> dict[str, Any]:
    kind = type(request).__name__
    question = {
        "kind": kind,
        "request": request.to_json(),
        "limits": limits.to_json(),
        "cluster": (cluster if isinstance(request, _ON_CLUSTER) else EMBEDDED).to_json(),
        "work_dir": work_dir,
        "environment": environment(work_dir),
        "parent": os.getpid(),
    }
    with open(os.path.join(work_dir, "question.json"), "w+b") as stdin, tempfile.TemporaryFile() as stderr:
        stdin.write(json.dumps(question).encode())
        stdin.flush()
        deadline = time.monotonic() + limits.wall_seconds
        for child in ways(kind, stdin, stderr, work_dir):
            try:
                answer = _listen(child, deadline, limits, on_progress, heartbeat)
                child.see_out()
            finally:
                child.end()
            if child.began():
                break
        if answer is None:
            raise _died(child.returncode, _tail(stderr), request)
    if "failure" in answer:
        logger.info("engine %s failed, %s", kind, answer.get("usage"))
        raise _failure(answer["failure"])
    return answer


def _listen(
    child: Process,
    deadline: float,
    limits: Limits,
    on_progress: OnProgress | None,
    heartbeat: Heartbeat | None,
) -> dict[str, Any] | None:
    """Read the child's lines until it ends; its answer, or None when it ended without one."""
    pending: list[bytes] = []
    answer: dict[str, Any] | None = None
    next_beat = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            now = time.monotonic()
            if now >= deadline:
                message = N_("This took longer than the %(seconds)s seconds it is allowed and was stopped.")
                raise EngineFailure(message, {"seconds": limits.wall_seconds}, retry=True)
            if now >= next_beat:
                if heartbeat is not None:
                    heartbeat()
                next_beat = now + _BEAT_SECONDS
            if not selector.select(max(0.0, min(next_beat, deadline) - time.monotonic())):
                continue
            chunk = os.read(child.stdout, 1 << 16)
            if not chunk:
                return answer
            *lines, rest = chunk.split(b"\n")
            for line in lines:
                answer = _take(b"".join([*pending, line]), on_progress) or answer
                pending = []
            pending.append(rest)


def _take(line: bytes, on_progress: OnProgress | None) -> dict[str, Any] | None:
    """Pass progress on; return anything else."""
    with unsought():
        said: dict[str, Any] = json.loads(line)
    if "progress" not in said:
        return said
    if on_progress is not None:
        done, total, what = said["progress"]
        on_progress(done, total, what)
    return None


def _tail(stderr: IO[bytes]) -> str:
    size = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, size - 4000))
    return stderr.read().decode(errors="replace")


def _died(returncode: int, stderr: str, request: requests.Request) -> EngineFailure:
    logger.error("engine child ended with %s and no answer: %s", returncode, stderr)
    if returncode == -signal.SIGXCPU:
        return EngineFailure(N_("This used more computing time than it is allowed and was stopped."), retry=True)
    if _lies(stderr, request):
        message = N_(
            "The file asks for far more memory than a table of its size can need: it is damaged, or not what it says. "
            "Save it again and upload that."
        )
        return EngineFailure(message)
    if any(words in stderr for words in _NO_MEMORY):
        return out_of_memory()
    message = N_("The engine's process ended before it had an answer (code %(code)s).")
    return EngineFailure(message, {"code": returncode}, retry=True)


def _lies(stderr: str, request: requests.Request) -> bool:
    """Whether a reader asked at once for room that no file of this size can fill."""
    wanted = _ASKED_FOR.search(stderr)
    if wanted is None or not isinstance(request, _READERS):
        return False
    try:
        return int(wanted[1]) > _MOST_FOR_A_BYTE * os.path.getsize(request.path)
    except OSError:
        return False


def _failure(said: dict[str, Any]) -> EngineFailure:
    issues = [Issue(**issue) for issue in said["issues"]]
    return EngineFailure(said["message"], said["params"], retry=said["retry"], issues=issues)

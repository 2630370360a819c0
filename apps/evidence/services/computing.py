"""Run the forecasting process: tasks in, answers out, one line each."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from apps.evidence.domain.forecasting import Task
from apps.kernel.issue import N_
from apps.work.services import WorkFailed

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent.parent.parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
STOPPED = N_("The forecast was stopped before it was finished.")


def answers(tasks: Sequence[Task]) -> Iterator[dict[str, Any] | None]:
    """The answer to each task in its order; None for one that could not be reckoned (the log says why).

    Raises WorkFailed if the process ends before the last; it is ended with whoever stops asking.
    """
    if not tasks:
        return
    with tempfile.TemporaryFile("w+") as asked, tempfile.TemporaryFile("w+") as said:
        for task in tasks:
            asked.write(_written(task) + "\n")
        asked.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", "apps.evidence.domain.child"],
            stdin=asked, stdout=subprocess.PIPE, stderr=said, text=True, cwd=ROOT, env=_environment(),
        )  # fmt: skip
        try:
            for _task in tasks:
                line = child.stdout.readline() if child.stdout else ""
                if not line:
                    said.seek(0)
                    log.error("The forecasting process ended early (%s): %s", child.wait(), said.read()[-2000:])
                    raise WorkFailed(STOPPED, retry=True)
                yield _read(line)
        finally:
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()


def _written(task: Task) -> str:
    return json.dumps(
        {"values": task.values, "season": task.season, "horizon": task.horizon, "low": task.low, "high": task.high}
    )


def _read(line: str) -> dict[str, Any] | None:
    told = json.loads(line)
    if "failed" in told:
        log.error("A series could not be forecast: %s", told["failed"])
        return None
    return told


def _environment() -> dict[str, str]:
    """What Python needs to start, and nothing that is secret."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "PYTHONHOME")
    return {name: os.environ[name] for name in kept if name in os.environ} | ONE_THREAD

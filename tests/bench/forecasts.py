"""Forecasts of 300 series of four years of months: what a company with a large tree costs when a month has closed."""

import json
import math
import os
import random
import resource
import subprocess
import sys
import time

from tests.bench.report import Figure

SERIES, MONTHS = 300, 48


def run() -> list[Figure]:
    """Seconds from the first task to the last answer, those of the processor, and the memory of the process."""
    dice = random.Random(1)
    asked = "".join(json.dumps(_task(dice)) + "\n" for _ in range(SERIES))
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    child = [sys.executable, "-m", "apps.evidence.domain.child"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(child, input=asked, capture_output=True, text=True, env=alone, check=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.count('"ahead"') == SERIES
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [
        Figure(f"{SERIES} series of {MONTHS} months, 12 ahead", f"{seconds:.1f} s"),
        Figure("of the processor", f"{cpu:.1f} s"),
        Figure("memory of the process", f"{after.ru_maxrss / 1024:.0f} MB"),
    ]


def _task(dice: random.Random) -> dict[str, object]:
    """Growth, a season and noise."""
    values = [1000 + 5 * at + 80 * math.cos(at / 6 * math.pi) + dice.gauss(0, 20) for at in range(MONTHS)]
    return {"values": values, "season": 12, "horizon": 12, "low": 0.0, "high": None}

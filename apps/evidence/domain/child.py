"""The process that forecasts: one task in each line of stdin, one answer in each line of stdout, in the same order.

Started by `apps.evidence.services.computing`, so that the library's memory is given back, and a series it does not get
over cannot take a worker with it.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from typing import Any

from apps.evidence.domain.forecasting import Result, Task, forecast, rounded

CPU_SECONDS = 900
MEMORY = 2 << 30


def main() -> None:
    """Answer until stdin ends."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_tried(line)) + "\n")
        sys.stdout.flush()


def _tried(line: str) -> dict[str, Any]:
    try:
        return answer(json.loads(line))
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"[:500]}


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """A task as JSON to a result as JSON; figures as text, with the digits that count."""
    task = Task(tuple(asked["values"]), asked["season"], asked["horizon"], asked["low"], asked["high"])
    return _written(forecast(task))


def _written(result: Result) -> dict[str, Any]:
    told = asdict(result)
    for name in ("ahead", "tried"):
        for row in told[name]:
            row |= {key: str(rounded(value)) for key, value in row.items() if isinstance(value, float)}
    return told


if __name__ == "__main__":
    main()

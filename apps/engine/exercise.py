"""Meet the limits on purpose; only tests may ask for it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from apps.engine.failure import EngineFailure
from apps.engine.requests import Exercise, Exercised
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from apps.engine.child import Desk

_CHUNK = 1 << 20


def work(request: Exercise, desk: Desk) -> Exercised:
    """Take memory, write a file, burn or sleep away the time asked for."""
    if os.environ.get("LODESTAR_ENGINE_SELF_TEST") != "1":
        raise EngineFailure(N_("Exercises of the engine are refused outside tests."))
    taken = [bytearray(_CHUNK) for _ in range(request.memory // _CHUNK)]
    desk.progress(len(taken), len(taken), N_("Holding memory"))
    if request.write_bytes:
        with open(os.path.join(desk.work_dir, "exercise"), "wb") as file:
            for _ in range(request.write_bytes // _CHUNK):
                file.write(bytes(_CHUNK))
    started = time.process_time()
    while time.process_time() < started + request.burn_seconds:
        pass
    time.sleep(request.sleep_seconds)
    return Exercised(len(taken) * _CHUNK)

"""The child: its limits are real, it reports, and it never outlives anybody."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apps.engine import EngineFailure, Limits, process, run
from apps.engine.limits import GIB, MIB
from apps.engine.requests import Exercise
from tests.processes import below, engine_children, running

ROOT = Path(__file__).parents[3]


def children() -> list[int]:
    """Ids of the running engine children of this process."""
    return engine_children(os.getpid())


@pytest.fixture(params=["forked", "spawned"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every limit holds for a child of the nursery and for one that starts Python itself."""
    monkeypatch.setattr(process, "FORKS", request.param == "forked")
    return request.param


@pytest.mark.usefixtures("self_test", "way")
class TestLimits:
    def test_a_request_within_its_limits_is_answered(self) -> None:
        heard: list[tuple[int, int, str]] = []
        answer = run(Exercise(memory=5 * MIB), on_progress=lambda *news: heard.append(news))
        assert answer.memory == 5 * MIB
        assert heard == [(5, 5, "Holding memory")]
        assert children() == []

    def test_memory_ends_at_the_limit(self) -> None:
        with pytest.raises(EngineFailure, match="more memory than it is allowed") as failure:
            run(Exercise(memory=4 * GIB), limits=Limits(memory=256 * MIB))
        assert failure.value.retry

    def test_wall_time_kills(self) -> None:
        started = time.monotonic()
        with pytest.raises(EngineFailure, match="longer than the 1 seconds") as failure:
            run(Exercise(sleep_seconds=60), limits=Limits(wall_seconds=1))
        assert failure.value.retry
        assert time.monotonic() - started < 5
        assert children() == []

    def test_cpu_time_kills(self) -> None:
        with pytest.raises(EngineFailure, match="more computing time") as failure:
            run(Exercise(burn_seconds=60), limits=Limits(cpu_seconds=1, wall_seconds=30))
        assert failure.value.retry

    def test_a_file_cannot_outgrow_the_limit(self) -> None:
        with pytest.raises(EngineFailure, match="file larger than it is allowed") as failure:
            run(Exercise(write_bytes=20 * MIB), limits=Limits(file_bytes=10 * MIB))
        assert not failure.value.retry

    def test_the_heartbeat_comes_each_second_and_ends_the_child(self) -> None:
        beats: list[float] = []

        def heartbeat() -> None:
            beats.append(time.monotonic())
            if len(beats) == 3:
                raise TimeoutError("the lease is lost")

        with pytest.raises(TimeoutError, match="lease"):
            run(Exercise(sleep_seconds=60), heartbeat=heartbeat)
        assert 1.5 < beats[-1] - beats[0] < 4
        assert children() == []

    def test_a_progress_listener_that_raises_ends_the_child(self) -> None:
        def listen(done: int, total: int, what: str) -> None:
            raise RuntimeError(f"{done} {total} {what}")

        with pytest.raises(RuntimeError, match="Holding memory"):
            run(Exercise(sleep_seconds=60), on_progress=listen)
        assert children() == []

    def test_a_killed_child_is_worth_another_try(self) -> None:
        def kill() -> None:
            if running := children():
                os.kill(running[0], signal.SIGKILL)

        with pytest.raises(EngineFailure, match="before it had an answer") as failure:
            run(Exercise(sleep_seconds=60), heartbeat=kill)
        assert failure.value.retry

    def test_nothing_is_left_in_the_scratch_directory(self, tmp_path: Path) -> None:
        with pytest.raises(EngineFailure):
            run(Exercise(write_bytes=20 * MIB), limits=Limits(file_bytes=10 * MIB, scratch=str(tmp_path)))
        run(Exercise(write_bytes=MIB), limits=Limits(scratch=str(tmp_path)))
        assert list(tmp_path.iterdir()) == []

    def test_the_child_dies_with_its_parent(self, tmp_path: Path, way: str) -> None:
        script = (
            "from apps.engine import process, run; from apps.engine.requests import Exercise\n"
            f"process.FORKS = {way == 'forked'}\n"
            "run(Exercise(sleep_seconds=60), on_progress=lambda *_: print('up', flush=True))"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        (child,) = engine_children(parent.pid)
        others = below(parent.pid)
        parent.kill()
        parent.wait()
        parent.stdout.close()
        assert all(gone(pid) for pid in {child, *others})

    def test_a_child_whose_parent_is_already_gone_does_nothing(self) -> None:
        script = "import sys; from apps.engine.limits import die_with; die_with(1); print('alive')"
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")


def gone(pid: int) -> bool:
    """Whether a process ends before long."""
    until = time.monotonic() + 10
    while running(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not running(pid)


def test_exercises_are_refused_outside_tests() -> None:
    with pytest.raises(EngineFailure, match="refused outside tests") as failure:
        run(Exercise())
    assert not failure.value.retry


def test_the_parent_loads_no_engine() -> None:
    script = (
        "import sys, apps.engine; heavy = {'duckdb', 'ibis', 'sqlglot', 'python_calamine', 'pandas', 'django'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


def test_a_directory_that_cannot_be_written_is_said() -> None:
    with pytest.raises(EngineFailure, match="cannot write to its directory") as failure:
        run(Exercise(), limits=Limits(scratch="/nowhere/at/all"))
    assert failure.value.retry

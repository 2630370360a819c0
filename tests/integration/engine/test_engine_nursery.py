"""The process that children are forked from: whose it is, what it holds, and that nothing outlives anybody."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.engine import EngineFailure, Inspect, Limits, Measure, MeasurePlan, nursery, process, run
from apps.engine.limits import MIB
from apps.engine.plan import Aggregation, How
from apps.engine.requests import Exercise
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_ask import load_rows
from tests.processes import below, engine_children, nurseries, running, zombies

ROOT = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.skipif(not process.FORKS, reason="there is no nursery on this system"),
    pytest.mark.usefixtures("self_test"),
]


@pytest.fixture
def own() -> int:
    """The nursery of this process."""
    run(Exercise())
    (pid,) = nurseries(os.getpid())
    return pid


def waited_for(condition: Callable[[], object]) -> bool:
    """Whether it comes true before long."""
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(condition())


@pytest.fixture
def sleeper() -> Iterator[Callable[[], int]]:
    """Start a child that sleeps, in a thread; its pid. What became of its request is in `outcome`."""
    threads: list[threading.Thread] = []

    def start() -> int:
        before = set(engine_children(os.getpid()))

        def ask() -> None:
            with pytest.raises(EngineFailure, match="before it had an answer") as failure:
                run(Exercise(sleep_seconds=60))
            assert failure.value.retry

        threads.append(threading.Thread(target=ask))
        threads[-1].start()
        assert waited_for(lambda: set(engine_children(os.getpid())) - before)
        (pid,) = set(engine_children(os.getpid())) - before
        return pid

    yield start
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_every_request_is_forked_from_the_same_process(own: int) -> None:
    seen: list[int] = []
    run(Exercise(sleep_seconds=1), heartbeat=lambda: seen.extend(engine_children(os.getpid())))
    assert seen
    assert nurseries(os.getpid()) == [own]
    assert below(own) == zombies(own) == zombies(os.getpid()) == []


def test_what_a_kind_needs_is_loaded_once_and_no_thread_with_it(own: int, tmp_path: Path) -> None:
    files = load_rows(tmp_path, [("day", "date", "time"), ("amount", "decimal", "measure")], [("2025-01-03", "7")])
    plan = MeasurePlan("sum", Grain.MONTH, 1, Aggregation(How.SUM, "amount"))
    for _ in range(2):
        assert [row.numerator for row in run(Measure(files, Calendar("UTC"), (plan,))).rows] == [7]
    assert "duckdb" in Path(f"/proc/{own}/maps").read_text()
    assert len(os.listdir(f"/proc/{own}/task")) == 1


def test_it_holds_nothing_of_ours(own: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    assert "DATABASE_URL" not in process.environment(str(tmp_path))
    environment = Path(f"/proc/{own}/environ").read_bytes()
    assert b"DATABASE_URL" not in environment
    assert b"DJANGO" not in environment
    targets = [os.readlink(f"/proc/{own}/fd/{fd}") for fd in os.listdir(f"/proc/{own}/fd") if int(fd) > 2]
    assert sorted(target.split(":")[0] for target in targets) == ["anon_inode", "socket"]


def test_a_child_holds_its_streams_and_its_limits_and_nothing_else(own: int, sleeper) -> None:
    pid = sleeper()
    assert waited_for(lambda: Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "500")
    targets = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    assert sorted({"file" if target.startswith("/") else target.split(":")[0] for target in targets}) == [
        "file",
        "pipe",
    ]
    assert os.getpgid(pid) == pid != os.getpgid(own)
    limits = Limits()
    assert resource.prlimit(pid, resource.RLIMIT_AS)[0] == limits.address_space()
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    assert resource.prlimit(pid, resource.RLIMIT_NOFILE)[0] == limits.open_files
    assert resource.prlimit(own, resource.RLIMIT_AS) == resource.getrlimit(resource.RLIMIT_AS)
    os.kill(pid, signal.SIGKILL)


def test_hundreds_of_requests_leak_nothing(own: int) -> None:
    def held() -> list[int]:
        return [len(os.listdir(f"/proc/{pid}/fd")) for pid in (os.getpid(), own)]

    before = held()
    for _ in range(100):
        run(Exercise(memory=MIB))
    for _ in range(3):
        with pytest.raises(ValueError, match="enough"):
            run(Exercise(memory=MIB, sleep_seconds=60), on_progress=_refuse)
    assert held() == before
    assert zombies(own) == below(own) == []


def _refuse(*_: object) -> None:
    raise ValueError("enough")


def test_one_that_was_killed_takes_its_children_along_and_is_started_anew(own: int, sleeper) -> None:
    child = sleeper()
    os.kill(own, signal.SIGKILL)
    assert waited_for(lambda: not running(child))
    assert run(Exercise(memory=MIB)).memory == MIB
    (other,) = nurseries(os.getpid())
    assert other != own
    assert zombies(os.getpid()) == []


def test_what_was_asked_of_one_that_ends_before_it_forks_is_asked_of_the_next(own: int) -> None:
    answers: list[int] = []
    os.kill(own, signal.SIGSTOP)
    thread = threading.Thread(target=lambda: answers.append(run(Exercise(memory=MIB)).memory))
    thread.start()
    time.sleep(0.3)
    os.kill(own, signal.SIGKILL)
    thread.join(20)
    assert answers == [MIB]
    assert own not in nurseries(os.getpid())


def test_where_none_can_be_had_children_start_by_themselves(own: int, monkeypatch: pytest.MonkeyPatch) -> None:
    os.kill(own, signal.SIGKILL)
    monkeypatch.setattr(process, "_NURSERY", [sys.executable, "-c", "raise SystemExit(3)"])
    warned: list[str] = []
    monkeypatch.setattr(process.logger, "warning", warned.append)
    assert run(Exercise(memory=MIB)).memory == MIB
    assert warned == ["no child of the engine could be forked: it is started by itself"]


def test_who_is_forked_from_us_has_a_nursery_of_its_own() -> None:
    """Celery's pool is forked: what its processes ask must not end with the process that they came from."""
    script = (
        "import os; from apps.engine import run; from apps.engine.requests import Exercise\n"
        "from tests.processes import nurseries\n"
        "run(Exercise()); own = nurseries(os.getpid())\n"
        "pid = os.fork()\n"
        "run(Exercise()); mine = nurseries(os.getpid())\n"
        "print(len(mine), mine == own, flush=True)\n"
        "os.waitpid(pid, 0) if pid else os._exit(0)\n"
        "run(Exercise()); print('and', nurseries(os.getpid()) == own)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.splitlines()) == ["1 False", "1 True", "and True"]
    assert done.stderr == ""


def test_a_fork_of_ours_does_not_keep_it_alive(tmp_path: Path) -> None:
    script = (
        "import os, time; from apps.engine import run; from apps.engine.requests import Exercise\n"
        "run(Exercise())\n"
        "if os.fork() == 0: time.sleep(60)\n"
        "print('up', flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"up\n"
    (its,) = nurseries(parent.pid)
    (fork,) = set(below(parent.pid)) - {its}
    try:
        parent.kill()
        parent.wait()
        assert waited_for(lambda: not running(its))
        assert running(fork)
    finally:
        os.kill(fork, signal.SIGKILL)
        parent.stdout.close()


def test_it_leaves_with_a_process_that_ends_in_order() -> None:
    script = (
        "import os; from apps.engine import run; from apps.engine.requests import Exercise\n"
        "run(Exercise()); from tests.processes import nurseries; print(*nurseries(os.getpid()))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert not running(int(done.stdout))


def test_one_without_work_leaves_by_and_by(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "from apps.engine import nursery; nursery._IDLE_SECONDS = 0.2; nursery.main()"
    ours, theirs = process.socket.socketpair(process.socket.AF_UNIX, process.socket.SOCK_SEQPACKET)
    with ours, theirs:
        fd = theirs.fileno()
        idle = subprocess.Popen([sys.executable, "-c", script, str(fd)], cwd=ROOT, pass_fds=[fd])
        assert idle.wait(timeout=10) == 0


def test_requests_at_the_same_time(own: int, tmp_path: Path) -> None:
    """Threads of one process: each hears its own child only."""
    found: dict[int, int] = {}
    listed = [tmp_path / f"{number}.csv" for number in range(6)]
    for number, path in enumerate(listed):
        path.write_text("a\n" + "1\n" * (number + 1))

    def ask(number: int) -> None:
        found[number] = run(Inspect(str(listed[number]), listed[number].name)).rows

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(listed))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == {number: number + 1 for number in range(len(listed))}
    assert nurseries(os.getpid()) == [own]


def test_nothing_is_forked_beside_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="started a thread"):
            nursery._Child([0, 0, 0, 0], nursery.Watched())
    finally:
        stop.set()
        thread.join()


_REFUSED = """
import os
def refuse(pid): raise PermissionError(1, "not permitted")
os.pidfd_open = refuse
from apps.engine import nursery
nursery.main()
"""


def test_what_a_child_of_a_failing_nursery_has_read_is_read_again(own: int, monkeypatch: pytest.MonkeyPatch) -> None:
    os.kill(own, signal.SIGKILL)
    monkeypatch.setattr(process, "_NURSERY", [sys.executable, "-P", "-c", _REFUSED])
    for _ in range(5):
        assert run(Exercise(memory=MIB)).memory == MIB

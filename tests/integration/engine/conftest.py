"""Files on disk, and the engine's workers: in this process where speed matters, in the child where it is the point."""

import itertools
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.engine import (
    FileShape,
    Inspect,
    Limits,
    Load,
    Loaded,
    Mapping,
    inspect,
    load,
)
from apps.engine.child import Desk


@pytest.fixture
def self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the exercises that meet the limits on purpose."""
    monkeypatch.setenv("LODESTAR_ENGINE_SELF_TEST", "1")


@pytest.fixture
def desk(tmp_path: Path) -> Callable[[], Desk]:
    """New desks for workers that run in this process."""

    def make() -> Desk:
        work_dir = tmp_path / f".work-{secrets.token_hex(4)}"
        work_dir.mkdir()
        return Desk(Limits(threads=1), str(work_dir), lambda done, total, what: None)

    return make


@pytest.fixture
def look(desk) -> Callable[[Path], FileShape]:
    """Inspect a file in this process."""
    return lambda path, filename=None, sheet="": inspect.work(Inspect(str(path), filename or path.name, sheet), desk())


@pytest.fixture
def loader(desk, tmp_path: Path):
    """Load a file in this process; each load has an upload id of its own: u1, u2, ..."""
    out = tmp_path / "out"
    out.mkdir()
    numbers = itertools.count(1)

    def run(
        path: Path, wanted: Mapping, previous: Loaded | None = None, mode="append", zone="Asia/Shanghai", sheet=""
    ) -> Loaded:
        before = tuple(entry.path for entry in previous.files) if previous else ()
        upload = f"u{next(numbers)}"
        return load.work(Load(str(path), path.name, sheet, wanted, upload, before, mode, str(out), zone), desk())

    return run

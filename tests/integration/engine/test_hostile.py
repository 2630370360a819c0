"""Hostile files, each in the child: a sentence with the reason, little memory and time, nobody else hurt, nothing left
behind."""

from pathlib import Path

import pytest

from apps.engine import EngineFailure, Inspect, Limits, Load, parent, process, run
from tests.corpus import files
from tests.corpus.case import Case
from tests.corpus.hostile import cases
from tests.integration.engine.engine_files import mapping

GIB = 1024**3
LIMITS = Limits(memory=GIB, wall_seconds=600, cpu_seconds=10, file_bytes=GIB, threads=1)
"""Ten seconds of computing, after which the kernel kills: on an idle machine that is the time a person waits."""

MOST_MIB = 1500
SERVED = (
    "nul.csv", "long-cell.csv", "formulas.csv", "quote-open.csv", "quote-open-last.csv", "dimension-lies.xlsx",
    "header-harm.csv", "macros.xlsm",
)  # fmt: skip
"""Files that look as if they meant harm and are read: `test_corpus` says to the last cell how."""


class Peaks:
    """What children took, as the supervisor measured it and writes to its log."""

    def __init__(self) -> None:
        self._found: list[float] = []

    def info(self, _: str, *args: object) -> None:
        """A line of the log."""
        usage = args[-1]
        assert isinstance(usage, dict)
        self._found.append(usage["peak_mib"])

    def check(self, children: int) -> None:
        """So many children ended by themselves, each within its memory."""
        assert len(self._found) == children
        assert max(self._found) < MOST_MIB


@pytest.fixture
def peaks(monkeypatch: pytest.MonkeyPatch) -> Peaks:
    found = Peaks()
    monkeypatch.setattr(parent.logger, "info", found.info)
    return found


def _nursery() -> object:
    """The process that all children come from: it dies with none of them."""
    return process._Ours.nursery


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases() if case.refused])
def test_a_hostile_file_is_refused_in_a_sentence(case: Case, tmp_path: Path, peaks: Peaks) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content)
    out = tmp_path / "out"
    out.mkdir()
    shape = run(Inspect(str(path), case.name), limits=LIMITS)
    nursery = _nursery()
    assert case.refused in " ".join(str(issue) for issue in shape.blocking())
    columns = mapping((("a", "a", "date", "time"),))
    with pytest.raises(EngineFailure) as failure:
        run(Load(str(path), case.name, "", columns, "u", (), "append", str(out), "UTC"), limits=LIMITS)
    assert not failure.value.retry
    assert case.refused in str(failure.value)
    assert list(out.iterdir()) == []
    peaks.check(children=2)
    assert _nursery() is nursery


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in files.cases() if case.name in SERVED])
def test_a_file_that_looks_hostile_is_read_within_the_same_limits(case: Case, tmp_path: Path, peaks: Peaks) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content)
    shape = run(Inspect(str(path), case.name), limits=LIMITS)
    assert not shape.blocking()
    assert shape.rows == len(case.rows) + len({row for row, _, _ in case.aside})
    peaks.check(children=1)

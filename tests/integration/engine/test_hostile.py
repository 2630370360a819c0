"""Hostile files, each in the child: a sentence with the reason, little memory, nothing left behind."""

from pathlib import Path

import pytest

from apps.engine import EngineFailure, Inspect, Limits, Load, run
from tests.corpus.case import Case
from tests.corpus.hostile import cases
from tests.integration.engine.engine_files import mapping

MEMORY = 1024 * 1024 * 1024


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases() if case.refused])
def test_a_hostile_file_is_refused_in_a_sentence(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content)
    out = tmp_path / "out"
    out.mkdir()
    limits = Limits(memory=MEMORY, cpu_seconds=20, threads=1)
    shape = run(Inspect(str(path), case.name), limits=limits)
    assert case.refused in " ".join(str(issue) for issue in shape.blocking())
    columns = mapping((("a", "a", "date", "time"),))
    with pytest.raises(EngineFailure) as failure:
        run(Load(str(path), case.name, "", columns, "u", (), "append", str(out), "UTC"), limits=limits)
    assert not failure.value.retry
    assert list(out.iterdir()) == []

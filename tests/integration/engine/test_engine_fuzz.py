"""Files with accidents, through the child: the same ones each time. `make fuzz` tries others for five minutes.

What was found once is a file of the corpus (`tests/corpus`).
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corpus import files, hostile
from tests.corpus.case import Case
from tests.fuzz.mutated import LARGEST, mutated
from tests.fuzz.tried import tried


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [case for case in [*files.cases(), *hostile.cases()] if len(case.content) <= LARGEST]


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 30))
def test_a_file_after_an_accident_is_read_whole_or_refused(cases: list[Case], tmp_path: Path, seed: int) -> None:
    assert not tried(*mutated(cases, seed), tmp_path)

"""Every file of the corpus, looked at and loaded: exactly the rows that it means, and exactly those set aside."""

import secrets
from pathlib import Path

import pytest

from apps.engine import (
    ColumnMapping,
    ColumnType,
    DateOrder,
    EngineFailure,
    FileShape,
    Inspect,
    Limits,
    Load,
    Mapping,
    NumberStyle,
    Reading,
    Role,
    Twins,
    inspect,
    load,
)
from apps.engine.child import Desk
from tests.corpus.case import Case
from tests.corpus.files import cases
from tests.integration.engine.engine_files import rejects, table

CASES = cases()
_MADE_OF = {"date_order": DateOrder, "number_style": NumberStyle, "time_zone": str, "verbatim": bool}


def test_the_corpus_is_large_enough() -> None:
    assert len(CASES) >= 120


@pytest.mark.parametrize("kind", sorted({case.name.split("-")[0].split(".")[-1] for case in CASES}))
def test_files(kind: str, tmp_path: Path) -> None:
    wrong = []
    for case in CASES:
        if case.name.split("-")[0].split(".")[-1] == kind:
            try:
                _check(case, tmp_path)
            except (AssertionError, EngineFailure, KeyError) as error:
                wrong.append(f"{case.name}: {error}")
    assert not wrong, "\n\n".join(wrong)


def _check(case: Case, folder: Path) -> None:
    home = folder / secrets.token_hex(4)
    (home / "out").mkdir(parents=True)
    path = home / case.name
    path.write_bytes(case.content)
    shape = inspect.work(Inspect(str(path), case.name, case.sheet, Reading(**case.reading)), _desk(home))
    if case.refused:
        said = " ".join(str(issue) for issue in shape.blocking())
        assert case.refused in said, said or "was not refused"
        return
    assert not shape.blocking(), shape.blocking()
    _check_shape(case, shape)
    request = Load(
        str(path), case.name, case.sheet, _mapping(case), "u", (), "append", str(home / "out"), "Asia/Shanghai",
        shape.reading,
    )  # fmt: skip
    loaded = load.work(request, _desk(home))
    names = ", ".join(f'"{name}"' for _, name, *_ in case.columns)
    found = table(loaded, names, "_row") if loaded.files else []
    assert found == [tuple(row) for row in case.rows]
    assert [(row, column, code) for row, column, code, _ in rejects(loaded)] == sorted(case.aside)
    assert loaded.rows_in == loaded.rows_loaded + loaded.rows_rejected == shape.rows
    assert loaded.rows_loaded == len(case.rows)


def _check_shape(case: Case, shape: FileShape) -> None:
    for name, wanted in case.shape.items():
        if name == "says":
            assert wanted in " ".join(map(str, shape.issues))
        elif name == "asks":
            assert {column.name: column.asks for column in shape.columns if column.name in wanted} == wanted
        else:
            found: object = shape
            for part in name.split("."):
                found = getattr(found, part)
            assert found == wanted, f"{name} is {found!r}"
    rows = [(entry.what, entry.count, entry.row) for entry in shape.found if entry.what != "null"]
    if case.found:
        assert rows == list(case.found)


def _mapping(case: Case) -> Mapping:
    columns = []
    for source, name, kind, role in case.columns:
        options = {key: _MADE_OF[key](value) for key, value in case.options.get(source, {}).items()}
        columns.append(ColumnMapping(source, name, ColumnType(kind), Role(role), **options))
    return Mapping(tuple(columns), tuple(case.key), Twins(case.twins))


def _desk(home: Path) -> Desk:
    work_dir = home / f".work-{secrets.token_hex(4)}"
    work_dir.mkdir()
    return Desk(Limits(threads=1), str(work_dir), lambda *_: None)

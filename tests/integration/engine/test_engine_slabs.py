"""Months that are written at once are the very rows that go through a table: the same values, numbers and rejects."""

import secrets
from pathlib import Path

import pytest

from apps.engine import Inspect, Limits, Load, Loaded, inspect, load, slabs, staging
from apps.engine.child import Desk
from tests.integration.engine.engine_files import mapping, rejects, table

COLUMNS = mapping(
    (
        ("id", "id", "text", "key"),
        ("at", "at", "datetime", "time"),
        ("n", "n", "integer", "measure"),
        ("amount", "amount", "decimal", "measure"),
        ("yes", "yes", "boolean", "dimension"),
        ("note", "note", "text", "attribute"),
    )
)
PLAIN = [
    f"A{number},2026-{1 + number // 40:02d}-{1 + number % 40 // 2:02d} 10:00:{number % 60:02d},{number},{number}.25,是,"
    for number in range(160)
]
ODD = (
    "B1,2026-02-03 00:00:00,1,2,是, blank ahead", '"B,2","2026-02-03 00:00:00",1,2,否,"two\nlines"', "",
    "合计,,160,4000,,", "id,at,n,amount,yes,note", "B3,2026-02-30 00:00:00,1,2,是,", "B4,2026/2/3 9:05,1,2,是,",
    "B5,2026-02-03 00:00:00,1e2,2,是,", 'B6,2026-02-03 00:00:00,"1,000","￥2,000.50",是,', "B7,2026-02-03 00:00:00,7",
    "B8,2026-02-03 00:00:00,007,5.,是,", "B9,2026-02-03 00:00:00,+7,.5,是,", "B10,2026-02-03 00:00:00,1,0.1234567,,",
    "B11,1899-12-31 00:00:00,1,2,是,", "B12,2026-02-03T00:00:00Z,1,2,是,", "Total,2026-02-03 00:00:00,1,2,是,x",
)  # fmt: skip


def _load(text: str, folder: Path) -> tuple[Loaded, list[tuple], list[tuple]]:
    home = folder / secrets.token_hex(4)
    (home / "out").mkdir(parents=True)
    path = home / "file.csv"
    path.write_text(text, encoding="utf-8", newline="")
    shape = inspect.work(Inspect(str(path), path.name), _desk(home))
    request = Load(
        str(path), path.name, "", COLUMNS, "u", (), "append", str(home / "out"), "Asia/Shanghai", shape.reading
    )
    loaded = load.work(request, _desk(home))
    assert loaded.rows_in == loaded.rows_loaded + loaded.rows_rejected == shape.rows
    return loaded, table(loaded, "*", "_row"), rejects(loaded)


def _desk(home: Path) -> Desk:
    work_dir = home / f".work-{secrets.token_hex(4)}"
    work_dir.mkdir()
    return Desk(Limits(), str(work_dir), lambda *_: None)


@pytest.mark.parametrize("odd", [None, *range(len(ODD))])
def test_a_month_at_once_is_what_a_table_gives(
    odd: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = list(PLAIN)
    if odd is not None:
        rows.insert(45, ODD[odd])
    text = "id,at,n,amount,yes,note\n" + "\n".join(rows) + "\n"
    at_once: list[bool] = []
    plainly = staging._Stager._plainly

    def watched(self: staging._Stager, *given: object) -> staging.Part | None:
        at_once.append((part := plainly(self, *given)) is not None)  # type: ignore[arg-type]
        return part

    with monkeypatch.context() as patched:
        patched.setattr(staging._Stager, "_plainly", watched)
        patched.setattr(slabs, "_LEAST", 1)
        _, quick, quick_rejects = _load(text, tmp_path)
    assert any(at_once)
    if odd is None:
        assert at_once == [True] * 4
    with monkeypatch.context() as patched:
        patched.setattr(staging._Stager, "_plainly", lambda *_: None)
        _, slow, slow_rejects = _load(text, tmp_path)
    assert quick == slow
    assert quick_rejects == slow_rejects

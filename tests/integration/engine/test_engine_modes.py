"""What a file does to the rows that are there, mode by mode, held to plain Python; and what two versions differ in."""

import csv
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import (
    Compare,
    Differences,
    EngineFailure,
    ExportDifferences,
    Inspect,
    Load,
    Loaded,
    Meets,
    Mode,
    Reading,
    ReturnRejects,
    Twins,
    compare,
    differences,
    export_differences,
    going,
    inspect,
    load,
    return_rejects,
)
from apps.engine.months import MOST_FILES_A_MONTH, crowd
from apps.engine.requests import FileEntry
from tests.integration.engine.engine_ask import desk_in
from tests.integration.engine.engine_files import mapping, rejects, table, write_xlsx

COLUMNS = (("no", "no", "text", "key"), ("day", "day", "date", "time"), ("amount", "amount", "integer", "measure"))
KEYED, BARE = mapping(COLUMNS, ("no",)), mapping(COLUMNS)
KEYS = mapping(COLUMNS[:1], ("no",))
Row = tuple[str, date, int]
DAYS = st.dates(date(2026, 1, 20), date(2026, 4, 10))
ROWS = st.lists(st.tuples(st.integers(0, 9).map(str), DAYS, st.integers(0, 3)), min_size=1, max_size=7)
STEP = st.tuples(
    st.sampled_from(Mode), ROWS, st.sampled_from(Meets), st.sampled_from(Twins), st.none() | st.tuples(DAYS, DAYS)
)


def put(folder: Path, upload: str, rows, wanted, mode: str, before=(), days=None) -> Loaded:
    path = folder / f"{upload}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("no", "day", "amount"), *rows])
    request = Load(str(path), path.name, "", wanted, upload, before, mode, str(folder), "UTC", days=days)
    return load.work(request, desk_in(folder))


def expected(there: list[Row], step, *, keyed: bool) -> tuple[list[Row], list[Row], set[int]]:
    """By plain Python: the rows afterwards, those of them that came in, and the numbers of those that did not."""
    mode, rows, meets, twins, days = step
    left, out = {at + 2: row for at, row in enumerate(rows)}, set()
    if mode == Mode.PERIOD and days is not None:
        out |= {at for at, row in left.items() if not days[0] <= row[1] <= days[1]}
    if keyed and twins != Twins.KEEP:
        sound = {at: row for at, row in left.items() if at not in out}
        many = Counter(row[0] for row in sound.values())
        last = {row[0]: at for at, row in sound.items()}
        refused = twins == Twins.REFUSE and mode != Mode.DELETE
        out |= {at for at, row in sound.items() if many[row[0]] > 1 and (refused or at != last[row[0]])}
    sound = [row for at, row in left.items() if at not in out]
    if mode == Mode.PERIOD and days is None and sound:
        days = (min(row[1] for row in sound), max(row[1] for row in sound))
    stays = [] if mode == Mode.REPLACE else there
    if mode == Mode.PERIOD and days is not None:
        stays = [row for row in stays if not days[0] <= row[1] <= days[1]]
    known = {row[0] for row in stays}
    if mode == Mode.DELETE:
        out |= {at for at, row in left.items() if row[0] not in known}
    elif keyed and meets != Meets.REPLACE:
        out |= {at for at, row in left.items() if row[0] in known}
    came = [row for at, row in left.items() if at not in out]
    if keyed and (mode == Mode.DELETE or meets == Meets.REPLACE):
        stays = [row for row in stays if row[0] not in {row[0] for row in came}]
    return (stays if mode == Mode.DELETE else stays + came), came, out


def counted(was: list[Row], now: list[Row], *, keyed: bool) -> tuple[int, int, int]:
    """Rows added, changed and removed, by plain Python."""
    gone, new = Counter(was) - Counter(now), Counter(now) - Counter(was)
    if not keyed:
        return new.total(), 0, gone.total()
    came, went = (Counter(row[0] for row in side.elements()) for side in (new, gone))
    changed = (came & went).total()
    return new.total() - changed, changed, gone.total() - changed


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=1, max_size=4), st.booleans())
def test_every_mode_does_what_plain_python_does(steps, keyed: bool) -> None:
    there: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder, files = Path(name), ()
        for at, step in enumerate(steps):
            mode, rows, meets, twins, days = step
            if mode == Mode.DELETE and not (keyed and there):
                continue
            days = tuple(sorted(days)) if days and mode == Mode.PERIOD else None
            wanted = replace(KEYS if mode == Mode.DELETE else KEYED if keyed else BARE, twins=twins, meets=meets)
            was, (there, came, out) = there, expected(there, (mode, rows, meets, twins, days), keyed=keyed)
            before, paths = {e.path: Path(e.path).read_bytes() for e in files}, tuple(entry.path for entry in files)
            loaded = put(folder, f"u{at}", rows, wanted, mode, paths, days)
            files = loaded.files
            assert [(str(no), day, amount) for no, day, amount in table(loaded, "no, day, amount")] == sorted(there)
            assert {row for row, *_ in rejects(loaded)} == out
            assert (loaded.rows_in, loaded.rows_loaded, loaded.rows_rejected) == (len(rows), len(came), len(out))
            changes = counted(was, there, keyed=keyed)
            assert (loaded.added, loaded.changed, loaded.removed) == changes
            assert loaded.rows_replaced == len(was) + (0 if mode == Mode.DELETE else len(came)) - len(there)
            assert {path: Path(path).read_bytes() for path in before} == before
            _compared(folder, paths, files, keyed, changes)
            if changes != (0, 0, 0):
                days_changed = [row[1] for row in (Counter(was) - Counter(there)) + (Counter(there) - Counter(was))]
                assert loaded.changed_first <= min(days_changed)
                assert loaded.changed_last >= max(days_changed)


def _compared(folder: Path, before, files, keyed: bool, changes: tuple[int, int, int]) -> None:
    """The comparison of the two versions says the same, and applied to the one gives the other."""
    if not before and not files:
        return
    out = str(folder / "difference")
    after = tuple(entry.path for entry in files)
    found = compare.work(Compare(before, after, ("no",) if keyed else (), out), desk_in(folder))
    assert (found.added, found.changed, found.removed) == changes
    page = differences.work(Differences(out, "", 0, 500), desk_in(folder))
    assert Counter(row.kind for row in page.rows) == Counter(
        dict(zip(("added", "changed", "removed"), changes, strict=True))
    )
    assert all(row.before[0] == row.after[0] and row.before != row.after for row in page.rows if row.kind == "changed")


def test_what_costs_nothing_stays(tmp_path: Path) -> None:
    """Files that lose no row are carried over, whatever the mode; a file whose every row goes is not written anew."""
    rows = [(str(n), date(2026, 1 + n // 10, 1 + n % 10), n) for n in range(40)]
    one = put(tmp_path, "u1", rows, KEYED, Mode.APPEND)
    paths = tuple(entry.path for entry in one.files)
    assert [entry.month for entry in one.files] == ["2026-01", "2026-02", "2026-03", "2026-04"]

    def same(loaded: Loaded) -> list[str]:
        return [entry.month for entry in loaded.files if entry.path in paths]

    march = [("x", date(2026, 3, 1), 1)]
    two = put(tmp_path, "u2", march, KEYED, Mode.PERIOD, paths, (date(2026, 3, 1), date(2026, 3, 31)))
    assert same(two) == ["2026-01", "2026-02", "2026-04"]
    assert (two.added, two.removed, two.days) == (1, 10, (date(2026, 3, 1), date(2026, 3, 31)))
    assert (two.changed_first, two.changed_last) == (date(2026, 3, 1), date(2026, 3, 31))
    three = put(tmp_path, "u3", [("12", "", "")], KEYS, Mode.DELETE, paths)
    assert same(three) == ["2026-01", "2026-03", "2026-04"]
    assert (three.removed, three.changed_first, three.changed_last) == (1, date(2026, 2, 3), date(2026, 2, 3))
    four = put(tmp_path, "u4", [("12", date(2026, 4, 30), 1)], KEYED, Mode.APPEND, paths)
    assert same(four) == ["2026-01", "2026-03", "2026-04"]
    five = put(tmp_path, "u5", [("12", date(2026, 4, 30), 1)], replace(KEYED, meets=Meets.KEEP), Mode.APPEND, paths)
    assert same(five) == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert (five.rows_loaded, rejects(five)) == (0, [(2, "no", "kept_key", "12")])


def test_what_is_refused_says_where(tmp_path: Path) -> None:
    with pytest.raises(EngineFailure, match="none of: append, period, replace, delete"):
        put(tmp_path, "u1", [("1", date(2026, 1, 1), 1)], KEYED, "merge")
    with pytest.raises(EngineFailure, match="these have none"):
        put(tmp_path, "u1", [("1", date(2026, 1, 1), 1)], BARE, Mode.DELETE)
    days = (date(2026, 2, 1), date(2026, 2, 28))
    with pytest.raises(EngineFailure, match="first day is after the last"):
        put(tmp_path, "u1", [("1", date(2026, 1, 1), 1)], BARE, Mode.PERIOD, days=days[::-1])
    loaded = put(tmp_path, "u1", [("1", date(2026, 1, 31), 1), ("2", days[0], 2)], KEYED, Mode.PERIOD, days=days)
    assert rejects(loaded) == [(2, "day", "outside_period", "2026-01-31")]
    refused = replace(KEYED, meets=Meets.REFUSE)
    again = put(tmp_path, "u2", [("2", days[0], 2)], refused, Mode.APPEND, tuple(e.path for e in loaded.files))
    assert rejects(again) == [(2, "no", "known_key", "2")]
    unknown = put(tmp_path, "u3", [("9", "", "")], KEYS, Mode.DELETE, tuple(e.path for e in loaded.files))
    assert rejects(unknown) == [(2, "no", "unknown_key", "9")]


@given(st.lists(st.integers(1, 5000), max_size=40), st.integers(1, 5000))
def test_files_of_a_month_stay_few(sizes: list[int], rows: int) -> None:
    """After an addition no 8 files are left that are up to 8 times as large as what was written."""
    entries = [
        FileEntry(str(at), "2026-01", size, 1, date(2026, 1, 1), date(2026, 1, 1)) for at, size in enumerate(sizes)
    ]
    chosen = crowd(entries, rows)
    written = rows + sum(entry.rows for entry in chosen)
    left = [entry for entry in entries if entry not in chosen]
    assert sum(entry.rows <= MOST_FILES_A_MONTH * written for entry in left) < MOST_FILES_A_MONTH


def test_other_columns_are_compared_as_far_as_both_have_them(tmp_path: Path) -> None:
    one = put(tmp_path, "u1", [("1", date(2026, 1, 1), 1), ("2", date(2026, 1, 2), 2)], KEYED, Mode.APPEND)
    texts = mapping((*COLUMNS[:2], ("amount", "amount", "text", "attribute")), ("no",))
    rows = [("1", date(2026, 1, 1), "1"), ("2", date(2026, 1, 2), "=two")]
    two = put(tmp_path, "u2", rows, texts, Mode.REPLACE, tuple(entry.path for entry in one.files))
    assert (two.added, two.changed, two.removed, two.same) == (0, 1, 0, 1)
    before, after = (tuple(entry.path for entry in loaded.files) for loaded in (one, two))
    out = str(tmp_path / "difference")
    found = compare.work(Compare(before, after, ("no",), out), desk_in(tmp_path))
    assert (found.changed, found.first_day) == (1, date(2026, 1, 2))
    written = export_differences.work(
        ExportDifferences(out, out + ".csv", {"changed": "变更"}, "变化", "%s（原）"), desk_in(tmp_path)
    )
    lines = Path(written.path).read_text("utf-8-sig").splitlines()
    assert lines == ["变化,no,no（原）,day,day（原）,amount,amount（原）", "变更,2,2,2026-01-02,2026-01-02,'=two,2"]


GOOD = "1;2026-01-01;5"


def _back(folder: Path, path: Path, wanted=KEYED, reading: Reading | None = None, without=()):
    """Load a file, and have its rejected rows returned."""
    shape = inspect.work(Inspect(str(path), path.name, "", reading or Reading()), desk_in(folder))
    read = shape.reading
    loaded = load.work(
        Load(str(path), path.name, shape.sheet, wanted, "u1", (), "append", str(folder), "UTC", read), desk_in(folder)
    )
    out = folder / "back"
    reasons = {"bad_date": "不是日期", "too_few_cells": "单元格太少", "missing": "空", "bad_number": "不是数"}
    plain = {"bad_date": "not a date", "too_few_cells": "too few", "missing": "empty", "bad_number": "no number"}
    request = ReturnRejects(
        str(path), path.name, shape.sheet, read, loaded.rejects_path, str(out), "原因", reasons, plain, without
    )
    return loaded, return_rejects.work(request, desk_in(folder)), out


def test_rejected_rows_come_back_in_the_shape_they_came(tmp_path: Path) -> None:
    """The same columns, delimiter and encoding, a ragged row still ragged, with the reasons in front; and mended, they
    are loaded."""
    lines = ["title", "no;day;amount", GOOD, "2;昨天;x", "3;2026-01-03", '"4";"";"7"', "合计;;12"]
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join(lines).encode("gb18030"))
    loaded, back, out = _back(tmp_path, path, without=("total_row",))
    assert (loaded.rows_loaded, loaded.rows_rejected, back.rows, back.kind) == (1, 4, 3, "csv")
    assert out.read_bytes().decode("gb18030").splitlines() == [
        "原因;no;day;amount", '"amount: 不是数; day: 不是日期";2;昨天;x', "单元格太少;3;2026-01-03", "day: 空;4;;7",
    ]  # fmt: skip
    mended = out.read_text("gb18030").replace("2;昨天;x", "2;2026-01-02;8").replace("3;2026-01-03", "3;2026-01-03;1")
    path.write_bytes(mended.replace("4;;7", "4;2026-01-04;7").encode("gb18030"))
    again, _, _ = _back(tmp_path, path)
    assert (again.rows_loaded, again.rows_rejected) == (3, 0)


def test_signs_that_an_encoding_has_not_are_said_plainly(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("no,day,amount,café\n1,2026-01-01,x,é\n".encode("cp1252"))
    _, _, out = _back(tmp_path, path, reading=Reading(encoding="cp1252"))
    assert out.read_bytes().decode("cp1252") == "reason,no,day,amount,café\namount: no number,1,2026-01-01,x,é\n"


def test_a_workbook_comes_back_as_a_workbook(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [["no", "day", "amount"], ["0012", "2026-01-01", 5], ["02", "gestern", 1.5]])
    _, back, out = _back(tmp_path, path)
    assert (back.rows, back.kind) == (1, "xlsx")
    shape = inspect.work(Inspect(str(out), "back.xlsx"), desk_in(tmp_path))
    assert [column.name for column in shape.columns] == ["原因", "no", "day", "amount"]
    assert shape.preview == (("amount: 不是数; day: 不是日期", "02", "gestern", "1.5"),)


def test_json_lines_come_back_as_objects(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"no": "1", "day": "2026-01-01", "amount": 1}\n{"no": "2", "day": "x", "amount": 2}\n[1]\n', "utf-8"
    )
    _, back, out = _back(tmp_path, path)
    assert (back.rows, back.kind) == (2, "jsonl")
    assert out.read_text("utf-8").splitlines() == [
        '{"原因": "day: 不是日期", "no": "2", "day": "x", "amount": "2"}',
        "[1]",
    ]


def test_a_column_that_comes_first(tmp_path: Path) -> None:
    """The key need not be unique where twins are kept: rows that share it are paired one by one."""
    kept = replace(KEYED, twins=Twins.KEEP)
    day = date(2026, 1, 1)
    one = put(tmp_path, "u1", [("1", day, 1), ("1", day, 2), ("2", day, 3)], kept, Mode.APPEND)
    two = put(tmp_path, "u2", [("1", day, 2), ("1", day, 5)], kept, Mode.APPEND, tuple(e.path for e in one.files))
    assert (two.added, two.changed, two.removed, two.same) == (0, 1, 0, 1)


def test_keys_out_of_range_cost_no_read(tmp_path: Path, monkeypatch) -> None:
    """A new day's order numbers are beyond those of earlier months: no earlier row is looked at."""
    rows = [(f"A{n:03}", date(2026, 1 + n // 50, 1), n) for n in range(100)]
    one = put(tmp_path, "u1", rows, KEYED, Mode.APPEND)
    paths = tuple(entry.path for entry in one.files)
    seen: list[str] = []
    original = going._counted
    monkeypatch.setattr(
        going, "_counted", lambda c, entries, rest: seen.extend(e.month for e in entries) or original(c, entries, rest)
    )
    put(tmp_path, "u2", [("A200", date(2026, 3, 1), 1)], KEYED, Mode.APPEND, paths)
    assert seen == []
    put(tmp_path, "u3", [("A060", date(2026, 3, 1), 1)], KEYED, Mode.APPEND, paths)
    assert seen == ["2026-02"]

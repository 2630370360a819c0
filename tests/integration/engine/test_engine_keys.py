"""Hashes beside files: they say "surely not there" of no key that is there, and no answer depends on them."""

import secrets
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import Load, Loaded, Mapping, Meets, Mode, entries, keys, load
from apps.engine.plan import ColumnType
from tests.integration.engine.engine_ask import desk_in
from tests.integration.engine.engine_files import mapping, rejects, table, write_csv

COLUMNS = (
    ("no", "no", "text", "key"),
    ("day", "day", "date", "time"),
    ("price", "price", "decimal", "measure"),
    ("many", "many", "integer", "measure"),
)
NO = st.sampled_from(["a", "ａ", "十二", "x" * 12, "x" * 13, "no-0001", "0001", "1"])
DAY = st.dates(date(2026, 1, 30), date(2026, 2, 3))
PRICE = st.sampled_from(["1", "1.5", "1.500000000001", "-0", "12345678901234567890"])  # in both widths of decimals
ROW = st.tuples(NO, DAY, PRICE, st.integers(-1, 1))
STEP = st.tuples(
    st.sampled_from([Mode.APPEND, Mode.APPEND, Mode.DELETE, Mode.PERIOD]),
    st.lists(ROW, min_size=1, max_size=9),
    st.sampled_from(Meets),
)
KEYS = st.sampled_from([("no",), ("price",), ("no", "price"), ("day", "many", "no")])


def put(folder: Path, rows, wanted: Mapping, mode: str, before: Loaded | None) -> Loaded:
    upload = f"u{secrets.token_hex(3)}"
    path = write_csv(folder / f"{upload}.csv", "no,day,price,many", *(",".join(map(str, row)) for row in rows))
    paths = tuple(entry.path for entry in before.files) if before else ()
    request = Load(str(path), path.name, "", wanted, "u", paths, mode, str(folder), "UTC")
    return load.work(request, desk_in(folder))


def counts(loaded: Loaded) -> tuple:
    return (
        loaded.rows_loaded, loaded.rows_rejected, loaded.rows_replaced, loaded.added, loaded.changed, loaded.removed,
        loaded.changed_first, loaded.changed_last, sorted(loaded.reject_counts.items()), len(loaded.files),
    )  # fmt: skip


@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=2, max_size=3), KEYS, st.data())
def test_with_hashes_and_without_them_the_same_comes_out(tmp_path_factory, steps, key, data) -> None:
    wanted, folders = mapping(COLUMNS, key), [tmp_path_factory.mktemp("with"), tmp_path_factory.mktemp("without")]
    found: list[Loaded | None] = [None, None]
    for mode, rows, meets in steps:
        if mode == Mode.DELETE and not (found[0] and found[0].files):
            continue
        for at, most in enumerate((keys.MOST_ASKED, 0)):
            if data.draw(st.booleans()):  # files from before there were hashes
                for path in folders[at].glob("*.keys"):
                    path.unlink()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(keys, "MOST_ASKED", most)
                if not most:
                    patch.setattr(keys, "told_beside", lambda *_: None)
                found[at] = put(folders[at], rows, replace(wanted, meets=meets), mode, found[at])
        one, other = found
        assert counts(one) == counts(other)
        assert table(one, "* EXCLUDE _upload") == table(other, "* EXCLUDE _upload")
        assert rejects(one) == rejects(other)


def test_what_lies_beside_a_file_says_what_its_footer_says(tmp_path: Path) -> None:
    """So that a file is told apart by its smallest and largest key, and neither footer nor hashes are asked."""
    wanted = mapping(COLUMNS, ("day", "price", "many", "no"))
    rows = [("甲", "2026-01-30", "1.5", -3), ("a", "2026-01-31", "1000", 2**62), ("ｚ", "1969-12-31", "1.5", 0)]
    loaded = put(tmp_path, rows, wanted, "append", None)
    paths = [entry.path for entry in loaded.files]
    with duckdb.connect() as connection:
        kinds = wanted.key_types()
        by_footers = entries.told_of(connection, paths, kinds)
        assert by_footers == {path: keys.told_beside(path, keys.signature(connection, kinds)) for path in paths}
        january = next(told for told in by_footers.values() if told.rows == 2)
        assert january.days == ("2026-01-30", "2026-01-31")
        assert january.ranges == {"day": [20483, 20484], "many": [-3, 2**62], "no": ["a", "甲"]}
        before = entries.Before(connection, paths, kinds)
        one = "(SELECT * FROM (VALUES (DATE '{}', 1.5, {}, '{}')) AS t(day, price, many, no))"
        for day, many, no, found in (
            ("2026-01-30", -3, "甲", 1),
            ("2026-01-30", -3, "乙", 0),  # in the range of each column, and of no row
            ("2026-02-01", -3, "甲", 0),
            ("1969-12-31", 0, "ｚ", 1),
            ("1969-12-31", 0, "｡", 0),
        ):
            assert len(before.may_hold(one.format(day, many, no))) == found, (day, many, no)


def test_keys_in_no_order_that_are_nowhere_cost_no_row(tmp_path: Path, monkeypatch) -> None:
    """Only files that hold one of the new keys are read; the one that is of old is told apart, too, and for good."""
    wanted = mapping(COLUMNS, ("no",))
    old = [(f"{n * 7919 % 997:03d}", f"2026-0{n % 3 + 1}-01", 1, 1) for n in range(300)]
    one = put(tmp_path, old, wanted, "append", None)
    beside = [Path(keys.beside(entry.path)) for entry in one.files]
    assert len(beside) == 3
    beside[0].unlink()
    beside[1].write_bytes(beside[1].read_bytes()[:-8])
    made: list[str] = []
    monkeypatch.setattr(keys, "write", lambda *args, as_ever=keys.write: [made.append(args[1]), as_ever(*args)])
    free = sorted(set(range(997)) - {n * 7919 % 997 for n in range(300)})
    two = put(tmp_path, [(f"{n:03d}", "2026-02-02", 1, 1) for n in free[:200]], wanted, "append", one)
    assert {entry.path for entry in one.files} < {entry.path for entry in two.files}
    assert len(made) == 3, "those two, and the new file's"
    assert all(path.exists() for path in beside)
    three = put(tmp_path, [("000", "2026-03-09", 2, 2), ("999", "2026-03-09", 2, 2)], wanted, "append", two)
    assert len(set(two.files) - set(three.files)) == 1, "the one that held the key"
    assert len(made) == 3 + len(set(three.files) - set(two.files)), "the others had theirs"


def test_many_keys_over_several_pieces_and_few_false_alarms(tmp_path: Path, monkeypatch) -> None:
    """Every key that is there is told to be perhaps there; of ten thousand others at most a handful are."""
    monkeypatch.setattr(keys, "_SEGMENT", 4096)
    path, kinds = str(tmp_path / "rows.parquet"), (("no", ColumnType.TEXT),)
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT md5((i % 9000)::VARCHAR) AS no FROM range(10000) t(i)) TO '{path}'")  # noqa: S608
        signed = keys.signature(connection, kinds)
        told = keys.Told(10_000, ("2026-01-01", "2026-01-02"), {"no": ("0", "g" * 5000)})
        found = keys.segments_of(connection, path, kinds, signed, told)
        assert keys.told_beside(path, signed) == replace(told, ranges={}), "they are too long"
        assert len(found) == 3
        assert Path(keys.beside(path)).stat().st_size < 4096 + 7 * 10000
        for at in range(0, 9000, 97):
            there = f"(SELECT md5({at}::VARCHAR) AS no)"
            assert keys.Asked(connection, kinds, there).may_be_in(found)
        strange = "(SELECT md5(i::VARCHAR) AS no FROM range({}, {}) t(i))"
        alarms = [
            keys.Asked(connection, kinds, strange.format(first, first + 100)).may_be_in(found)
            for first in range(10_000, 20_000, 100)
        ]
        assert sum(alarms) <= 1
        assert keys.segments_of(connection, path, kinds, signed + "x", told) is not None, "made anew"
        assert keys.segments_of(connection, path, (("gone", ColumnType.TEXT),), "y", told) is None

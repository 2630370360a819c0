"""Versions of a dataset: append, replace by key, replace all, and that nothing else moves."""

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.engine import EngineFailure, FileEntry, Limits, Load, Loaded, load, run
from apps.engine.child import Desk
from apps.engine.months import MOST_FILES_A_MONTH
from tests.integration.engine.engine_files import mapping, rejects, table, write_csv

HEAD = "order,customer,day,store,amount"
KEYED = mapping(key=("order_no",))


def contents(paths) -> dict[str, bytes]:
    return {str(path): Path(path).read_bytes() for path in paths}


def test_append_without_a_key_adds_files_and_leaves_the_others(tmp_path: Path, loader) -> None:
    one = loader(write_csv(tmp_path / "1.csv", HEAD, "1,a,2026-01-01,s,1", "2,b,2026-02-01,s,2"), mapping())
    before = contents(entry.path for entry in one.files)
    two = loader(write_csv(tmp_path / "2.csv", HEAD, "1,a,2026-02-03,s,3"), mapping(), one)
    assert set(one.files) < set(two.files)
    assert [entry.month for entry in two.files] == ["2026-01", "2026-02", "2026-02"]
    assert contents(before) == before
    assert (two.rows_loaded, two.rows_replaced) == (1, 0)
    assert (two.first_day, two.last_day) == (date(2026, 1, 1), date(2026, 2, 3))
    assert (two.changed_first, two.changed_last) == (date(2026, 2, 3), date(2026, 2, 3))
    assert table(two, "order_no, _upload, _row") == [("1", "u1", 2), ("1", "u2", 2), ("2", "u1", 3)]


def test_replace_by_key_rewrites_only_the_months_it_touches(tmp_path: Path, loader) -> None:
    one = loader(
        write_csv(
            tmp_path / "1.csv",
            HEAD,
            "1,a,2026-01-01,s,1",
            "2,b,2026-02-01,s,2",
            "3,c,2026-02-02,s,3",
            "4,d,2026-03-01,s,4",
        ),
        KEYED,
    )
    before = contents(entry.path for entry in one.files)
    two = loader(write_csv(tmp_path / "2.csv", HEAD, "2,b,2026-03-05,s,20", "5,e,2026-03-06,s,5"), KEYED, one)
    assert table(two, "order_no, amount, day, _upload") == [
        ("1", 1, date(2026, 1, 1), "u1"),
        ("2", 20, date(2026, 3, 5), "u2"),
        ("3", 3, date(2026, 2, 2), "u1"),
        ("4", 4, date(2026, 3, 1), "u1"),
        ("5", 5, date(2026, 3, 6), "u2"),
    ]
    assert (two.rows_in, two.rows_loaded, two.rows_replaced) == (2, 2, 1)
    assert (two.changed_first, two.changed_last) == (date(2026, 2, 1), date(2026, 3, 6))
    carried = {entry.path for entry in one.files} & {entry.path for entry in two.files}
    assert sorted(entry.month for entry in one.files if entry.path in carried) == ["2026-01", "2026-03"]
    assert contents(before) == before


def test_a_month_whose_every_row_moved_away_has_no_file(tmp_path: Path, loader) -> None:
    one = loader(write_csv(tmp_path / "1.csv", HEAD, "1,a,2026-01-31,s,1"), KEYED)
    two = loader(write_csv(tmp_path / "2.csv", HEAD, "1,a,2026-02-01,s,1"), KEYED, one)
    assert [entry.month for entry in two.files] == ["2026-02"]
    assert (two.changed_first, two.changed_last) == (date(2026, 1, 31), date(2026, 2, 1))


def test_replace_lets_the_file_be_everything(tmp_path: Path, loader) -> None:
    one = loader(write_csv(tmp_path / "1.csv", HEAD, "1,a,2026-01-01,s,1", "2,b,2026-02-01,s,2"), KEYED)
    two = loader(write_csv(tmp_path / "2.csv", HEAD, "9,z,2026-05-05,s,9"), KEYED, one, mode="replace")
    assert table(two, "order_no") == [("9",)]
    assert (two.rows_replaced, two.first_day, two.last_day) == (2, date(2026, 5, 5), date(2026, 5, 5))
    assert (two.changed_first, two.changed_last) == (date(2026, 1, 1), date(2026, 5, 5))
    assert all(Path(entry.path).exists() for entry in one.files)


def test_a_key_of_two_columns(tmp_path: Path, loader) -> None:
    keyed = mapping(key=("customer", "day"))
    one = loader(write_csv(tmp_path / "1.csv", HEAD, "1,a,2026-01-01,s,1", "2,a,2026-01-02,s,2"), keyed)
    two = loader(
        write_csv(tmp_path / "2.csv", HEAD, "3,a,2026/1/2,s,3", "4,b,2026-01-02,s,4", "5,b,2026-01-02,s,5"), keyed, one
    )
    assert table(two, "customer, d, amount") == [
        ("a", date(2026, 1, 1), 1), ("a", date(2026, 1, 2), 3), ("b", date(2026, 1, 2), 5),
    ]  # fmt: skip
    assert rejects(two) == [(3, "customer, day", "duplicate_key", "b, 2026-01-02")]


def test_a_crowded_month_is_written_anew_as_one(tmp_path: Path, loader) -> None:
    loaded = None
    for number in range(MOST_FILES_A_MONTH + 1):
        path = write_csv(tmp_path / f"{number}.csv", HEAD, f"{number},a,2026-01-0{number + 1},s,{number}")
        loaded = loader(path, mapping(), loaded)
    assert len(loaded.files) == 1
    assert loaded.files[0].rows == MOST_FILES_A_MONTH + 1
    assert loaded.rows_replaced == 0
    assert len(table(loaded, "DISTINCT _upload")) == MOST_FILES_A_MONTH + 1


def test_a_column_that_comes_or_goes(tmp_path: Path, loader) -> None:
    few = mapping((("order", "order_no", "text", "key"), ("day", "day", "date", "time")), key=("order_no",))
    one = loader(write_csv(tmp_path / "1.csv", "order,day", "1,2026-01-01", "2,2026-01-02"), few)
    two = loader(write_csv(tmp_path / "2.csv", HEAD, "2,a,2026-01-02,s,2"), KEYED, one)
    three = loader(write_csv(tmp_path / "3.csv", "order,day", "3,2026-01-03"), few, two)
    assert table(three, "order_no, customer, amount") == [("1", None, None), ("2", "a", 2), ("3", None, None)]


def test_a_column_of_another_type_is_refused(tmp_path: Path, loader) -> None:
    one = loader(write_csv(tmp_path / "1.csv", HEAD, "1,a,2026-01-01,s,1"), mapping())
    other = mapping(
        (
            ("order", "order_no", "integer", "key"),
            ("day", "day", "date", "time"),
            ("amount", "amount", "text", "attribute"),
        )
    )
    path = write_csv(tmp_path / "2.csv", HEAD, "2,a,2026-01-02,s,2")
    with pytest.raises(EngineFailure) as failure:
        loader(path, other, one)
    assert "“order_no” was of type text in earlier uploads and is integer here" in str(failure.value)
    assert "“amount” was of type decimal" in str(failure.value)
    assert loader(path, other, one, mode="replace").rows_loaded == 1


def test_a_key_that_earlier_uploads_do_not_have_is_refused(tmp_path: Path, loader) -> None:
    few = mapping((("day", "day", "date", "time"),))
    one = loader(write_csv(tmp_path / "1.csv", "day", "2026-01-01"), few)
    with pytest.raises(EngineFailure, match="no column “order_no” to tell rows apart"):
        loader(write_csv(tmp_path / "2.csv", HEAD, "2,a,2026-01-02,s,2"), KEYED, one)


def test_a_failed_load_leaves_the_directory_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    path = write_csv(tmp_path / "big.csv", HEAD, *(f"{n},a,2026-01-01,s,{n}" for n in range(200_000)))
    request = Load(str(path), path.name, "", KEYED, "u1", (), "append", str(out), "UTC")

    def stop(done: int, total: int, what: str) -> None:
        if what == "Writing the months":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(request, on_progress=stop)
    assert list(out.iterdir()) == []
    with pytest.raises(EngineFailure, match="file larger than it is allowed"):
        run(request, limits=Limits(file_bytes=100_000))
    assert list(out.iterdir()) == []
    loaded = run(request)
    assert len(list(out.iterdir())) == 3, "rows, hashes of their keys, and rejects"
    assert run(request).files != loaded.files


def test_an_earlier_file_that_is_gone_is_said(tmp_path: Path, loader) -> None:
    one = loader(write_csv(tmp_path / "1.csv", HEAD, "1,a,2026-01-01,s,1"), KEYED)
    Path(one.files[0].path).unlink()
    out = tmp_path / "out2"
    out.mkdir()
    path = write_csv(tmp_path / "2.csv", HEAD, "2,a,2026-01-02,s,2")
    with pytest.raises(EngineFailure, match="not there any more"):
        run(Load(str(path), path.name, "", KEYED, "u2", (one.files[0].path,), "append", str(out), "UTC"))


ROWS = st.lists(
    st.tuples(st.integers(1, 12), st.dates(date(2026, 1, 1), date(2026, 4, 30)), st.integers(-999, 999)), max_size=10
)


@settings(deadline=None, max_examples=15)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_upload_after_upload_equals_the_merged_file(uploads) -> None:
    """Keyed uploads one after another give what a dict that is updated gives; in = loaded + rejected in each."""
    expected: dict[int, tuple[date, Decimal]] = {}
    with tempfile.TemporaryDirectory() as folder:
        loaded: Loaded | None = None
        for number, rows in enumerate(uploads):
            lines = [f"{key},a,{day},s,{cents / 100:.2f}" for key, day, cents in rows]
            before = dict(expected)
            expected |= {key: (day, Decimal(cents) / 100) for key, day, cents in rows}
            if not rows:
                continue
            loaded = _load(Path(folder), number, write_csv(Path(folder) / f"{number}.csv", HEAD, *lines), loaded)
            assert loaded.rows_in == loaded.rows_loaded + loaded.rows_rejected == len(rows)
            assert loaded.rows_loaded == len({key for key, _, _ in rows})
            assert loaded.rows_replaced == len(before.keys() & {key for key, _, _ in rows})
            touched = [day for _, day, _ in _last(rows)] + [before[key][0] for key, _, _ in rows if key in before]
            assert (loaded.changed_first, loaded.changed_last) == (min(touched), max(touched))
        if loaded is not None:
            found = {int(key): (day, amount) for key, day, amount in table(loaded, "order_no, day, amount")}
            assert found == expected
            assert sum(entry.rows for entry in loaded.files) == len(expected)
            assert all(_is_of_its_month(entry) for entry in loaded.files)


def _last(rows):
    return list({key: (key, day, cents) for key, day, cents in rows}.values())


def _is_of_its_month(entry: FileEntry) -> bool:
    return entry.month == f"{entry.first_day:%Y-%m}" == f"{entry.last_day:%Y-%m}"


def _load(folder: Path, number: int, path: Path, previous: Loaded | None) -> Loaded:
    work_dir = folder / f".work-{number}"
    work_dir.mkdir()
    before = tuple(entry.path for entry in previous.files) if previous else ()
    request = Load(str(path), path.name, "", KEYED, f"u{number}", before, "append", str(folder), "UTC")
    return load.work(request, Desk(Limits(threads=1), str(work_dir), lambda *_: None))

"""Rules refuse rows or count them, a profile says what all rows come to, and what is taken out is really gone."""

from datetime import date

import duckdb
import pytest

from apps.engine import Limits, Load, Profile, Purge, Rule, RuleKind, run, without
from apps.engine.rules import expression_of
from tests.integration.engine.engine_files import mapping, rejects, table, write_csv

LINES = (
    "order,customer,day,store,amount",
    "A1,c1,2026-01-02,North,10.50",
    "A2,c2,2026-01-03,South,-3",
    "A3,,2026-02-01,East,5.25",
    "B-1,c1,2026-02-01,North,700",
    "A1,c3,2026-02-03,North,",
)
RULES = (
    Rule("amount", RuleKind.RANGE, ("amount",), low="0", high="500"),
    Rule("store", RuleKind.ONE_OF, ("store",), values=("North", "South")),
    Rule("who", RuleKind.FILLED, ("customer",)),
    Rule("number", RuleKind.PATTERN, ("order_no",), pattern="@#"),
    Rule("length", RuleKind.LENGTH, ("order_no",), high="2"),
    Rule("days", RuleKind.RANGE, ("day",), low="2026-01-03"),
    Rule("once", RuleKind.UNIQUE, ("order_no",)),
    Rule("gone", RuleKind.FILLED, ("colour",)),
)


@pytest.fixture
def load(tmp_path):
    """`load(lines, upload=..., previous=..., ...)`: a load as the product asks for one."""

    def loaded(*lines, upload="u1", previous=(), key=(), rules=(), mode="append"):
        out = tmp_path / upload
        out.mkdir()
        path = write_csv(tmp_path / f"{upload}.csv", *lines)
        files = tuple(entry.path for entry in previous)
        wanted = mapping(key=key)
        return run(
            Load(str(path), path.name, "", wanted, upload, files, mode, str(out), "Asia/Shanghai", rules=rules),
            limits=Limits(scratch=str(tmp_path)),
        )

    return loaded


def test_a_profile_counts_everything_and_finds_what_breaks_a_rule(load):
    found = run(Profile(load(*LINES).files, RULES))
    assert found.rows == 5
    columns = {column.name: column for column in found.columns}
    amount, store, order = columns["amount"], columns["store"], columns["order_no"]
    assert (amount.nulls, amount.distinct, amount.low, amount.high, amount.about) == (1, 4, "-3", "700", False)
    assert (columns["day"].low, columns["day"].high) == ("2026-01-02", "2026-02-03")
    assert [(each.text, each.rows) for each in store.frequent] == [("North", 3)], "what comes once is not frequent"
    assert (store.low, order.distinct) == ("", 4)
    assert [(day.day, day.rows) for day in found.days][:3] == [
        (date(2026, 1, 2), 1), (date(2026, 1, 3), 1), (date(2026, 2, 1), 2),
    ]  # fmt: skip
    assert [(each.upload, each.rows, each.first, each.last) for each in found.uploads] == [
        ("u1", 5, date(2026, 1, 2), date(2026, 2, 3))
    ]
    results = {result.rule: result for result in found.rules}
    assert {name: result.failing for name, result in results.items()} == {
        "amount": 2, "store": 1, "who": 1, "number": 1, "length": 1, "days": 1, "once": 2, "gone": None,
    }  # fmt: skip
    assert [(each.row, each.cells) for each in results["amount"].examples] == [(3, ("-3",)), (5, ("700",))]
    assert [(each.row, each.cells) for each in results["once"].examples] == [(2, ("A1",)), (6, ("A1",))]
    assert run(Profile((), RULES)).rows == 0


def test_rows_that_break_a_rule_are_refused_and_listed(load):
    loaded = load(*LINES, rules=RULES[:5])
    assert (loaded.rows_in, loaded.rows_loaded, loaded.rows_rejected) == (5, 2, 3)
    assert rejects(loaded) == [
        (3, "amount", "out_of_range", "-3"),
        (4, "customer", "missing", ""),
        (4, "store", "not_allowed", "East"),
        (5, "amount", "out_of_range", "700"),
        (5, "order", "bad_length", "B-1"),
        (5, "order", "bad_pattern", "B-1"),
    ]
    assert {row[0] for row in table(loaded)} == {"A1"}


def test_a_pattern_is_signs_and_never_an_expression():
    said = expression_of("浙#-@.?*(")
    assert duckdb.execute("SELECT regexp_full_match('浙7-车.!anything(', ?)", [said]).fetchone() == (True,)
    assert duckdb.execute("SELECT regexp_full_match('浙7-车x!anything(', ?)", [said]).fetchone() == (False,)


def test_taking_an_upload_out_leaves_no_row_of_it_and_brings_back_what_it_replaced(load, tmp_path):
    key = ("order_no",)
    first = load(*LINES[:4], key=key)
    second = load(
        LINES[0], "A1,c9,2026-01-02,North,99", "Z9,c9,2026-03-01,West,1", upload="u2", previous=first.files, key=key
    )
    third = load(LINES[0], "Q1,c5,2026-03-02,West,2", upload="u3", previous=second.files, key=key)
    out = tmp_path / "out"
    out.mkdir()
    purged = run(Purge(third.files, str(out), upload="u2", earlier=first.files, key=key))
    assert (purged.removed, purged.returned) == (2, 1)
    assert (purged.changed_first, purged.changed_last) == (date(2026, 1, 2), date(2026, 3, 1))
    left = [*without(third.files, purged), *purged.added]
    rows = duckdb.execute(
        "SELECT order_no, customer, _upload FROM read_parquet(?, union_by_name=true) ORDER BY 1",
        [[e.path for e in left]],
    ).fetchall()
    assert rows == [("A1", "c1", "u1"), ("A2", "c2", "u1"), ("A3", None, "u1"), ("Q1", "c5", "u3")]
    assert sum(entry.rows for entry in left) == 4
    assert not list(out.glob(".work-*"))
    untouched = {entry.path for entry in third.files} & {entry.path for entry in left}
    assert untouched, "a month without such rows is left as it is"


def test_rows_before_a_day_go_and_only_files_that_hold_some_are_written(load, tmp_path):
    loaded = load(*LINES)
    out = tmp_path / "out"
    out.mkdir()
    purged = run(Purge(loaded.files, str(out), before=date(2026, 2, 2)))
    assert (purged.removed, purged.returned) == (4, 0)
    assert [change.entry.rows if change.entry else 0 for change in purged.rewritten] == [0, 1]
    again = run(Purge(without(loaded.files, purged), str(out), before=date(2026, 2, 2)))
    assert (again.rewritten, again.removed) == ((), 0)

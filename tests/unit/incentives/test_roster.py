"""Who takes part, as texts: of a form, of a sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from apps.incentives.domain.people_sheet import COLUMNS, header_issues, letters, read_people
from apps.incentives.domain.roster import STAY, Away, Entry, Stay, closed, moved, read_entry, rows_of

D = Decimal
TEAMS = {"S01": "1", "S02": "2"}.get
DAY = date(2026, 1, 1)


def wrong(told: dict[str, str]) -> dict[str, str]:
    entry, issues = read_entry(told, TEAMS)
    assert (entry is None) is any(issue.blocking for issue in issues)
    return {issue.where: issue.in_words() for issue in issues}


def test_a_person_is_read_with_assignments_and_leave() -> None:
    told = {
        "name": " Mia  Wu ", "employee_number": "E1", "stays-0-team": "S01", "stays-0-first": "2026/01/01",
        "stays-0-last": "2026-06-30", "stays-0-amount": "12,000.50", "stays-0-coefficient": "1.2",
        "stays-4-team": "S02", "stays-4-first": "2026-07-01", "stays-4-amount": "9000",
        "stays-5-coefficient": "1", "leaves-0-first": "2026-02-01", "leaves-0-last": "2026-02-10",
        "leaves-0-kind": "sick", "leaves-0-share": "50", "leaves-1-kind": "unpaid",
    }  # fmt: skip
    entry, issues = read_entry(told, TEAMS)
    assert not issues
    assert entry == Entry(
        "Mia Wu", "E1",
        stays=(Stay("1", DAY, date(2026, 6, 30), D("12000.50"), D("1.2")), Stay("2", date(2026, 7, 1), None, D(9000))),
        leaves=(Away(date(2026, 2, 1), date(2026, 2, 10), "sick", D("0.5")),),
    )  # fmt: skip


def test_shares_are_typed_in_percent() -> None:
    told = {"name": "M", "stays-0-team": "S01", "stays-0-first": "2026-01-01", "stays-0-amount": "15"}
    for text in ("15", "15%", "15 %"):
        entry, _issues = read_entry({**told, "stays-0-amount": text}, TEAMS, in_percent=True)
        assert entry is not None
        assert entry.stays[0].amount == D("0.15")


def test_everything_wrong_is_said_at_once_at_its_field() -> None:
    assert wrong({
        "stays-0-team": "S09", "stays-0-first": "soon", "stays-0-amount": "much", "stays-1-team": "S01",
        "stays-1-amount": "-1", "leaves-0-first": "2026-01-01", "leaves-0-share": "150", "leaves-0-kind": "x",
        "cap": "0", "currency": "zzz", "left_on": "2026-01-01", "joined": "2026-02-01",
    }) == {
        "stays-0-team": "There is no team “S09”, or several are called so.",
        "stays-0-first": "“soon” is not a day. Write one such as 2026-06-30.",
        "stays-0-amount": "“much” is not an amount. Write digits and a point, such as 12500.50.",
        "stays-1-amount": "This must be 0 or more.",
        "stays-1-first": "This is missing.",
        "leaves-0-share": "Say in percent how much of these days does not count: above 0, at most 100.",
        "leaves-0-kind": "“x” is none of: unpaid, sick, parental, other.",
        "leaves-0-last": "This is missing.",
        "name": "Give a name.",
        "cap": "A cap must be above 0. Leave it out if there is none.",
        "currency": "“ZZZ” is no currency. Write its three letters, such as CNY.",
        "left_on": "They leave before they join.",
        "leaving_reason": "Say why they leave: the reason is kept.",
    }  # fmt: skip


def test_overlaps_block_and_gaps_are_told() -> None:
    told = {"name": "M"}
    for at, (first, last) in enumerate((("2026-01-01", "2026-03-31"), ("2026-03-31", ""))):
        told |= {f"stays-{at}-team": "S01", f"stays-{at}-first": first, f"stays-{at}-last": last,
                 f"stays-{at}-amount": "1"}  # fmt: skip
    assert "Two assignments hold on 2026-03-31" in wrong(told)["stays-0-first"]
    assert (
        "No assignment holds from 2026-04-01 to 2026-04-30"
        in wrong(told | {"stays-1-first": "2026-05-01"})["stays-0-first"]
    )
    assert (
        "begins after the last day"
        in wrong(told | {"stays-1-first": "2026-05-01", "left_on": "2026-04-15", "leaving_reason": "Moved away"})[
            "stays-1-first"
        ]
    )


def test_a_leaver_s_assignment_ends_on_the_last_day() -> None:
    entry = Entry("M", left_on=date(2026, 8, 14), leaving_reason="Moved", stays=(Stay("1", DAY, None, D(1)),))
    assert closed(entry).stays[0].last == date(2026, 8, 14)
    assert closed(Entry("M", stays=entry.stays)).stays == entry.stays


def test_a_transfer_ends_what_held_the_day_before() -> None:
    held = (Stay("1", DAY, None, D(1)), Stay("3", date(2026, 9, 1), None, D(3)))
    to = Stay("2", date(2026, 7, 1), None, D(2))
    assert moved(held, to) == (Stay("1", DAY, date(2026, 6, 30), D(1)), to)


HEADER = ("employee_number", "name", "email", "team", "first", "last", "amount")


def test_a_sheet_has_a_row_for_each_assignment() -> None:
    rows = (
        ("E1", "Mia", "", "S01", "2026-01-01", "2026-03-31", "1000"),
        ("E1", "Mia", "", "S02", "2026-04-01", "", "1200"),
        ("", "Max", "Max@acme.test", "S01", "2026-01-01", "", "900"),
    )
    people, issues = read_people(HEADER, (2, 3, 4), rows, frozenset(), TEAMS)
    assert not issues
    assert [(each.rows, each.number, each.email, len(each.entry.stays)) for each in people] == [
        ((2, 3), "E1", "", 2), ((4,), "", "max@acme.test", 1),
    ]  # fmt: skip


def test_every_wrong_cell_of_a_sheet_is_named_by_row_and_column() -> None:
    rows = (
        ("E1", "Mia", "", "S01", "2026-01-01", "", "1000"),
        ("E1", "Mya", "", "S02", "2026-04-01", "", "1200"),
        ("", "Max", "", "S07", "2026-01-01", "", ""),
        ("E3", "Zoe", "", "S01", "2026-01-01", "", "5"),
    )
    people, issues = read_people(HEADER, (2, 3, 4, 5), rows, frozenset({"G5"}), TEAMS)
    assert [each.number for each in people] == ["E3"]
    assert {issue.where: issue.in_words() for issue in issues} == {
        "2:first": "Two assignments hold on 2026-04-01. End the first one the day before the second begins.",
        "3:name": "Row 2 says something else about the same person.",
        "4:employee_number": "Give an employee number or an e-mail, so that the same person is found again next time.",
        "4:team": "There is no team “S07”, or several are called so.",
        "4:amount": "This is missing.",
        "5:amount": "A formula stands here. Paste its value instead: what is agreed is a figure.",
    }
    assert [issue.where for issue in header_issues(("name", "name", "wage"))] == [
        "1:team", "1:first", "1:amount", "1:name", "1:wage",
    ]  # fmt: skip
    assert list(header_issues(COLUMNS)) == []


def test_a_fault_of_the_person_stands_in_their_first_row() -> None:
    rows = (
        ("E1", "Mia", "", "S01", "2026-01-01", "2026-03-31", "1000", "0"),
        ("E1", "Mia", "", "S02", "2026-04-01", "", "1200", "0"),
    )
    people, issues = read_people((*HEADER, "cap"), (7, 9), rows, frozenset(), TEAMS)
    assert people == []
    assert [str(issue) for issue in issues] == ["7:cap: A cap must be above 0. Leave it out if there is none."]
    rows = (("E1", "Mia", "", "S01", "2026-01-01", "2026-03-31", "1000", "x"), ("E1", "Mya", *rows[1][2:7], ""))
    people, issues = read_people((*HEADER, "cap"), (7, 9), rows, frozenset(), TEAMS)
    assert people == []
    assert [str(issue) for issue in issues] == [
        "7:cap: “x” is not an amount. Write digits and a point, such as 12500.50.",
        "9:name: Row 7 says something else about the same person.",
    ]
    people, issues = read_people(HEADER, (7, 9), [row[:7] for row in rows], frozenset(), TEAMS)
    assert (people, len(issues)) == ([], 1)  # each row by itself is in order


def test_who_forfeits_has_a_reason_and_shares_of_leave_may_be_written_with_their_sign() -> None:
    told = {"name": "M", "forfeits": "Yes", "leaves-0-first": "2026-02-01", "leaves-0-last": "2026-02-10"}
    assert wrong(told) == {"leaving_reason": "Say why nothing is paid: the reason stands on the statement."}
    entry, _issues = read_entry({**told, "leaving_reason": "Left.", "leaves-0-share": "25 %"}, TEAMS)
    assert entry is not None
    assert (entry.forfeits, entry.leaves[0].share, entry.leaves[0].kind) == (True, D("0.25"), "unpaid")


def test_a_day_with_a_time_is_a_day_and_one_with_anything_else_is_none() -> None:
    stay = {"name": "M", "stays-0-team": "S01", "stays-0-amount": "1"}
    for text in ("2026-01-01 00:00:00", "2026/01/01", " 2026-01-01"):
        entry, _issues = read_entry({**stay, "stays-0-first": text}, TEAMS)
        assert entry is not None
        assert entry.stays[0].first == DAY
    for text in ("2026-01-011", "2026-01-01x", "2026-02-30"):
        assert wrong({**stay, "stays-0-first": text}) == {
            "stays-0-first": f"“{text}” is not a day. Write one such as 2026-06-30."
        }


def entry_of(told: dict[str, str]) -> Entry:
    entry, issues = read_entry(told, TEAMS)
    assert entry is not None, issues
    return entry


STAYS = {"stays-0-team": "S01", "stays-0-first": "2026-01-01", "stays-0-amount": "1"}


def test_everything_that_can_be_said_of_somebody() -> None:
    told = {
        "name": "n" * 130, "employee_number": "e" * 50, "cap": "1，000.5", "currency": "usd", "joined": "2025-12-01",
        "left_on": "2026-08-14", "leaving_reason": "r" * 210, "forfeits": "是", **STAYS, "stays-0-salary": "9000",
        "leaves-0-first": "2026-02-01", "leaves-0-last": "2026-02-10", "leaves-0-share": "100",
    }  # fmt: skip
    assert entry_of(told) == Entry(
        "n" * 120, "e" * 40, D("1000.5"), "USD", date(2025, 12, 1), date(2026, 8, 14), "r" * 200, forfeits=True,
        stays=(Stay("1", DAY, date(2026, 8, 14), D(1), D(1), D(9000)),),
        leaves=(Away(date(2026, 2, 1), date(2026, 2, 10), "unpaid", D(1)),),
    )  # fmt: skip
    for text in ("yes", "ON", "1", "True", "是"):
        assert entry_of({"name": "M", "forfeits": text, "leaving_reason": "R"}).forfeits
    for text in ("no", "", "0"):
        assert not entry_of({"name": "M", "forfeits": text}).forfeits
    assert (
        entry_of({"name": "M", "joined": "2026-01-01", "left_on": "2026-01-01", "leaving_reason": "R"}).left_on == DAY
    )
    last = {"name": "M", **STAYS, "left_on": "2026-01-01", "leaving_reason": "R", "leaves-0-first": "2026-01-01"}
    assert entry_of({**last, "leaves-0-last": "2026-01-01"}).leaves == (Away(DAY, DAY),)


def test_faults_word_for_word() -> None:
    long = "x" * 50
    told = {"name": "M", **STAYS, "stays-0-team": long, "stays-0-first": long, "stays-0-amount": "9" * 50,
            "leaves-0-last": "2026-01-01", "leaves-0-kind": long, "leaves-0-share": "0", "currency": long,
            "cap": "1e18", "joined": "soon"}  # fmt: skip
    assert wrong(told) == {
        "stays-0-team": f"There is no team “{'x' * 40}”, or several are called so.",
        "stays-0-first": f"“{'x' * 40}” is not a day. Write one such as 2026-06-30.",
        "stays-0-amount": f"“{'9' * 40}” is not an amount. Write digits and a point, such as 12500.50.",
        "leaves-0-share": "Say in percent how much of these days does not count: above 0, at most 100.",
        "leaves-0-kind": f"“{'x' * 20}” is none of: unpaid, sick, parental, other.",
        "leaves-0-first": "This is missing.",
        "cap": "“1e18” is not an amount. Write digits and a point, such as 12500.50.",
        "currency": f"“{'X' * 10}” is no currency. Write its three letters, such as CNY.",
        "joined": "“soon” is not a day. Write one such as 2026-06-30.",
    }
    assert wrong({"name": "M", **STAYS, "left_on": "2025-12-31", "leaving_reason": "R"}) == {
        "stays-0-first": "The assignment begins after the last day, 2025-12-31."
    }
    assert read_entry({"name": "M", **STAYS, "stays-0-team": ""}, {"": "1"}.get)[0] is None  # nobody chose a team
    for missing in ("team", "first", "amount"):
        told = {"name": "M", **STAYS, f"stays-0-{missing}": ""}
        assert wrong(told) == {f"stays-0-{missing}": "This is missing."}
    for missing in ("first", "last"):
        told = {"name": "M", "leaves-0-first": "2026-01-01", "leaves-0-last": "2026-01-01", f"leaves-0-{missing}": ""}
        assert wrong(told) == {f"leaves-0-{missing}": "This is missing."}


def test_days_of_leave_without_an_assignment_are_looked_at_too() -> None:
    told = {f"leaves-{at}-{cell}": "2026-02-01" for at in (0, 1) for cell in ("first", "last")}
    assert wrong({"name": "M", **told}) == {
        "leaves-0-first": "Two leaves hold on 2026-02-01. Put them together, or move one."
    }
    first_of_all = {**STAYS, "stays-0-first": "0001-01-01", "stays-0-last": "0001-01-01"}
    assert read_entry({"name": "M", **first_of_all}, TEAMS)[1] == []
    assert list(wrong({"name": "M", **STAYS, "stays-0-amount": "5X"})) == ["stays-0-amount"]
    ancient = {"leaves-0-first": "0001-01-01", "leaves-0-last": "0001-01-01"}
    assert entry_of({"name": "M", **ancient}).leaves == (Away(date(1, 1, 1), date(1, 1, 1)),)


def test_rows_are_those_in_which_something_stands() -> None:
    told = {
        "stays-999-team": "a",
        "stays-1000-team": "a",
        "stays-3-other": "a",
        "stays-4-team": " ",
        "leaves-5-first": "x",
        "stays-6-coefficient": "1",
        "stays-x-team": "a",
        "stays-7-first-more": "a",
        "stays-8-amount": "0",
        "stays-9-team": "",
    }
    assert rows_of(told, "stays", STAY) == [8, 999]


def test_whoever_leaves_or_moves_keeps_all_that_was_agreed() -> None:
    agreed = Stay("1", DAY, None, D(1), D("1.2"), D(900))
    entry = Entry("M", left_on=date(2026, 8, 14), leaving_reason="R", stays=(agreed,))
    assert closed(entry).stays == (replace(agreed, last=date(2026, 8, 14)),)
    to = Stay("2", date(2026, 1, 2), None, D(2))
    assert moved((agreed,), to) == (replace(agreed, last=DAY), to)
    ended = replace(agreed, last=DAY)
    assert moved((ended,), replace(to, first=date(2026, 7, 1)))[0] == ended
    assert closed(replace(entry, stays=(ended,))).stays == (ended,)


def test_columns_of_a_sheet_word_for_word() -> None:
    assert [str(issue) for issue in header_issues(("name", "team", "first", "team", "wage"))] == [
        "1:amount: The column “amount” is missing. Begin with a fresh export.",
        "1:team: The column “team” is there twice.",
        "1:wage: There is no column “wage”. Take it out, or write one of: " + ", ".join(COLUMNS) + ".",
    ]
    assert [letters(at) for at in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_a_sheet_of_shares_with_short_rows_and_columns_in_any_order() -> None:
    header = ("email", "first", "amount", "team", "name", "coefficient")
    rows = (("A@x.test", "2026-01-01", "15", "S01", "Ann"), ("a@X.test", "2026-07-01", "20", "S02", "", "1.5"))
    people, issues = read_people(header, (5, 6), rows, frozenset(), TEAMS, in_percent=True)
    assert [str(issue) for issue in issues] == [
        "5:first: Two assignments hold on 2026-07-01. End the first one the day before the second begins."
    ]
    rows = (("A@x.test", "2026-07-01", "15", "S01", "Ann"), ("b@x.test", "2026-07-01", "20", "S02", "Ben", "1.5"))
    people, issues = read_people(header, (5, 6), rows, frozenset({"B7", "A9"}), TEAMS, in_percent=True)
    assert issues == []
    assert [(each.rows, each.number, each.email, each.entry.stays[0].amount) for each in people] == [
        ((5,), "", "a@x.test", D("0.15")), ((6,), "", "b@x.test", D("0.2")),
    ]  # fmt: skip
    people, _issues = read_people(header, (5, 6), rows, frozenset(), TEAMS)
    assert [each.entry.stays[0].amount for each in people] == [15, 20]
    unknown = ("name", "first", "amount", "team")
    people, issues = read_people(unknown, (5, 16), (("A", "x", "1", "S01"), ("B", "x", "1", "S01")), frozenset(), TEAMS)
    assert [issue.where for issue in issues] == [
        "5:employee_number", "5:first", "16:employee_number", "16:first",
    ]  # fmt: skip

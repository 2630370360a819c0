"""Who takes part, as texts: of a form, of a sheet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from apps.incentives.domain.people_sheet import COLUMNS, header_issues, read_people
from apps.incentives.domain.roster import Away, Entry, Stay, closed, moved, read_entry

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

"""Participants as rows of a sheet: one row for each assignment, rows of one person together by number or e-mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from apps.incentives.domain.roster import PERSON, STAY, Entry, read_entry
from apps.kernel.issue import N_, Issue

COLUMNS = (
    "employee_number",
    "name",
    "email",
    *STAY,
    "joined",
    "left_on",
    "leaving_reason",
    "forfeits",
    "cap",
    "currency",
)
NEEDED = ("name", "team", "first", "amount")
NO_COLUMN = N_("The column “%(column)s” is missing. Begin with a fresh export.")
UNKNOWN_COLUMN = N_("There is no column “%(column)s”. Take it out, or write one of: %(columns)s.")
TWICE = N_("The column “%(column)s” is there twice.")
FORMULA = N_("A formula stands here. Paste its value instead: what is agreed is a figure.")
WHO = N_("Give an employee number or an e-mail, so that the same person is found again next time.")
OTHERWISE = N_("Row %(row)s says something else about the same person.")


@dataclass(frozen=True)
class SheetPerson:
    """One person of a sheet: the rows they stand in, by whom they are found, what is said of them."""

    rows: tuple[int, ...]
    number: str
    email: str
    entry: Entry


def header_issues(header: Sequence[str]) -> Iterator[Issue]:
    """What is wrong with the columns; `where` is row 1 and the column."""
    for name in NEEDED:
        if name not in header:
            yield Issue(f"1:{name}", NO_COLUMN, {"column": name})
    for at, name in enumerate(header):
        if name not in COLUMNS:
            yield Issue(f"1:{name}", UNKNOWN_COLUMN, {"column": name, "columns": ", ".join(COLUMNS)})
        elif name in header[:at]:
            yield Issue(f"1:{name}", TWICE, {"column": name})


def letters(at: int) -> str:
    """How a spreadsheet calls the column at this place: 0 is A, 26 is AA."""
    found = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        found = chr(65 + rest) + found
    return found


def read_people(
    header: Sequence[str], numbers: Sequence[int], rows: Sequence[Sequence[str]], formulas: frozenset[str],
    teams: Callable[[str], str | None], *, in_percent: bool = False,
) -> tuple[list[SheetPerson], list[Issue]]:  # fmt: skip
    """The people of a sheet, and everything that is wrong with it; `where` is "row:column"."""
    groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
    issues: list[Issue] = []
    for number, cells in zip(numbers, rows, strict=True):
        told = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        for at, name in enumerate(header):
            if f"{letters(at)}{number}" in formulas:
                issues.append(Issue(f"{number}:{name}", FORMULA))
        told["email"] = told.get("email", "").lower()
        who = told.get("employee_number") or told["email"]
        if not who:
            issues.append(Issue(f"{number}:employee_number", WHO))
        groups.setdefault(who or f"row {number}", []).append((number, told))
    people = []
    for group in groups.values():
        person, found = _person(group, teams, in_percent)
        issues += found
        if person is not None:
            people.append(person)
    return people, sorted(issues, key=lambda issue: int(issue.where.partition(":")[0]))


def _person(
    group: Sequence[tuple[int, dict[str, str]]], teams: Callable[[str], str | None], in_percent: bool
) -> tuple[SheetPerson | None, list[Issue]]:
    head, told = group[0][1], {}
    issues = []
    for name in (*PERSON, "email"):
        told[name] = head.get(name, "")
        for number, row in group[1:]:
            if row.get(name, "") not in ("", told[name]):
                issues.append(Issue(f"{number}:{name}", OTHERWISE, {"row": group[0][0]}))
    for at, (_number, row) in enumerate(group):
        told |= {f"stays-{at}-{name}": row.get(name, "") for name in STAY}
    entry, found = read_entry(told, teams, in_percent=in_percent)
    issues += [_placed(issue, [number for number, _ in group]) for issue in found if issue.blocking]
    if entry is None or issues:
        return None, issues
    return SheetPerson(tuple(number for number, _ in group), told["employee_number"], told["email"], entry), []


def _placed(issue: Issue, numbers: Sequence[int]) -> Issue:
    """The issue at its cell: the row of the assignment, or the first one of the person."""
    kind, _, rest = issue.where.partition("-")
    number, _, cell = rest.partition("-")
    if kind == "stays":
        return Issue(f"{numbers[int(number)]}:{cell}", issue.message, issue.params)
    return Issue(f"{numbers[0]}:{issue.where}", issue.message, issue.params)

"""Who takes part, as it is typed or stands in a sheet: texts read into days and figures, everything wrong at once.

`where` is the field ("stays-1-first"), so that a form and a sheet say the same about the same mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from apps.incentives.domain.proration import Days, Leave, slice_issues
from apps.kernel import currency as iso
from apps.kernel.issue import N_, Issue

LAST_OF_ALL = date(9999, 12, 31)
KINDS = ("unpaid", "sick", "parental", "other")
STAY = ("team", "first", "last", "amount", "coefficient", "salary")
LEAVE = ("first", "last", "kind", "share")
MOST = Decimal("1e18")
BEFOREHAND = ("coefficient", "kind", "share")
"""Cells that the form fills in for whoever goes on."""
PERSON = ("name", "employee_number", "cap", "currency", "joined", "left_on", "leaving_reason", "forfeits")

NOT_A_DAY = N_("“%(text)s” is not a day. Write one such as 2026-06-30.")
NOT_A_NUMBER = N_("“%(text)s” is not an amount. Write digits and a point, such as 12500.50.")
NEGATIVE = N_("This must be 0 or more.")
NEEDED = N_("This is missing.")
NO_NAME = N_("Give a name.")
NO_SUCH_TEAM = N_("There is no team “%(name)s”, or several are called so.")
NO_REASON = N_("Say why they leave: the reason is kept.")
FORFEIT_REASON = N_("Say why nothing is paid: the reason stands on the statement.")
LEFT_EARLY = N_("They leave before they join.")
AFTER_LEAVING = N_("The assignment begins after the last day, %(day)s.")
NO_CURRENCY = N_("“%(text)s” is no currency. Write its three letters, such as CNY.")
NO_KIND = N_("“%(text)s” is none of: %(choices)s.")
SHARE = N_("Say in percent how much of these days does not count: above 0, at most 100.")
CAP = N_("A cap must be above 0. Leave it out if there is none.")


@dataclass(frozen=True)
class Stay:
    """Days with one team, one target bonus, one coefficient. `team` is its id as a text."""

    team: str
    first: date
    last: date | None
    amount: Decimal
    coefficient: Decimal = Decimal(1)
    salary: Decimal | None = None


@dataclass(frozen=True)
class Away:
    """Days that do not count, wholly or for a share."""

    first: date
    last: date
    kind: str = "unpaid"
    share: Decimal = Decimal(1)


@dataclass(frozen=True)
class Entry:
    """Somebody who takes part, with everything that is said of them."""

    name: str
    employee_number: str = ""
    cap: Decimal | None = None
    currency: str = ""
    joined: date | None = None
    left_on: date | None = None
    leaving_reason: str = ""
    forfeits: bool = False
    stays: tuple[Stay, ...] = ()
    leaves: tuple[Away, ...] = ()


@dataclass
class Cells:
    """Texts by name, and what is wrong with them so far."""

    told: Mapping[str, str]
    issues: list[Issue] = field(default_factory=list)

    def text(self, name: str) -> str:
        return " ".join((self.told.get(name) or "").split())

    def wrong(self, where: str, message: str, **params: object) -> None:
        self.issues.append(Issue(where, message, params))

    def day(self, name: str) -> date | None:
        text = self.text(name)
        try:
            return datetime.fromisoformat(text.replace("/", "-")).date() if text else None
        except ValueError:
            self.wrong(name, NOT_A_DAY, text=text[:40])
            return None

    def figure(self, name: str) -> Decimal | None:
        """An amount of 0 or more, with groups of three or without; a share where a percent sign stands behind."""
        text = self.text(name).replace(",", "").replace("，", "")
        if not text:
            return None
        percent = text.endswith("%")
        try:
            value = Decimal(text.rstrip("% "))
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or abs(value) >= MOST:
            self.wrong(name, NOT_A_NUMBER, text=text[:40])
            return None
        if value < 0:
            self.wrong(name, NEGATIVE)
            return None
        return value.scaleb(-2) if percent else value

    def needed(self, name: str, value: object) -> None:
        if value is None and not any(issue.where == name for issue in self.issues):
            self.wrong(name, NEEDED)


def read_entry(
    told: Mapping[str, str], teams: Callable[[str], str | None], *, in_percent: bool = False
) -> tuple[Entry | None, list[Issue]]:
    """The entry that texts say, or None; with all issues, those that do not block too.

    `teams` gives the id of what was chosen or written, None where there is none. `in_percent`: amounts are shares,
    typed in percent.
    """
    cells = Cells(told)
    stays = tuple(each for at in rows_of(told, "stays", STAY) if (each := _stay(cells, at, teams, in_percent)))
    leaves = tuple(gone for at in rows_of(told, "leaves", LEAVE) if (gone := _away(cells, at)))
    entry = Entry(
        cells.text("name")[:120], cells.text("employee_number")[:40], cells.figure("cap"),
        cells.text("currency").upper(), cells.day("joined"), cells.day("left_on"), cells.text("leaving_reason")[:200],
        cells.text("forfeits").lower() in ("yes", "on", "1", "true", "是"), stays, leaves,
    )  # fmt: skip
    issues = [*cells.issues, *entry_issues(entry)]
    return (None if any(issue.blocking for issue in issues) else closed(entry)), issues


def rows_of(told: Mapping[str, str], block: str, names: Sequence[str]) -> list[int]:
    """The numbers of the rows in which something stands."""
    found = set()
    for name, text in told.items():
        kind, _, rest = name.partition("-")
        number, _, cell = rest.partition("-")
        filled = cell in names and cell not in BEFOREHAND and (text or "").strip()
        if kind == block and number.isdecimal() and len(number) < 4 and filled:
            found.add(int(number))
    return sorted(found)


def _stay(cells: Cells, at: int, teams: Callable[[str], str | None], in_percent: bool) -> Stay | None:
    at_name = f"stays-{at}-"
    before = len(cells.issues)
    said = cells.text(f"{at_name}team")
    team = teams(said) if said else None
    if said and team is None:
        cells.wrong(f"{at_name}team", NO_SUCH_TEAM, name=said[:40])
    first, last = cells.day(f"{at_name}first"), cells.day(f"{at_name}last")
    amount, salary = cells.figure(f"{at_name}amount"), cells.figure(f"{at_name}salary")
    coefficient = cells.figure(f"{at_name}coefficient")
    for name, value in (("team", team), ("first", first), ("amount", amount)):
        cells.needed(f"{at_name}{name}", value)
    if len(cells.issues) > before or team is None or first is None or amount is None:
        return None
    if in_percent and not cells.text(f"{at_name}amount").endswith("%"):
        amount = amount.scaleb(-2)
    return Stay(team, first, last, amount, Decimal(1) if coefficient is None else coefficient, salary)


def _away(cells: Cells, at: int) -> Away | None:
    at_name = f"leaves-{at}-"
    before = len(cells.issues)
    first, last = cells.day(f"{at_name}first"), cells.day(f"{at_name}last")
    kind, share = cells.text(f"{at_name}kind") or "unpaid", cells.figure(f"{at_name}share")
    if share is not None and not cells.text(f"{at_name}share").endswith("%"):
        share = share.scaleb(-2)
    if share is not None and not 0 < share <= 1:
        cells.wrong(f"{at_name}share", SHARE)
    if kind not in KINDS:
        cells.wrong(f"{at_name}kind", NO_KIND, text=kind[:20], choices=", ".join(KINDS))
    cells.needed(f"{at_name}first", first)
    cells.needed(f"{at_name}last", last)
    if len(cells.issues) > before or first is None or last is None:
        return None
    return Away(first, last, kind, Decimal(1) if share is None else share)


def entry_issues(entry: Entry) -> list[Issue]:
    """What is wrong with somebody, and what is worth knowing: overlaps and turned days block, gaps are told."""
    found = [] if entry.name else [Issue("name", NO_NAME)]
    if entry.cap is not None and entry.cap == 0:
        found.append(Issue("cap", CAP))
    if entry.currency and entry.currency not in iso.CODES:
        found.append(Issue("currency", NO_CURRENCY, {"text": entry.currency[:10]}))
    if entry.joined and entry.left_on and entry.left_on < entry.joined:
        found.append(Issue("left_on", LEFT_EARLY))
    if entry.left_on and not entry.leaving_reason:
        found.append(Issue("leaving_reason", NO_REASON))
    if entry.forfeits and not entry.leaving_reason:
        found.append(Issue("leaving_reason", FORFEIT_REASON))
    for at, stay in enumerate(entry.stays):
        if entry.left_on and stay.first > entry.left_on:
            found.append(Issue(f"stays-{at}-first", AFTER_LEAVING, {"day": entry.left_on}))
    return [*found, *day_issues(entry.stays, entry.leaves)]


def day_issues(stays: Iterable[Stay], leaves: Iterable[Away]) -> list[Issue]:
    """Overlaps, turned days and gaps, over all time."""
    days = [Days(each.first, each.last or LAST_OF_ALL) for each in stays]
    away = [Leave(Days(each.first, each.last)) for each in leaves]
    ever = Days(date(1, 1, 1), LAST_OF_ALL)
    return slice_issues(ever, days, away, "stays-0-first") if days else slice_issues(ever, (), away, "leaves-0-first")


def closed(entry: Entry) -> Entry:
    """With assignments that end on somebody's last day, where they would go on."""
    left = entry.left_on
    if left is None:
        return entry
    stays = tuple(
        Stay(each.team, each.first, min(each.last or left, left), each.amount, each.coefficient, each.salary)
        for each in entry.stays
    )
    return Entry(**{**entry.__dict__, "stays": stays})


def moved(stays: Sequence[Stay], to: Stay) -> tuple[Stay, ...]:
    """The assignments after somebody changes teams: what holds on that day ends the day before, later ones go."""
    eve = date.fromordinal(to.first.toordinal() - 1)
    kept = [
        Stay(each.team, each.first, min(each.last or eve, eve), each.amount, each.coefficient, each.salary)
        for each in stays
        if each.first <= eve
    ]
    return (*kept, to)

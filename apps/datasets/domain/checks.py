"""Checks of a dataset: what is to hold for every row, what becomes of rows that break it, and it all in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from apps.datasets.domain.columns import Column
from apps.engine.plan import NUMERIC, ColumnType
from apps.engine.quality import Rule, RuleKind
from apps.kernel.issue import N_, Issue

MOST_CHECKS = 50
MOST_VALUES = 200
LONGEST = 200
MOST_CHARACTERS = 1_000_000
KINDS = tuple(kind.value for kind in RuleKind)
_TIMES = frozenset({ColumnType.DATE, ColumnType.DATETIME})
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,18})?")
_FITS: Mapping[str, frozenset[ColumnType]] = {
    RuleKind.FILLED: frozenset(ColumnType),
    RuleKind.UNIQUE: frozenset(ColumnType),
    RuleKind.RANGE: NUMERIC | _TIMES,
    RuleKind.ONE_OF: frozenset({ColumnType.TEXT, ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.BOOLEAN}),
    RuleKind.LENGTH: frozenset({ColumnType.TEXT}),
    RuleKind.PATTERN: frozenset({ColumnType.TEXT}),
}

NO_KIND = N_("Choose what is checked.")
NO_SEVERITY = N_("Choose what becomes of rows that break it: they are pointed out, or not loaded.")
NO_COLUMN = N_("Choose a column.")
UNKNOWN_COLUMN = N_("The data has no column “%(column)s”. It has: %(columns)s.")
ONE_COLUMN = N_("This check is of one column.")
SAME_COLUMN = N_("“%(column)s” is named twice.")
WRONG_TYPE = N_("“%(column)s” holds %(type)s values, which cannot be checked like this.")
NO_BOUND = N_("Give the smallest value, the largest one, or both.")
NOT_A_NUMBER = N_("“%(text)s” is not a number; write digits and a point, such as -1234.5.")
NOT_A_DAY = N_("“%(text)s” is not a day; write 2026-06-30.")
NOT_A_COUNT = N_("“%(text)s” is not a number of characters from 0 to 1,000,000.")
UPSIDE_DOWN = N_("The smallest value is larger than the largest one.")
NO_VALUES = N_("List the values that are allowed, one on each line.")
TOO_MANY_VALUES = N_("List at most %(most)s values.")
NOT_YES_OR_NO = N_("“%(text)s” is neither true nor false.")
NO_PATTERN = N_("Give the pattern: # is a digit, @ a letter, ? any character, * any number of them.")
TOO_LONG = N_("This is too long; use up to %(most)s characters.")
SUPERFLUOUS = N_("This check takes no such thing; leave it out.")
ONLY_WARNS = N_(
    "Rows that share a value can only be pointed out. To keep them from being loaded, make the column the row key."
)
THERE_ALREADY = N_("There is such a check already.")
TOO_MANY_CHECKS = N_("A dataset has at most %(most)s checks.")


class Severity(StrEnum):
    """What becomes of rows that break a check."""

    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Check:
    """What is to hold for every row. Fields as those of the engine's `Rule`; an empty cell only breaks `filled`."""

    kind: str
    columns: tuple[str, ...]
    low: str = ""
    high: str = ""
    values: tuple[str, ...] = ()
    pattern: str = ""
    severity: str = Severity.WARN.value

    def rule(self, name: str) -> Rule:
        """The same in the engine's terms."""
        return Rule(name, RuleKind(self.kind), self.columns, self.low, self.high, self.values, self.pattern)


@dataclass(frozen=True)
class Fault:
    """Something to mend in a check: in `field`."""

    field: str
    issue: Issue


def check_of(data: Mapping[str, object]) -> Check:
    """A check from a plain dict, such as a form, the API or a model gives; what is missing is empty, and spaces go."""
    columns = data.get("columns") or ([data["column"]] if data.get("column") else [])
    kind = str(data.get("kind") or "")
    return Check(
        kind=kind,
        columns=tuple(str(column).strip() for column in columns),  # type: ignore[attr-defined]
        low=str(data.get("low") if data.get("low") is not None else "").strip(),
        high=str(data.get("high") if data.get("high") is not None else "").strip(),
        values=tuple(dict.fromkeys(text for each in data.get("values") or () if (text := str(each).strip()))),  # type: ignore[attr-defined]
        pattern=str(data.get("pattern") or ""),
        severity=str(data.get("severity") or Severity.WARN.value),
    )


def faults_of(check: Check, columns: Sequence[Column]) -> list[Fault]:
    """Everything wrong with a check of a dataset with these columns."""
    if check.kind not in KINDS:
        return [Fault("kind", Issue("", NO_KIND))]
    found = _column_faults(check, {column.name: column for column in columns})
    if check.severity not in set(Severity):
        found.append(Fault("severity", Issue("", NO_SEVERITY)))
    elif check.kind == RuleKind.UNIQUE and check.severity == Severity.REFUSE:
        found.append(Fault("severity", Issue("", ONLY_WARNS)))
    found += _superfluous(check)
    if found:
        return found
    kind = next(ColumnType(column.type) for column in columns if column.name == check.columns[0])
    if check.kind == RuleKind.RANGE:
        return _bounds(check, kind)
    if check.kind == RuleKind.LENGTH:
        return _bounds(check, None)
    if check.kind == RuleKind.ONE_OF:
        return _value_faults(check, kind)
    if check.kind == RuleKind.PATTERN:
        return _pattern_faults(check)
    return []


def _column_faults(check: Check, there: Mapping[str, Column]) -> list[Fault]:
    if not check.columns:
        return [_fault("columns", NO_COLUMN)]
    if len(check.columns) > 1 and check.kind != RuleKind.UNIQUE:
        return [_fault("columns", ONE_COLUMN)]
    found = []
    for at, column in enumerate(check.columns):
        if column not in there:
            found.append(_fault("columns", UNKNOWN_COLUMN, column=column[:64], columns=", ".join(sorted(there))))
        elif column in check.columns[:at]:
            found.append(_fault("columns", SAME_COLUMN, column=column))
        elif ColumnType(there[column].type) not in _FITS[check.kind]:
            found.append(_fault("columns", WRONG_TYPE, column=column, type=there[column].type))
    return found


_TAKES: Mapping[str, frozenset[str]] = {
    RuleKind.RANGE: frozenset({"low", "high"}),
    RuleKind.LENGTH: frozenset({"low", "high"}),
    RuleKind.ONE_OF: frozenset({"values"}),
    RuleKind.PATTERN: frozenset({"pattern"}),
}


def _superfluous(check: Check) -> list[Fault]:
    takes = _TAKES.get(check.kind, frozenset())
    parts = ("low", "high", "values", "pattern")
    return [_fault(part, SUPERFLUOUS) for part in parts if getattr(check, part) and part not in takes]


def _bounds(check: Check, kind: ColumnType | None) -> list[Fault]:
    """What is wrong with the ends of a range of numbers, of days, or (None) of numbers of characters."""
    if not check.low and not check.high:
        return [_fault("low", NO_BOUND)]
    read, message = (
        (_count, NOT_A_COUNT) if kind is None else (_day, NOT_A_DAY) if kind in _TIMES else (_number, NOT_A_NUMBER)
    )
    found, ends = [], {}
    for part in ("low", "high"):
        text = getattr(check, part)
        ends[part] = read(text) if text else None
        if text and ends[part] is None:
            found.append(_fault(part, message, text=text[:64]))
    if not found and ends["low"] is not None and ends["high"] is not None and ends["low"] > ends["high"]:  # type: ignore[operator]
        found.append(_fault("high", UPSIDE_DOWN))
    return found


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,7}", text) and int(text) <= MOST_CHARACTERS else None


def _value_faults(check: Check, kind: ColumnType) -> list[Fault]:
    if not check.values:
        return [_fault("values", NO_VALUES)]
    if len(check.values) > MOST_VALUES:
        return [_fault("values", TOO_MANY_VALUES, most=MOST_VALUES)]
    found = []
    for text in check.values:
        if len(text) > LONGEST:
            found.append(_fault("values", TOO_LONG, most=LONGEST))
        elif kind in NUMERIC and _number(text) is None:
            found.append(_fault("values", NOT_A_NUMBER, text=text[:64]))
        elif kind == ColumnType.BOOLEAN and text not in ("true", "false"):
            found.append(_fault("values", NOT_YES_OR_NO, text=text[:64]))
    return found


def _pattern_faults(check: Check) -> list[Fault]:
    if not check.pattern:
        return [_fault("pattern", NO_PATTERN)]
    return [_fault("pattern", TOO_LONG, most=LONGEST)] if len(check.pattern) > LONGEST else []


def _fault(field: str, message: str, **params: object) -> Fault:
    return Fault(field, Issue(field, message, params))


def in_words(check: Check, columns: Sequence[Column] = ()) -> Issue:
    """What a check asks, as a sentence: a message with its parameters. Columns are called what the file calls them."""
    names = {column.name: column.source for column in columns}
    params: dict[str, object] = {"column": " + ".join(names.get(name) or name for name in check.columns)}
    if check.kind in (RuleKind.RANGE, RuleKind.LENGTH):
        params |= {"low": check.low, "high": check.high}
        end = "both" if check.low and check.high else "low" if check.low else "high"
        return Issue("", _ENDS[RuleKind(check.kind)][end], params)
    if check.kind == RuleKind.ONE_OF:
        shown = ", ".join(check.values[:8]) + (", …" if len(check.values) > 8 else "")
        return Issue("", N_("“%(column)s” is one of: %(values)s"), params | {"values": shown})
    if check.kind == RuleKind.PATTERN:
        return Issue("", N_("“%(column)s” looks like %(pattern)s"), params | {"pattern": check.pattern})
    if check.kind == RuleKind.UNIQUE:
        return Issue("", N_("“%(column)s” is different in every row"), params)
    return Issue("", N_("“%(column)s” is filled in"), params)


_ENDS: Mapping[RuleKind, Mapping[str, str]] = {
    RuleKind.RANGE: {
        "both": N_("“%(column)s” is from %(low)s to %(high)s"),
        "low": N_("“%(column)s” is at least %(low)s"),
        "high": N_("“%(column)s” is at most %(high)s"),
    },
    RuleKind.LENGTH: {
        "both": N_("“%(column)s” has %(low)s to %(high)s characters"),
        "low": N_("“%(column)s” has at least %(low)s characters"),
        "high": N_("“%(column)s” has at most %(high)s characters"),
    },
}


def issues_of(checks: Sequence[Check], columns: Sequence[Column]) -> Sequence[Issue]:
    """Everything wrong with these checks as those of one dataset; `where` is the check's place and field (“0.low”)."""
    if len(checks) > MOST_CHECKS:
        return [Issue("", TOO_MANY_CHECKS, {"most": MOST_CHECKS})]
    found = []
    for at, check in enumerate(checks):
        faults = faults_of(check, columns)
        if not faults and check in checks[:at]:
            faults = [_fault("kind", THERE_ALREADY)]
        found += [Issue(f"{at}.{fault.field}", fault.issue.message, fault.issue.params) for fault in faults]
    return found


def fitting(kind: str, columns: Sequence[Column]) -> list[Column]:
    """The columns that can be checked in this way."""
    return [column for column in columns if ColumnType(column.type) in _FITS[kind]]

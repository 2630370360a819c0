"""The terms of a target: what was agreed, as the columns of a row; told as JSON, and compared with another's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from apps.kernel.issue import N_
from apps.kernel.numbers import plain
from apps.targets.domain.checks import Wish
from apps.targets.domain.kinds import Kind, Shape

FIGURES = ("baseline", "goal", "low", "high", "tolerance")
DAYS = ("start", "due", "valid_from", "review_on")
NAMES = ("kind", "pace", *FIGURES, "milestones", *DAYS)

WORDS: dict[str, str] = {
    "kind": N_("Kind"),
    "pace": N_("Laid over time"),
    "baseline": N_("From the value"),
    "goal": N_("To the value"),
    "low": N_("Not below"),
    "high": N_("Not above"),
    "tolerance": N_("Tolerance"),
    "milestones": N_("Milestones"),
    "start": N_("From the day"),
    "due": N_("By when"),
    "valid_from": N_("Holds from"),
    "review_on": N_("To be looked at again"),
    "owner_name": N_("Who answers for it"),
}
"""What each term is called, as on the form."""

USED: dict[Kind, frozenset[str]] = {
    Kind.LEVEL: frozenset({"baseline", "goal"}),
    Kind.FLOW: frozenset({"baseline", "goal"}),
    Kind.ABOVE: frozenset({"goal"}),
    Kind.BELOW: frozenset({"goal"}),
    Kind.BAND: frozenset({"low", "high", "tolerance"}),
    Kind.RATE: frozenset({"goal"}),
}
"""The figures that each kind reads; what was typed into others is not kept."""


class Held(Protocol):
    """What is read of a target that is agreed already."""

    due: date
    valid_from: date | None
    valid_until: date | None


def of_wish(wish: Wish, *, start: date, due: date, valid_from: date | None) -> dict[str, Any]:
    """The columns of a wish without issues; figures that its kind does not read are left out as None."""
    used = USED[wish.kind]
    return {
        "kind": wish.kind,
        "pace": wish.pace,
        **{name: getattr(wish, name) if name in used else None for name in FIGURES},
        "milestones": [[day.isoformat(), f"{plain(value):f}"] for day, value in wish.milestones],
        "start": start,
        "due": due,
        "valid_from": valid_from,
        "review_on": wish.review_on,
    }


def milestones_of(stored: list[list[str]]) -> tuple[tuple[date, Decimal], ...]:
    """Milestones as they are kept, read back."""
    return tuple((date.fromisoformat(day), Decimal(value)) for day, value in stored)


def wish_of(terms: Mapping[str, Any], grain: Any) -> Wish:
    """The wish that would agree the same terms again."""
    figures = {name: terms[name] for name in (*FIGURES, *DAYS)}
    return Wish(
        grain=grain,
        kind=Kind(terms["kind"]),
        pace=Shape(terms["pace"]),
        milestones=milestones_of(terms["milestones"]),
        **figures,
    )


def has_begun(row: Held, today: date) -> bool:
    """Whether an agreed `row` has begun to hold."""
    return row.valid_from is None or row.valid_from <= today


def holds_from(wish: Wish, start: date, running: Held | None) -> date | None:
    """From which day on it counts, None for at once: one that begins after the end of `running` waits for it."""
    if wish.valid_from is not None or running is None:
        return wish.valid_from
    return start if start > running.due else None


def held_until(row: Held, valid_from: date | None, today: date) -> date | None:
    """The day up to which an agreed `row` holds once another holds from `valid_from` on; None: it does not any more."""
    if valid_from is None or valid_from <= today or (row.valid_from is not None and row.valid_from >= valid_from):
        return None
    return valid_from if row.valid_until is None else min(valid_from, row.valid_until)


def told(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms as plain JSON, without those that are not given."""
    return {name: _as_json(terms[name]) for name in NAMES if terms[name] not in (None, [], "")}


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{plain(value):f}"
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, list) else str(value)


@dataclass(frozen=True)
class Difference:
    """One term that differs; None where there was none, or is none any more."""

    name: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """The terms that differ between two targets, in the order of the form."""
    for name in WORDS:
        if before.get(name) != after.get(name):
            yield Difference(name, before.get(name), after.get(name))

"""What may be done in a dispute about a statement, by whom, and what becomes of it. Source: goals_and_pay 4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.kernel.issue import N_, Issue


class DisputeState(StrEnum):
    """Where a dispute stands. Only a closed one makes room for another."""

    OPEN = "open"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CLOSED = "closed"


class DisputeAct(StrEnum):
    """What somebody does in a dispute."""

    RAISE = "raise"
    SAY = "say"  # more from whoever raised it: an answered dispute is open again
    ANSWER = "answer"
    ACCEPT = "accept"
    REFUSE = "refuse"
    CLOSE = "close"


class Side(StrEnum):
    """Whose act it is: whose pay it is about, or who looks after pay."""

    OWN = "own"
    PAY = "pay"


@dataclass(frozen=True)
class DisputeRule:
    states: frozenset[DisputeState]
    to: DisputeState
    sides: frozenset[Side]
    text: bool = True


_S, _OWN, _PAY = DisputeState, frozenset({Side.OWN}), frozenset({Side.PAY})
_LIVE = frozenset({_S.OPEN, _S.ANSWERED})
DISPUTE_RULES = {
    DisputeAct.SAY: DisputeRule(_LIVE, _S.OPEN, _OWN),
    DisputeAct.ANSWER: DisputeRule(_LIVE, _S.ANSWERED, _PAY),
    DisputeAct.ACCEPT: DisputeRule(_LIVE, _S.ACCEPTED, _PAY),
    DisputeAct.REFUSE: DisputeRule(_LIVE, _S.REFUSED, _PAY),
    DisputeAct.CLOSE: DisputeRule(
        frozenset({_S.ANSWERED, _S.ACCEPTED, _S.REFUSED}), _S.CLOSED, frozenset(Side), text=False
    ),
}


def sides_of(*, own: bool, looks_after_pay: bool) -> frozenset[Side]:
    """On which side somebody stands. In a dispute of their own, who looks after pay is only the person it is about."""
    if own:
        return _OWN
    return _PAY if looks_after_pay else frozenset()


def raise_issues(today: date, until: date, *, superseded: bool, live: bool, text: str) -> tuple[Issue, ...]:
    """Why a statement cannot be disputed; nothing means that it can. The last day is within the time."""
    told = (
        (superseded, "", N_("This statement is superseded. Look at the one that replaces it.")),
        (today > until, "", N_("The time to dispute this statement is over. Write to whoever looks after pay.")),
        (live, "", N_("You already dispute this statement. Add to what you wrote there.")),
        (not text.strip(), "text", N_("Say what you hold to be wrong.")),
    )
    return tuple(Issue(where, message) for applies, where, message in told if applies)


def dispute_issues(act: DisputeAct, state: DisputeState, sides: frozenset[Side], text: str) -> tuple[Issue, ...]:
    """Why `act` is not possible now; nothing means that it is."""
    rule = DISPUTE_RULES[act]
    told = (
        (not rule.sides & sides, "", N_("This is for the other side of the dispute to do.")),
        (state not in rule.states, "", N_("The dispute does not stand where this is possible. Load the page again.")),
        (rule.text and not text.strip(), "text", N_("Write something. It is kept with the dispute.")),
    )
    return tuple(Issue(where, message) for applies, where, message in told if applies)


def dispute_acts(state: DisputeState, sides: frozenset[Side]) -> tuple[DisputeAct, ...]:
    """What a page offers."""
    return tuple(act for act in DISPUTE_RULES if not dispute_issues(act, state, sides, "-"))

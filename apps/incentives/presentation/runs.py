"""Runs in words: where they stand, what was done, what stands in the way; amounts as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors as accounts
from apps.common import formats
from apps.incentives.domain.plan import Plan
from apps.incentives.domain.rounding import minor_digits, minor_per_unit
from apps.incentives.domain.sentences import cents
from apps.incentives.domain.sentences import number as number_text
from apps.incentives.domain.states import Act, State
from apps.incentives.domain.why import Cause
from apps.incentives.models import Run
from apps.incentives.selectors import Check, PersonChange
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.workspaces.scope import current_workspace

STATE_WORDS: Mapping[State, tuple[str, object]] = {
    State.DRAFT: ("none", _("Draft")),
    State.CALCULATED: ("none", _("Calculated")),
    State.IN_REVIEW: ("warn", _("In review")),
    State.APPROVED: ("good", _("Approved")),
    State.LOCKED: ("good", _("Locked")),
    State.PAID: ("good", _("Paid")),
    State.REOPENED: ("warn", _("Opened again")),
    State.VOID: ("none", _("Void")),
}

ACT_WORDS: Mapping[Act, object] = {
    Act.CALCULATE: _("Calculate"),
    Act.ADJUST: _("Add an amount"),
    Act.SUBMIT: _("Submit for review"),
    Act.COMMENT: _("Comment"),
    Act.RETURN: _("Return"),
    Act.APPROVE: _("Approve"),
    Act.REJECT: _("Reject"),
    Act.LOCK: _("Lock and publish"),
    Act.PAY: _("Confirm as paid"),
    Act.REOPEN: _("Open again"),
    Act.VOID: _("Make void"),
}

ACT_TEXTS: Mapping[Act, object] = {
    Act.SUBMIT: _("Nothing can be changed while it is in review; whoever reviews it can return it."),
    Act.COMMENT: _("Everybody who reviews the run reads it."),
    Act.RETURN: _("The run becomes a draft again. It has to be calculated and approved anew."),
    Act.APPROVE: _("Your approval is for exactly what you see. Any change takes it away."),
    Act.REJECT: _("The run becomes a draft again, and every approval is gone."),
    Act.LOCK: _("Every amount is posted to the ledger, and everybody can see their statement."),
    Act.PAY: _("The run stays as it is for good. Later corrections are runs of their own."),
    Act.REOPEN: _("What was posted is taken back, line by line; approvals are gone. It takes two people."),
    Act.VOID: _("The run pays nobody, for good, and another one can begin. It takes two people."),
}

EVENT_WORDS: Mapping[str, object] = {
    "begun": _("Began the run"),
    "calculate": _("Calculated"),
    "submit": _("Submitted for review"),
    "comment": _("Commented"),
    "return": _("Returned"),
    "approve": _("Approved"),
    "reject": _("Rejected"),
    "lock": _("Locked and published"),
    "pay": _("Confirmed as paid"),
    "reopen": _("Opened again"),
    "void": _("Made void"),
    "propose_reopen": _("Proposed to open it again"),
    "propose_void": _("Proposed to make it void"),
    "withdraw_reopen": _("Took back the proposal to open it again"),
    "withdraw_void": _("Took back the proposal to make it void"),
    "adjust": _("Proposed an amount by hand"),
    "approve_adjustment": _("Approved an amount by hand"),
    "withdraw_adjustment": _("Took back an amount by hand"),
    "decide": _("Decided what counts for a missing value"),
    "approve_decision": _("Approved that a component is void"),
    "undecide": _("Took back a decision about a missing value"),
    "rate": _("Gave an exchange rate"),
    "budget": _("Changed the budget"),
    "let": _("Let a check be"),
    "start_adjustment": _("Began a correction"),
    "leave_correction": _("Left it as it was, though figures were corrected"),
}

KIND_WORDS: Mapping[str, object] = {
    "original": _("Pay of the period"),
    "adjustment": _("Added by hand"),
    "delta": _("Correction"),
    "reversal": _("Taken back"),
}

CAUSE_WORDS: Mapping[Cause, object] = {
    Cause.PLAN: _("Another plan"),
    Cause.ROSTER: _("Assignment, target bonus, coefficient, leave"),
    Cause.TARGET: _("Targets"),
    Cause.DATA: _("What was reached"),
    Cause.RATE: _("Exchange rates"),
    Cause.ADJUSTMENT: _("Amounts by hand"),
    Cause.TOGETHER: _("Several of these together"),
}


def word_of(run: Run) -> tuple[str, str]:
    """Tone and word of where a run stands."""
    tone, word = STATE_WORDS[State(run.state)]
    return tone, str(word)


def amount(minor: int | None, currency: str) -> str:
    """An amount as it is paid: ¥27,250.00; a dash where there is none."""
    return formats.DASH if minor is None else cents(minor, currency)


def change(minor: int, currency: str) -> str:
    """A difference with its sign: +¥750.00."""
    return f"+{amount(minor, currency)}" if minor > 0 else amount(minor, currency)


def totals(run: Run, told: Mapping[str, int] | None) -> list[str]:
    """What a run pays in all, in each currency; the plan's first."""
    found = sorted((told or {}).items(), key=lambda each: (each[0] != run.plan.currency, each[0]))
    return [amount(minor, currency) for currency, minor in found]


@dataclass(frozen=True)
class ChangeView:
    """From what one run paid to what the next pays, in one currency: each cause with what it adds."""

    before: str
    after: str
    change: str
    parts: tuple[tuple[str, str, str], ...]
    """A cause in words, what it adds, and whether that is "up" or "down"."""


def person_change(told: PersonChange) -> dict[str, object]:
    """From what somebody was paid to what they are paid now: each cause with what it adds, the largest first."""
    parts = sorted(told.parts.items(), key=lambda each: -abs(each[1]))
    return {
        "before": amount(told.before, told.currency),
        "after": amount(told.after, told.currency),
        "change": change(told.after - told.before, told.currency),
        "parts": [(str(CAUSE_WORDS[Cause(cause)]), change(minor, told.currency)) for cause, minor in parts],
    }


def change_rows(totals: Mapping[str, Mapping[str, Any]]) -> list[ChangeView]:
    """Why a run pays other amounts, by currency; the largest part first."""
    return [
        ChangeView(
            amount(told["before"], currency),
            amount(told["after"], currency),
            change(told["after"] - told["before"], currency),
            tuple(
                (str(CAUSE_WORDS[Cause(cause)]), change(minor, currency), "up" if minor > 0 else "down")
                for cause, minor in sorted(told["parts"].items(), key=lambda part: -abs(part[1]))
                if minor
            ),
        )
        for currency, told in sorted(totals.items())
    ]


def change_table(rows: Iterable[PersonChange]) -> list[list[object]]:
    """Everybody's difference for a spreadsheet: rows and columns add up to the cent."""
    rows = list(rows)
    causes = [cause for cause in Cause if any(str(cause) in row.parts for row in rows)]
    head = [_("Number"), _("Name"), _("Key"), _("Currency"), _("The run before"), _("This run"), _("Difference")]
    return [
        [*map(str, head), *(str(CAUSE_WORDS[cause]) for cause in causes)],
        *(
            [
                row.participant.employee_number if row.participant else "",
                row.participant.name if row.participant else "",
                row.key,
                row.currency,
                *(
                    Decimal(minor).scaleb(-minor_digits(row.currency))
                    for minor in (
                        row.before,
                        row.after,
                        row.after - row.before,
                        *(row.parts.get(str(cause), 0) for cause in causes),
                    )
                ),
            ]
            for row in rows
        ),
    ]


def period_word(run: Run) -> str:
    """The run's period in the company's calendar: Q3 2026."""
    calendar = current_workspace().calendar
    return formats.period(calendar.period_of(run.first, Grain(run.plan.period)))


@dataclass(frozen=True)
class Names:
    """Names of teams and components, for what snapshots keep by key."""

    teams: Mapping[str, str]
    components: Mapping[str, str]

    def team(self, key: str) -> str:
        return self.teams.get(key, "") if key else gettext("The company")

    def component(self, key: str) -> str:
        return self.components.get(key, key) if key else gettext("All components together")


def names(plan: Plan) -> Names:
    """The names that pages of a run need. One query."""
    parts = [*plan.components, *plan.gates, *plan.multipliers]
    return Names({str(line.id): line.name for line in accounts.team_lines()}, {each.key: each.name for each in parts})


@dataclass(frozen=True)
class CheckRow:
    """A check as a page shows it."""

    check: Check
    text: str
    people: str
    more: int


def check_rows(found: Iterable[Check], known: Names) -> list[CheckRow]:
    """Checks in words; a team's key is told by its name."""
    rows = []
    for each in found:
        params = dict(each.params)
        if "team" in params:
            params["team"] = known.team(str(params["team"]))
        text = gettext(each.message) % params if params else gettext(each.message)
        place = str(params.get("place", ""))
        rows.append(
            CheckRow(
                each,
                f"{place}: {text}" if place else text,
                formats.listed(each.people),
                max(each.count - len(each.people), 0),
            )
        )
    return sorted(rows, key=lambda row: (not row.check.blocks, row.check.name))


def metric_names(keys: Iterable[str]) -> dict[str, str]:
    """Names of metrics by key. One query."""
    wanted = set(keys)
    return {view.key: view.name for view in metrics.metrics(archived=True) if view.key in wanted}


def unit(currency: str) -> Fraction:
    """One minor unit, in units of a currency."""
    return Fraction(1, minor_per_unit(currency))


def exact(text: str) -> str:
    """An exact figure that was kept as text; a dash where there was none."""
    return number_text(Fraction(text)) if text else formats.DASH

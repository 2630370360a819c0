"""The three tests of a North Star: customer value, revenue, sustainable. Scored 0 to 5 each, with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apps.kernel.issue import N_, Issue

LEAST, MOST, PASSED = 0, 5, 3
LONGEST = 1000


@dataclass(frozen=True)
class Test:
    """A test: its name, the question, and what 0 and 5 mean."""

    name: str
    question: str
    none: str
    full: str
    asks: tuple[str, ...]


TESTS: dict[str, Test] = {
    "value": Test(
        N_("Customer value"), N_("Does it rise when customers get more of what they come for?"),
        N_("It can rise while customers get nothing."), N_("It rises only if customers get more."),
        (N_("What does a customer do right before it rises?"), N_("Could it rise with annoyed customers?")),
    ),
    "revenue": Test(
        N_("Revenue"), N_("Does revenue follow it?"),
        N_("Nothing shows that revenue follows."), N_("It moves first, and revenue has followed each time."),
        (N_("By how many periods does it lead?"), N_("Is it revenue itself? Then it comes too late to steer by.")),
    ),
    "sustainable": Test(
        N_("Sustainable"), N_("Can the team's daily work improve it, and keep improving it?"),
        N_("Nobody here can move it, or only once."), N_("Each team knows what to do for it every week."),
        (N_("Which team looks after which part?"), N_("What happens to it when discounts end?")),
    ),
}  # fmt: skip


def issues(scores: Mapping[str, int | None], evidence: Mapping[str, str]) -> list[Issue]:
    """Everything to mend, at the name of the test, or of its evidence."""
    found = []
    for name in TESTS:
        score = scores.get(name)
        if score is None or not LEAST <= score <= MOST:
            found.append(Issue(name, N_("Choose a score from 0 to 5.")))
        text = evidence.get(name, "").strip()
        if len(text) > LONGEST:
            found.append(Issue(f"{name}_evidence", N_("This is too long; use up to 1,000 characters.")))
        if score in (LEAST, MOST) and not text:
            found.append(Issue(f"{name}_evidence", N_("A 0 or a 5 needs a word of evidence.")))
    return found


def total(scores: Mapping[str, int]) -> int:
    """The sum of the three scores, of 15."""
    return sum(scores[name] for name in TESTS)


def weakest(scores: Mapping[str, int]) -> list[str]:
    """The tests that are not passed: below 3."""
    return [name for name in TESTS if scores[name] < PASSED]

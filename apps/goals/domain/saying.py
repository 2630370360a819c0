"""What somebody says at a check-in, besides the value; and everything that speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from apps.kernel.issue import N_, Issue

LONGEST = 2000
CONFIDENCES = ("on_track", "at_risk", "off_track")
CONFIDENT = "on_track"


@dataclass(frozen=True)
class Said:
    """A check-in as it is said. `value` None: it is computed, or made of steps."""

    value: Decimal | None = None
    confidence: str = ""
    note: str = ""
    blockers: str = ""
    next_step: str = ""

    def tidied(self) -> Said:
        """The same without blanks around the texts."""
        return Said(self.value, self.confidence, self.note.strip(), self.blockers.strip(), self.next_step.strip())


def issues(said: Said) -> Iterator[Issue]:
    """Everything that keeps this from being a check-in, all at once; the value is judged by what it measures."""
    if said.confidence not in CONFIDENCES:
        yield Issue("confidence", N_("Say how sure you are that it will be reached."))
    elif said.confidence != CONFIDENT and not (said.blockers or said.note):
        yield Issue("blockers", N_("Say in a few words what is in the way."))
    for name in ("note", "blockers", "next_step"):
        if len(getattr(said, name)) > LONGEST:
            yield Issue(name, N_("At most %(most)s characters."), {"most": LONGEST})

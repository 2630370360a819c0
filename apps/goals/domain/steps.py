"""Steps as one writes a list: one a line, with weight and day behind bars where they matter.

Contract signed
Pilot in two stores | 3
All stores | 5 | 2026-12-15
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from apps.goals.domain.drafts import StepDraft
from apps.kernel.issue import N_, Issue

_BAR = re.compile(r"[|｜]")


def read(text: str, known: Iterable[tuple[str, UUID]] = ()) -> tuple[tuple[StepDraft, ...], list[Issue]]:
    """The steps of a text and what could not be read. A line with the name of a step that is known stays that step."""
    ids = {title.strip().casefold(): pk for title, pk in known}
    steps, found = [], []
    for number, line in enumerate((each for each in text.splitlines() if each.strip()), start=1):
        title, *rest = (part.strip() for part in _BAR.split(line))
        weight: Decimal | None = Decimal(1)
        due = None
        for part in rest:
            if re.fullmatch(r"\d{1,4}([.]\d{1,4})?", part):
                weight = Decimal(part)
            elif (day := _day(part)) is not None:
                due = day
            elif part:
                found.append(
                    Issue(
                        "steps",
                        N_("Line %(number)s: “%(part)s” is neither a weight nor a day such as 2026-12-15."),
                        {"number": number, "part": part[:40]},
                    )
                )
        steps.append(StepDraft(title, weight, due, ids.pop(title.casefold(), None)))
    return tuple(steps), found


def write(steps: Iterable[StepDraft]) -> str:
    """Steps as a text that `read` reads back."""
    return "\n".join(_line(step) for step in steps)


def _line(step: StepDraft) -> str:
    parts = [step.title]
    if step.weight is not None and (step.weight != 1 or step.due):
        parts.append(f"{step.weight.normalize():f}")
    if step.due:
        parts.append(step.due.isoformat())
    return " | ".join(parts)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None

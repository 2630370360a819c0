"""What the fields of a definition are called, and their choices: the words of the form they are filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.kernel.issue import N_
from apps.metrics.forms import DIRECTIONS, HOWS, UNITS
from apps.metrics.forms.kinds import (
    COHORTS,
    COMPARISONS,
    LEVELS,
    LIFECYCLE_FIGURES,
    RECURRING_FIGURES,
    VARIANTS,
    WINDOWS,
)
from apps.metrics.forms.score import MEANS
from apps.metrics.forms.ways import ORDERS

FIELDS = {
    "name.en": N_("Name in English"),
    "name.zh": N_("Name in Chinese"),
    "description": N_("Description"),
    "description.en": N_("Description in English"),
    "description.zh": N_("Description in Chinese"),
    "unit.kind": N_("Unit"),
    "unit.decimals": N_("Digits after the point"),
    "unit.suffix": N_("Behind the figure"),
    "unit.suffix.en": N_("Behind the figure, in English"),
    "unit.suffix.zh": N_("Behind the figure, in Chinese"),
    "direction": N_("Direction"),
    "grains": N_("Read by"),
    "dimensions": N_("Also split by"),
    "trailing": N_("Periods each value covers"),
    "expression": N_("Formula"),
    "kind": N_("Kind"),
    "dataset": N_("Data set"),
    "how": N_("Computed as"),
    "column": N_("Column"),
    "share": N_("Which percentile"),
    "filters": N_("Where"),
    "measure": N_("What is counted"),
    "numerator": N_("What is divided"),
    "denominator": N_("What it is divided by"),
    "entity": N_("Whose rows they are"),
    "conditions": N_("Customers who did …"),
    "base": N_("Out of"),
    "started": N_("Column with the start"),
    "ended": N_("Column with the end, if there is one"),
    "figure": N_("Which of it is counted"),
    "known_since": N_("Day from which the data is complete"),
    "cohort": N_("Followed is"),
    "interval": N_("Periods later"),
    "variant": N_("Back means active"),
    "minimum": N_("Rows it takes to be active"),
    "intervals": N_("Periods the curve follows"),
    "moment": N_("Column with the time of day"),
    "within_days": N_("Days it may take"),
    "order": N_("What counts as going on"),
    "steps": N_("Steps"),
    "start": N_("Customers who did …"),
    "goal": N_("… and then got to"),
    "to_date": N_("Each value covers"),
    "at": N_("Which level of the period"),
    "carry_days": N_("Days a value holds"),
    "groups": N_("What the score is made of"),
    "caps": N_("Limits"),
    "mean": N_("How the parts are put together"),
    "least_coverage": N_("Per cent of the weights that need a value"),
}
"""By the path of the field, or the end of it."""

CHOICES: dict[str, Sequence[tuple[str, Any]]] = {
    "how": HOWS,
    "direction": DIRECTIONS,
    "unit.kind": UNITS,
    "figure": [*RECURRING_FIGURES, *LIFECYCLE_FIGURES],
    "cohort": COHORTS,
    "variant": VARIANTS,
    "order": ORDERS,
    "at": LEVELS,
    "to_date": WINDOWS,
    "mean": MEANS,
    "op": COMPARISONS,
}
"""What a chosen value is called, by the path of its field, or the end of it."""

_PARTS = ("numerator", "denominator", "start", "goal", "base")


def name_of(where: str) -> str:
    """The name of a field by its path; its own last word where nobody has named it."""
    first, *rest = steps = where.split(".")
    ends = [".".join(steps[at:]) for at in range(len(steps))]
    known = next((_(FIELDS[end]) for end in ends if end in FIELDS), "")
    name = known or steps[-1].replace("_", " ").capitalize()
    return f"{_(FIELDS[first])}: {name}" if rest and first in _PARTS else name


def choice_of(where: str, kind: str, value: str) -> str | None:
    """What a chosen value is called; None for a field without choices. `kind` is that of the definition."""
    if where == "figure" and kind == "lifecycle":
        return str(dict(LIFECYCLE_FIGURES).get(value, value))
    part = where.rpartition(".")[2]
    for path, choices in CHOICES.items():
        if path in (where, part):
            return str(dict(choices).get(value, value))
    return None

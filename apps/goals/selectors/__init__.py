"""Read what people want to reach and what they do for it. Each function costs a fixed number of queries, said with it.

One module for each subject: `cycles`, `objectives`, `key_results`, `people`, `initiatives`.
"""

from apps.goals.selectors.days import today
from apps.goals.selectors.initiatives import (
    ENDED,
    InitiativeView,
    every_initiative,
    initiative_for,
    initiatives_for,
    initiatives_for_key_results,
    initiatives_of,
    uses_of,
    view_of,
)

__all__ = [
    "ENDED",
    "InitiativeView",
    "every_initiative",
    "initiative_for",
    "initiatives_for",
    "initiatives_for_key_results",
    "initiatives_of",
    "today",
    "uses_of",
    "view_of",
]

"""What people want to reach, how far they are, and what they do for it. What was said stays, with who said it."""

from apps.goals.models.checkins import Cadence, CheckIn, Comment, Correction, Follower, Meeting
from apps.goals.models.cycles import Cycle, CycleTemplate
from apps.goals.models.initiatives import Initiative
from apps.goals.models.objectives import KeyResult, KeyResultValue, Milestone, Objective

__all__ = [
    "Cadence",
    "CheckIn",
    "Comment",
    "Correction",
    "Cycle",
    "CycleTemplate",
    "Follower",
    "Initiative",
    "KeyResult",
    "KeyResultValue",
    "Meeting",
    "Milestone",
    "Objective",
]

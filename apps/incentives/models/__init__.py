"""Plans and people of pay. What was agreed, published or signed is kept as it was."""

from apps.incentives.models.people import Assignment, Leave, Participant, PeopleSheet, RosterRule, TeamPool
from apps.incentives.models.plans import IncentivePlan, PlanAcknowledgement, PlanVersion

__all__ = [
    "Assignment",
    "IncentivePlan",
    "Leave",
    "Participant",
    "PeopleSheet",
    "PlanAcknowledgement",
    "PlanVersion",
    "RosterRule",
    "TeamPool",
]

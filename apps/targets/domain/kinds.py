"""The words of a target: what it asks, how its way is laid over the time, whether it counts."""

from __future__ import annotations

from enum import StrEnum

from apps.kernel.issue import N_


class Kind(StrEnum):
    """What a target asks of a metric.

    * LEVEL: from a baseline to a goal by a date.
    * FLOW: a total to be made within the time; the values of its periods are added up.
    * ABOVE, BELOW: stay at the goal or better; the goal itself is enough.
    * BAND: stay between two values, both included; outside, a value counts in part within the tolerance.
    * RATE: a share to be reached or held, judged as it is with its interval.
    """

    LEVEL = "level"
    FLOW = "flow"
    ABOVE = "above"
    BELOW = "below"
    BAND = "band"
    RATE = "rate"


WITH_A_WAY = frozenset({Kind.LEVEL, Kind.FLOW})
"""Kinds that have a way to make, and so somewhere to be by now; all others are judged as they are."""


class Shape(StrEnum):
    """How the way to a goal is laid over the time (`Target.pace`)."""

    PERIODS = "periods"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    STEPS = "steps"
    MILESTONES = "milestones"
    SEASONAL = "seasonal"


class State(StrEnum):
    """Whether a target counts (`Target.status`). Only one in force does; the others are kept to be read."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    ENDED = "ended"
    REJECTED = "rejected"


class Rule(StrEnum):
    """By what a target was split into its parts (`Target.cascade_rule`)."""

    SHARE = "share"
    LAST_YEAR = "last_year"
    HAND = "hand"


KIND_WORDS: dict[Kind, str] = {
    Kind.LEVEL: N_("Reach a value by a date"),
    Kind.FLOW: N_("Make a total in a time"),
    Kind.ABOVE: N_("Stay at or above"),
    Kind.BELOW: N_("Stay at or below"),
    Kind.BAND: N_("Stay between two values"),
    Kind.RATE: N_("Hold a share"),
}
SHAPE_WORDS: dict[Shape, str] = {
    Shape.PERIODS: N_("One step at the end of each period"),
    Shape.CALENDAR_DAYS: N_("Evenly over all days"),
    Shape.WORKING_DAYS: N_("Evenly over working days"),
    Shape.STEPS: N_("One step at the end of each month"),
    Shape.MILESTONES: N_("By milestones"),
    Shape.SEASONAL: N_("As in former years"),
}
STATE_WORDS: dict[State, str] = {
    State.PROPOSED: N_("Proposed"),
    State.IN_FORCE: N_("In force"),
    State.ENDED: N_("Ended"),
    State.REJECTED: N_("Not approved"),
}
RULE_WORDS: dict[Rule, str] = {
    Rule.SHARE: N_("By share"),
    Rule.LAST_YEAR: N_("As last year"),
    Rule.HAND: N_("By hand"),
}

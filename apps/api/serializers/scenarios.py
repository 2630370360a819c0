"""What-ifs: what is changed on paper, and what becomes of the tree."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Amount, Figure, Paged, Strict
from apps.api.serializers.data import KEY
from apps.api.serializers.goals import DIMENSION
from apps.api.serializers.model import GRAINS

MOST_CHANGES = 500
STATUSES = ["good", "warn", "bad", "none"]


class NewMove(Strict):
    """Another value of a leaf: set to `number`, moved by a share of itself (0.1: 10 % more), or by an amount."""

    metric = serializers.RegexField(KEY)
    how = serializers.ChoiceField(choices=["set", "share", "amount"], default="set")
    number = Amount(help_text="A metric in percent is a share: 0.32 is 32 %.")


class NewWeight(Strict):
    """Another weight within a score: of a dimension, or of a metric within it."""

    score = serializers.RegexField(KEY)
    group = serializers.IntegerField(min_value=0, max_value=100, help_text="The dimension, counted from 0.")
    metric = serializers.RegexField(
        KEY, required=False, allow_null=True, help_text="Without it, the weight of the dimension itself."
    )
    weight = Amount(help_text="Weights are shares of their sum.")


class NewGoal(Strict):
    """Another goal of the target in force."""

    metric = serializers.RegexField(KEY)
    goal = Amount()


class NewElasticity(Strict):
    """A belief about an influence link: the child 1 % up, the parent so many percent up."""

    parent = serializers.RegexField(KEY)
    child = serializers.RegexField(KEY)
    elasticity = Amount()


class ToEvaluate(Strict):
    """What a what-if starts from, and what it changes. Nothing of it is kept."""

    period = serializers.CharField(
        required=False,
        max_length=20,
        help_text="Of the North Star's grain, such as 2026-06; the newest ended one without.",
    )
    dimension = serializers.RegexField(DIMENSION, default="", allow_blank=True)
    member = serializers.CharField(
        default="", allow_blank=True, max_length=200, trim_whitespace=False, help_text="Filters the whole tree."
    )
    moves = NewMove(many=True, max_length=MOST_CHANGES, required=False)
    weights = NewWeight(many=True, max_length=MOST_CHANGES, required=False)
    goals = NewGoal(many=True, max_length=MOST_CHANGES, required=False)
    elasticities = NewElasticity(many=True, max_length=MOST_CHANGES, required=False)


class StandShape(serializers.Serializer):
    """A target: its goal, and how the metric stands against it, now and what if."""

    goal_now = Figure()
    goal = Figure()
    status_now = serializers.ChoiceField(choices=STATUSES)
    status = serializers.ChoiceField(choices=STATUSES)
    expected = Figure(allow_null=True, help_text="What the path to the goal expects by then; null outside of its time.")


class WhatIfNodeShape(serializers.Serializer):
    """A place in the tree. Figures at 12 places; null where there is none, and `reason` says why."""

    metric = serializers.CharField()
    name = serializers.CharField()
    level = serializers.IntegerField(help_text="0 for the root; each place right after what it hangs below.")
    link = serializers.ChoiceField(choices=["formula", "influence"])
    leaf = serializers.BooleanField(help_text="Whether it can be moved.")
    moved = serializers.BooleanField()
    now = Figure(allow_null=True)
    what_if = Figure(allow_null=True)
    difference = Figure(allow_null=True)
    gap = Figure(allow_null=True, help_text="What is measured beside its formula: kept as it is.")
    reason = serializers.CharField(allow_blank=True)
    target = StandShape(allow_null=True)


class AccountShape(serializers.Serializer):
    """What a change accounts for of the root's difference; together they are all of it."""

    kind = serializers.ChoiceField(choices=["leaf", "weights", "elasticity", "others"])
    metric = serializers.CharField(allow_blank=True)
    child = serializers.CharField(allow_blank=True, help_text="Of an elasticity: what moves the metric.")
    effect = Figure()


class OutcomeShape(serializers.Serializer):
    """The tree after the changes. Nothing of it is a real figure."""

    period = serializers.CharField()
    grain = serializers.ChoiceField(choices=GRAINS)
    dimension = serializers.CharField(allow_blank=True)
    member = serializers.CharField(allow_blank=True)
    root = WhatIfNodeShape()
    nodes = WhatIfNodeShape(many=True)
    accounts = AccountShape(many=True, allow_null=True, help_text="Null where the difference cannot be taken apart.")


class ScenariosQuery(Paged):
    """Which saved what-ifs."""

    query = serializers.CharField(required=False, max_length=120, help_text="In their name, or their author's.")


class ScenarioShape(serializers.Serializer):
    """A saved what-if that the holder of the key may see: their own, and what others share."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    shared = serializers.BooleanField()
    mine = serializers.BooleanField()
    author_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    based_at = serializers.DateTimeField(help_text="When the figures it starts from were taken.")
    revision = serializers.IntegerField()
    copied_from = serializers.CharField(allow_blank=True)
    now = Figure(allow_null=True, help_text="Of the root of the tree.")
    what_if = Figure(allow_null=True)
    difference = Figure(allow_null=True)


class MoveShape(serializers.Serializer):
    metric = serializers.CharField()
    how = serializers.ChoiceField(choices=["set", "share", "amount"])
    number = Figure()


class WeightShape(serializers.Serializer):
    score = serializers.CharField()
    group = serializers.IntegerField()
    metric = serializers.CharField(allow_null=True)
    weight = Figure()


class GoalShape(serializers.Serializer):
    metric = serializers.CharField()
    goal = Figure()


class ElasticityShape(serializers.Serializer):
    parent = serializers.CharField()
    child = serializers.CharField()
    elasticity = Figure()


class ChangesShape(serializers.Serializer):
    """What differs from what was: may be sent to `scenarios/evaluate` as it is."""

    moves = MoveShape(many=True)
    weights = WeightShape(many=True)
    goals = GoalShape(many=True)
    elasticities = ElasticityShape(many=True)


class WholeScenarioShape(ScenarioShape):
    """A saved what-if with its changes and what they come to, over the figures of when it was made."""

    changes = ChangesShape()
    outcome = OutcomeShape()

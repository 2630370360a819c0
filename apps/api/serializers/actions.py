"""Actions (initiatives), and what came of them."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Amount, Figure, Paged, Strict
from apps.api.serializers.data import KEY
from apps.api.serializers.goals import DIMENSION
from apps.api.serializers.okr import REVISION

STATUSES = ["planned", "running", "done", "stopped"]
STANDS = ["planned", "running", "late", "done", "stopped"]
VERDICTS = ["better", "worse", "noise", "early", "nothing"]
PROMISES = ["more", "within", "less"]


class EffectShape(serializers.Serializer):
    """What came, less what was expected without it; a comparison, and no claim of cause.

    Figures are of one period, `total` of all where they add up; null where nothing can be said: `why` says why.
    """

    verdict = serializers.ChoiceField(choices=VERDICTS)
    why = serializers.CharField(allow_blank=True)
    periods = serializers.ListField(child=serializers.CharField())
    mean = Figure(allow_null=True)
    low = Figure(allow_null=True, help_text="The difference lies between low and high; around 0 it is noise.")
    high = Figure(allow_null=True)
    total = Figure(allow_null=True)
    promise = serializers.ChoiceField(choices=PROMISES, allow_null=True, help_text="Against the expected effect.")
    cost_of_one = Figure(allow_null=True)
    judged_at = serializers.DateTimeField()


class ActionShape(serializers.Serializer):
    """What somebody does to move a metric, a target of it, or a key result."""

    id = serializers.UUIDField()
    metric = serializers.CharField(allow_null=True)
    target = serializers.UUIDField(allow_null=True)
    key_result = serializers.UUIDField(allow_null=True)
    dimension = serializers.CharField(allow_blank=True)
    member = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    what = serializers.CharField(allow_blank=True)
    owner = serializers.UUIDField(allow_null=True)
    owner_name = serializers.CharField(allow_blank=True)
    start = serializers.DateField()
    due = serializers.DateField()
    status = serializers.ChoiceField(choices=STATUSES)
    stand = serializers.ChoiceField(choices=STANDS, help_text="As of today: late once its last day is over.")
    expected = Figure(allow_null=True, help_text="On one period, in the metric's unit.")
    cost = Figure(allow_null=True, help_text="In the company's currency.")
    ended_on = serializers.DateField(allow_null=True)
    result = serializers.CharField(allow_blank=True)
    effect = EffectShape(allow_null=True)
    revision = serializers.IntegerField()


class ActionsQuery(Paged):
    """Which actions."""

    metric = serializers.RegexField(KEY, required=False)
    target = serializers.UUIDField(required=False)
    key_result = serializers.UUIDField(required=False)
    owner = serializers.UUIDField(required=False)
    stand = serializers.ChoiceField(choices=STANDS, required=False)
    verdict = serializers.ChoiceField(choices=VERDICTS, required=False)


class Planned(Strict):
    """What is said of an action before it ends."""

    title = serializers.CharField(max_length=120)
    what = serializers.CharField(default="", allow_blank=True, max_length=2000)
    start = serializers.DateField()
    due = serializers.DateField()
    owner = serializers.UUIDField(required=False, allow_null=True)
    dimension = serializers.RegexField(DIMENSION, default="", allow_blank=True)
    member = serializers.CharField(default="", allow_blank=True, max_length=200, trim_whitespace=False)
    expected = Amount(required=False, allow_null=True)
    cost = Amount(required=False, allow_null=True)
    running = serializers.BooleanField(default=False, help_text="It has been started.")


class NewAction(Planned):
    """An action to plan, for one of: a metric, a target, a key result. The latter two say which member it is about."""

    metric = serializers.RegexField(KEY, required=False)
    target = serializers.UUIDField(required=False)
    key_result = serializers.UUIDField(required=False)


class ToFinish(Strict):
    """That it is done: since which day (today), and what came of it."""

    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text=REVISION)
    on = serializers.DateField(required=False)
    result = serializers.CharField(default="", allow_blank=True, max_length=2000)


class ToStop(Strict):
    """That it is given up: since which day (today), and why."""

    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text=REVISION)
    on = serializers.DateField(required=False)
    reason = serializers.CharField(max_length=2000)


class ToTakeUp(Strict):
    """Which state of it is taken up again."""

    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text=REVISION)

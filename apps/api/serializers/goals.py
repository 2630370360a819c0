"""Targets, and typed values."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Amount, Figure, Paged, Strict
from apps.api.serializers.data import KEY
from apps.api.serializers.model import GRAINS

DIMENSION = r"^[a-z][a-z0-9_]{0,40}$"
MOST_VALUES = 1000


class TargetShape(serializers.Serializer):
    """A target in force, and how the metric stands against it. Shares are shares: 0.46 is 46 %."""

    id = serializers.UUIDField(source="target.pk")
    metric = serializers.CharField(source="metric.key")
    grain = serializers.CharField(source="target.grain")
    dimension = serializers.CharField(source="target.dimension", allow_blank=True)
    member = serializers.CharField(source="target.member", allow_blank=True)
    baseline = Figure(source="target.baseline")
    goal = Figure(source="target.goal")
    start = serializers.DateField(source="target.start")
    due = serializers.DateField(source="target.due")
    owner_name = serializers.CharField(source="target.owner_name", allow_blank=True)
    reason = serializers.CharField(source="target.reason", allow_blank=True)
    status = serializers.ChoiceField(choices=["good", "warn", "bad", "none"], source="standing.status")
    period = serializers.CharField(source="standing.period.key", default=None, allow_null=True)
    value = Figure(source="standing.value", allow_null=True)
    expected = Figure(source="standing.expected", allow_null=True)
    progress = Figure(source="standing.progress", allow_null=True)
    elapsed = Figure(source="standing.elapsed")
    attainment = Figure(source="standing.attainment", allow_null=True)


class TargetsQuery(Paged):
    """Which targets."""

    metric = serializers.RegexField(KEY, required=False)


class NewTarget(Strict):
    """A target to set. The one in force, if there is one, is kept as history; then `reason` is needed."""

    metric = serializers.RegexField(KEY)
    grain = serializers.ChoiceField(choices=GRAINS)
    baseline = Amount()
    goal = Amount()
    start = serializers.DateField(help_text="Widened to whole periods.")
    due = serializers.DateField(help_text="Likewise.")
    dimension = serializers.RegexField(DIMENSION, default="", allow_blank=True)
    member = serializers.CharField(default="", allow_blank=True, max_length=200, trim_whitespace=False)
    owner = serializers.UUIDField(required=False, help_text="Who looks after it.")
    reason = serializers.CharField(default="", allow_blank=True, max_length=200)
    on_purpose = serializers.BooleanField(default=False, help_text="A goal that is worse than the baseline is meant.")
    seen = serializers.UUIDField(required=False, help_text="Id of the target in force that this one replaces.")


class SetTargetShape(serializers.Serializer):
    """A target as it was agreed, in force or not."""

    id = serializers.UUIDField(source="pk")
    metric = serializers.CharField(source="metric.key")
    grain = serializers.CharField()
    dimension = serializers.CharField(allow_blank=True)
    member = serializers.CharField(allow_blank=True)
    baseline = Figure()
    goal = Figure()
    start = serializers.DateField()
    due = serializers.DateField()
    owner_name = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    set_by = serializers.CharField(source="set_by_name")
    set_at = serializers.DateTimeField()
    ended_by = serializers.CharField(source="ended_by_name", allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_reason = serializers.CharField(allow_blank=True)


class ToWithdraw(Strict):
    """Why the target is not in force any more."""

    reason = serializers.CharField(max_length=200)


class TypedQuery(Strict):
    """Which typed values: by which period, in total or of one member."""

    grain = serializers.ChoiceField(choices=GRAINS, required=False, help_text="The metric's first one without it.")
    dimension = serializers.RegexField(DIMENSION, default="", allow_blank=True)
    member = serializers.CharField(default="", allow_blank=True, max_length=200, trim_whitespace=False)


class TypedShape(serializers.Serializer):
    """A value somebody typed."""

    start = serializers.DateField(source="period_start")
    value = Figure()
    note = serializers.CharField(allow_blank=True)
    typed_by = serializers.CharField(source="typed_by_name")
    typed_at = serializers.DateTimeField()


class TypedPageShape(serializers.Serializer):
    """The typed values in force, oldest first."""

    items = TypedShape(many=True)


class NewTyped(Strict):
    """A value for the period that begins on `start`; null takes an earlier one back."""

    start = serializers.DateField()
    value = Amount(allow_null=True)
    dimension = serializers.RegexField(DIMENSION, default="", allow_blank=True)
    member = serializers.CharField(default="", allow_blank=True, max_length=200, trim_whitespace=False)
    note = serializers.CharField(default="", allow_blank=True, max_length=200)


class ToType(Strict):
    """Values of a manual metric: all are taken, or none."""

    grain = serializers.ChoiceField(choices=GRAINS)
    values = NewTyped(many=True, min_length=1, max_length=MOST_VALUES)


class TypedCountShape(serializers.Serializer):
    """How many of the values differ from what was there. Values are computed by a worker, as after any change."""

    changed = serializers.IntegerField()

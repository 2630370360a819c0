"""Targets, and typed values."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Amount, Figure, Paged, Strict
from apps.api.serializers.data import KEY
from apps.api.serializers.model import GRAINS
from apps.targets.domain.kinds import Kind, Rule, Shape, State

DIMENSION = r"^[a-z][a-z0-9_]{0,40}$"
MOST_VALUES = 1000


KINDS = [str(kind) for kind in Kind]
PACES = [str(shape) for shape in Shape]
STATES = [str(state) for state in State]
RULES = [str(rule) for rule in Rule]


class MilestoneShape(Strict):
    """What is due by a day."""

    day = serializers.DateField()
    value = Amount()


class TargetShape(serializers.Serializer):
    """A target in force, and how the metric stands against it. Shares are shares: 0.46 is 46 %.

    A level has a baseline and a goal, a band its limits, every other kind a goal; what a kind does not have is null.
    """

    id = serializers.UUIDField(source="target.pk")
    metric = serializers.CharField(source="metric.key")
    grain = serializers.CharField(source="target.grain")
    dimension = serializers.CharField(source="target.dimension", allow_blank=True)
    member = serializers.CharField(source="target.member", allow_blank=True)
    team = serializers.UUIDField(source="target.team_id", allow_null=True)
    kind = serializers.ChoiceField(choices=KINDS, source="target.kind")
    pace = serializers.ChoiceField(choices=PACES, source="target.pace")
    baseline = Figure(source="target.baseline", allow_null=True)
    goal = Figure(source="target.goal", allow_null=True)
    low = Figure(source="target.low", allow_null=True)
    high = Figure(source="target.high", allow_null=True)
    tolerance = Figure(source="target.tolerance", allow_null=True)
    start = serializers.DateField(source="target.start")
    due = serializers.DateField(source="target.due")
    review_on = serializers.DateField(source="target.review_on", allow_null=True)
    parent = serializers.UUIDField(source="target.parent_id", allow_null=True)
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
    """A target to set. The one in force, if there is one, is kept as history; then `reason` is needed.

    A level needs `baseline` and `goal`, a band `low` and `high`, every other kind a `goal`.
    """

    metric = serializers.RegexField(KEY)
    grain = serializers.ChoiceField(choices=GRAINS)
    kind = serializers.ChoiceField(choices=KINDS, default="level")
    pace = serializers.ChoiceField(choices=PACES, default="periods", help_text="How its way is laid over the time.")
    baseline = Amount(required=False, allow_null=True, default=None)
    goal = Amount(required=False, allow_null=True, default=None)
    low = Amount(required=False, allow_null=True, default=None)
    high = Amount(required=False, allow_null=True, default=None)
    tolerance = Amount(required=False, allow_null=True, default=None)
    milestones = MilestoneShape(many=True, default=list, help_text="For the pace of this name, in the order of days.")
    start = serializers.DateField(help_text="Widened to whole periods.")
    due = serializers.DateField(help_text="Likewise.")
    valid_from = serializers.DateField(default=None, allow_null=True, help_text="From which day on it counts.")
    review_on = serializers.DateField(default=None, allow_null=True, help_text="Only reminds.")
    dimension = serializers.RegexField(DIMENSION, default="", allow_blank=True)
    member = serializers.CharField(default="", allow_blank=True, max_length=200, trim_whitespace=False)
    team = serializers.UUIDField(required=False, allow_null=True, help_text="Instead of a dimension and its member.")
    owner = serializers.UUIDField(required=False, help_text="Who looks after it.")
    reason = serializers.CharField(default="", allow_blank=True, max_length=200)
    on_purpose = serializers.BooleanField(default=False, help_text="A goal that is worse than the baseline is meant.")
    seen = serializers.UUIDField(required=False, help_text="Id of the target that this one replaces, as it was read.")


class SetTargetShape(serializers.Serializer):
    """A target as it was agreed or proposed, in force or not. One that is `proposed` counts for nothing yet."""

    id = serializers.UUIDField(source="pk")
    metric = serializers.CharField(source="metric.key")
    grain = serializers.CharField()
    dimension = serializers.CharField(allow_blank=True)
    member = serializers.CharField(allow_blank=True)
    team = serializers.UUIDField(source="team_id", allow_null=True)
    state = serializers.ChoiceField(choices=STATES, source="status")
    kind = serializers.ChoiceField(choices=KINDS)
    pace = serializers.ChoiceField(choices=PACES)
    baseline = Figure(allow_null=True)
    goal = Figure(allow_null=True)
    low = Figure(allow_null=True)
    high = Figure(allow_null=True)
    tolerance = Figure(allow_null=True)
    start = serializers.DateField()
    due = serializers.DateField()
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    review_on = serializers.DateField(allow_null=True)
    parent = serializers.UUIDField(source="parent_id", allow_null=True)
    share = Figure(allow_null=True)
    cascade_rule = serializers.CharField(allow_blank=True)
    owner_name = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    set_by = serializers.CharField(source="set_by_name")
    set_at = serializers.DateTimeField()
    approved_by = serializers.CharField(source="approved_by_name", allow_blank=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(source="ended_by_name", allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_reason = serializers.CharField(allow_blank=True)


class TargetHistoryShape(serializers.Serializer):
    """Every target there was for the same metric, grain and part, newest first."""

    items = SetTargetShape(many=True)


class ToApprove(Strict):
    """The target in force that was seen beside the proposal; 409 if it is another one by now."""

    seen = serializers.UUIDField(required=False, allow_null=True)


class PartWeight(Strict):
    """A part: a member of the dimension, or a team by its id; its share in per cent, or its goal by hand."""

    member = serializers.CharField(default="", allow_blank=True, max_length=200, trim_whitespace=False)
    team = serializers.UUIDField(required=False, allow_null=True)
    share = Amount(required=False, allow_null=True, default=None)
    goal = Amount(required=False, allow_null=True, default=None)


class ToCascade(Strict):
    """How a target is to be split. By `share` each part needs a share, by `hand` a goal, like `last_year` neither."""

    rule = serializers.ChoiceField(choices=RULES)
    into = serializers.CharField(max_length=41, help_text="A dimension of the metric, or team.")
    goal = Amount(required=False, allow_null=True, default=None, help_text="Of the whole, where it changes too.")
    parts = PartWeight(many=True, min_length=1, max_length=500)


class ToApplyCascade(ToCascade):
    """A split that was seen: `stamp` is what the preview gave; 409 if anything it was made from is another by now."""

    stamp = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=200)


class CascadeLineShape(serializers.Serializer):
    """A target that the split touches; `before` is null where it is new. `depth` 0 is the whole."""

    name = serializers.CharField(allow_blank=True)
    depth = serializers.IntegerField()
    before = Figure(allow_null=True)
    after = Figure()
    share = Figure(allow_null=True)
    changes = serializers.BooleanField()


class CascadeIssueShape(serializers.Serializer):
    """What keeps it from being done; `where` is the key of a part, "goal" or "parts"."""

    where = serializers.CharField()
    message = serializers.CharField()


class CascadeShape(serializers.Serializer):
    """What a split would do. `rest` is what is nobody's yet (below 0: too much); null where parts make no sum."""

    lines = CascadeLineShape(many=True)
    rest = Figure(allow_null=True)
    issues = CascadeIssueShape(many=True)
    stamp = serializers.CharField()


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

"""Cycles, objectives, key results, their values, check-ins and comments."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Amount, Figure, Paged, Strict
from apps.api.serializers.data import KEY
from apps.api.serializers.goals import DIMENSION
from apps.api.serializers.model import GRAINS
from apps.goals.domain.saying import CONFIDENCES, LONGEST

CYCLE_KINDS = ["year", "half", "quarter", "month", "custom"]
ROLLUPS = ["clamped", "floor", "raw"]
PACES = ["days", "workdays"]
STANDS = ["planned", "running", "over", "closed"]
LEVELS = ["company", "team", "person"]
KINDS = ["committed", "aspirational"]
ALIGNMENTS = ["contributes", "supports"]
COUNTS = ["key_results", "children", "both"]
KEY_RESULT_KINDS = ["reach", "above", "below", "range", "binary", "milestones", "open_baseline"]
RANGE_RULES = ["binary", "checkins", "distance"]
REVISION = "As it was read; 409 if somebody was faster."


class CycleShape(serializers.Serializer):
    """A stretch of time that objectives are set for; both days are in it. Several may run at once."""

    id = serializers.UUIDField(source="pk")
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CYCLE_KINDS)
    start = serializers.DateField()
    due = serializers.DateField()
    rollup = serializers.ChoiceField(choices=ROLLUPS, help_text="What of a key result's share counts.")
    pace = serializers.ChoiceField(choices=PACES)
    stand = serializers.ChoiceField(choices=STANDS, help_text="over: its last day is past, nobody has closed it yet.")
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(source="closed_by_name", allow_blank=True)
    reopened_reason = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField()


class NewCycle(Strict):
    """A cycle to make. With `like` how progress is counted is taken from another one, with `template` also what it
    begins with."""

    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=CYCLE_KINDS)
    start = serializers.DateField()
    due = serializers.DateField()
    rollup = serializers.ChoiceField(choices=ROLLUPS, default="clamped")
    pace = serializers.ChoiceField(choices=PACES, default="days")
    like = serializers.UUIDField(required=False)
    template = serializers.UUIDField(required=False)


class MadeCycle(CycleShape):
    """A cycle that was made; what of its template had to be left out, as its team or metric is no longer in use."""

    left_out = serializers.ListField(child=serializers.CharField(), default=list)


class CycleTemplateShape(serializers.Serializer):
    """What cycles can begin with: how they are counted, and objectives of the company and of teams."""

    id = serializers.UUIDField(source="pk")
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CYCLE_KINDS)
    rollup = serializers.ChoiceField(choices=ROLLUPS)
    pace = serializers.ChoiceField(choices=PACES)
    objectives = serializers.ListField(child=serializers.CharField(), source="titles", help_text="Their titles.")
    saved_from = serializers.CharField(help_text="The name of the cycle it was saved from.")
    revision = serializers.IntegerField()


class NewCycleTemplate(Strict):
    """A template to save from a cycle. Without `objectives` all that can be part of it."""

    name = serializers.CharField(max_length=60)
    cycle = serializers.UUIDField()
    objectives = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=500)


class ChangedCycle(Strict):
    """A cycle as it is to be. The revision is sent in If-Match."""

    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=CYCLE_KINDS)
    start = serializers.DateField()
    due = serializers.DateField()
    rollup = serializers.ChoiceField(choices=ROLLUPS, default="clamped")
    pace = serializers.ChoiceField(choices=PACES, default="days")


class ToClose(Strict):
    """Which state of the cycle is closed."""

    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text=REVISION)


class ToReopen(Strict):
    """Why a closed cycle is opened again."""

    reason = serializers.CharField(max_length=200)


class StepShape(serializers.Serializer):
    """A step of a key result that is made of steps."""

    id = serializers.UUIDField(source="pk")
    title = serializers.CharField()
    weight = Figure()
    due = serializers.DateField(allow_null=True)
    done_on = serializers.DateField(allow_null=True)


class KeyResultShape(serializers.Serializer):
    """A key result. Figures that are not of its kind are null; `progress` is a share: 0.46 is 46 %, null: not known."""

    id = serializers.UUIDField(source="pk")
    objective = serializers.UUIDField(source="objective_id")
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=KEY_RESULT_KINDS)
    metric = serializers.CharField(source="metric.key", default=None, allow_null=True)
    grain = serializers.CharField(allow_blank=True)
    dimension = serializers.CharField(allow_blank=True)
    member = serializers.CharField(allow_blank=True)
    target = serializers.UUIDField(source="target_id", allow_null=True)
    unit = serializers.CharField(allow_blank=True)
    start = Figure(allow_null=True)
    goal = Figure(allow_null=True)
    low = Figure(allow_null=True)
    high = Figure(allow_null=True)
    tolerance = Figure(allow_null=True)
    range_rule = serializers.CharField(allow_blank=True)
    weight = Figure(help_text="In percent of the objective.")
    owner = serializers.UUIDField(source="owner_id", allow_null=True)
    owner_name = serializers.CharField(allow_blank=True)
    value = Figure(allow_null=True)
    value_on = serializers.DateField(allow_null=True)
    progress = Figure(allow_null=True)
    confidence = serializers.CharField(allow_blank=True, help_text="on_track, at_risk, off_track; never in progress.")
    frozen_value = Figure(allow_null=True, help_text="As it stood when the cycle was closed.")
    frozen_progress = Figure(allow_null=True)
    dropped_reason = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField()


class WholeKeyResultShape(KeyResultShape):
    """A key result with its steps."""

    steps = StepShape(many=True)


class ObjectiveShape(serializers.Serializer):
    """An objective. Private ones are there for their owner and the lead of the owner's teams alone."""

    id = serializers.UUIDField(source="pk")
    cycle = serializers.UUIDField(source="cycle_id")
    level = serializers.ChoiceField(choices=LEVELS)
    team = serializers.UUIDField(source="team_id", allow_null=True)
    owner = serializers.UUIDField(source="owner_id", allow_null=True)
    owner_name = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    why = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=KINDS)
    private = serializers.BooleanField()
    parent = serializers.UUIDField(source="parent_id", allow_null=True)
    alignment = serializers.ChoiceField(choices=ALIGNMENTS, help_text="What it does for its parent.")
    weight = Figure(help_text="In percent, among all that contribute to its parent.")
    counts = serializers.ChoiceField(choices=COUNTS, help_text="What its progress is made of.")
    progress = Figure(allow_null=True)
    score_computed = Figure(allow_null=True)
    score_judged = Figure(allow_null=True)
    score_reason = serializers.CharField(allow_blank=True)
    carried_from = serializers.UUIDField(source="carried_from_id", allow_null=True)
    dropped_reason = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField()


class WholeObjectiveShape(ObjectiveShape):
    """An objective with its key results, dropped ones last."""

    key_results = WholeKeyResultShape(many=True)


class ObjectivesQuery(Paged):
    """Which objectives: of a cycle, a team, a person, a level; without dropped ones unless they are asked for."""

    cycle = serializers.UUIDField(required=False)
    team = serializers.UUIDField(required=False)
    owner = serializers.UUIDField(required=False)
    parent = serializers.UUIDField(required=False, help_text="What is directly for an objective.")
    level = serializers.ChoiceField(choices=LEVELS, required=False)
    dropped = serializers.BooleanField(default=False, help_text="Dropped ones too.")


class KeyResultsQuery(Paged):
    """Which key results."""

    cycle = serializers.UUIDField(required=False)
    objective = serializers.UUIDField(required=False)
    owner = serializers.UUIDField(required=False)
    metric = serializers.RegexField(KEY, required=False)


class NewStep(Strict):
    """A step; with `id` one that is there already."""

    id = serializers.UUIDField(required=False)
    title = serializers.CharField(max_length=160)
    weight = Amount(required=False)
    due = serializers.DateField(required=False, allow_null=True)


class NewKeyResult(Strict):
    """A key result; with `id` and `revision` one that is there already. Without `weight` it gets what is left."""

    id = serializers.UUIDField(required=False)
    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, help_text=REVISION)
    title = serializers.CharField(max_length=160)
    kind = serializers.ChoiceField(choices=KEY_RESULT_KINDS, default="reach")
    metric = serializers.RegexField(KEY, default="", allow_blank=True, help_text="What it follows; blank: typed.")
    grain = serializers.ChoiceField(choices=GRAINS, default="", allow_blank=True)
    dimension = serializers.RegexField(DIMENSION, default="", allow_blank=True)
    member = serializers.CharField(default="", allow_blank=True, max_length=200, trim_whitespace=False)
    target = serializers.UUIDField(required=False, allow_null=True)
    unit = serializers.CharField(default="", allow_blank=True, max_length=20)
    start = Amount(required=False, allow_null=True)
    goal = Amount(required=False, allow_null=True)
    low = Amount(required=False, allow_null=True)
    high = Amount(required=False, allow_null=True)
    tolerance = Amount(required=False, allow_null=True)
    range_rule = serializers.ChoiceField(choices=RANGE_RULES, required=False)
    weight = Amount(required=False, allow_null=True)
    owner = serializers.UUIDField(required=False, allow_null=True)
    steps = NewStep(many=True, max_length=30, required=False)


class Said(Strict):
    """What is said of an objective, whether it is new or changed."""

    title = serializers.CharField(max_length=160)
    level = serializers.ChoiceField(choices=LEVELS, default="person")
    team = serializers.UUIDField(required=False, allow_null=True)
    owner = serializers.UUIDField(required=False, allow_null=True)
    why = serializers.CharField(default="", allow_blank=True, max_length=2000)
    kind = serializers.ChoiceField(choices=KINDS, default="aspirational")
    private = serializers.BooleanField(default=False)
    parent = serializers.UUIDField(required=False, allow_null=True)
    alignment = serializers.ChoiceField(choices=ALIGNMENTS, default="contributes")
    weight = Amount(required=False, allow_null=True)
    counts = serializers.ChoiceField(choices=COUNTS, default="key_results")
    key_results = NewKeyResult(many=True, max_length=12, required=False)


class NewObjective(Said):
    """An objective to set in a cycle."""

    cycle = serializers.UUIDField()


class Dropping(Strict):
    """A key result that is given up, and why."""

    id = serializers.UUIDField()
    reason = serializers.CharField(max_length=200)


class ChangedObjective(Said):
    """An objective as it is to be. Key results that are neither in it nor in `dropping` stay as they are."""

    dropping = Dropping(many=True, max_length=12, required=False)


class ToDrop(Strict):
    """Why an objective is given up."""

    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text=REVISION)
    reason = serializers.CharField(max_length=200)


class ToScore(Strict):
    """What an objective was worth, by judgement; null takes that back. Needs a reason."""

    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text=REVISION)
    judged = Amount(allow_null=True)
    reason = serializers.CharField(default="", allow_blank=True, max_length=500)


class ValueShape(serializers.Serializer):
    """A value a key result had. Of a day's values the last one counts."""

    on = serializers.DateField()
    value = Figure(allow_null=True)
    source = serializers.CharField(help_text="start, checkin, metric, correction")
    by = serializers.CharField(source="by_name", allow_blank=True)
    at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)


class CheckInShape(serializers.Serializer):
    """What somebody said of a key result."""

    id = serializers.UUIDField(source="pk")
    key_result = serializers.UUIDField(source="key_result_id")
    on = serializers.DateField()
    due_on = serializers.DateField(allow_null=True, help_text="The day of the cadence that it is for.")
    value = Figure(allow_null=True)
    confidence = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    blockers = serializers.CharField(allow_blank=True)
    next_step = serializers.CharField(allow_blank=True)
    by = serializers.CharField(source="by_name")
    at = serializers.DateTimeField()
    corrected_at = serializers.DateTimeField(allow_null=True)


class Saying(Strict):
    """What is said at a check-in; no value of what follows a metric or is made of steps."""

    value = Amount(required=False, allow_null=True, default=None)
    confidence = serializers.ChoiceField(choices=CONFIDENCES)
    note = serializers.CharField(default="", allow_blank=True, max_length=LONGEST)
    blockers = serializers.CharField(
        default="", allow_blank=True, max_length=LONGEST, help_text="Needed unless it is on track."
    )
    next_step = serializers.CharField(default="", allow_blank=True, max_length=LONGEST)


class NewCheckIn(Saying):
    """A check-in, and which steps are done by now."""

    seen = serializers.UUIDField(allow_null=True, help_text="The newest check-in that was read.")
    steps_done = serializers.ListField(child=serializers.UUIDField(), max_length=30, required=False)


class CorrectedCheckIn(Saying):
    """A check-in said anew, and why."""

    seen = serializers.DateTimeField(allow_null=True, help_text="When it had been corrected last, as it was read.")
    reason = serializers.CharField(max_length=200)


class RightValue(Strict):
    """A value put right."""

    value = Amount()
    on = serializers.DateField()
    note = serializers.CharField(max_length=500)


class ToHandOver(Strict):
    """Who answers for an objective from now on."""

    to = serializers.UUIDField(help_text="The person.")
    revision = serializers.IntegerField(min_value=0, help_text="As it was read.")


class FollowingShape(serializers.Serializer):
    """Whether the person of this key is told what happens to an objective."""

    following = serializers.BooleanField()


class ToFollow(Strict):
    """Whether to be told from now on."""

    following = serializers.BooleanField()


class CommentShape(serializers.Serializer):
    """A comment. One that was deleted keeps its place and has no text."""

    id = serializers.UUIDField(source="pk")
    key_result = serializers.UUIDField(source="key_result_id", allow_null=True)
    text = serializers.CharField(allow_blank=True)
    by = serializers.CharField(source="by_name")
    at = serializers.DateTimeField()
    deleted_at = serializers.DateTimeField(allow_null=True)


class NewComment(Strict):
    """Something to say about an objective, or about one of its key results."""

    text = serializers.CharField(max_length=4000)
    key_result = serializers.UUIDField(allow_null=True, default=None)

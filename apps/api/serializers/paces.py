"""Where a metric should be today, against its target."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Figure, Paged
from apps.api.serializers.data import KEY
from apps.api.serializers.goals import DIMENSION
from apps.targets.domain.judging import Basis, Grey
from apps.targets.domain.kinds import Kind, Shape

STATUSES = ["good", "warn", "bad", "none"]


class StandingsQuery(Paged):
    """For whom: everything, one member of a dimension, or one team."""

    metric = serializers.RegexField(KEY, required=False)
    dimension = serializers.RegexField(DIMENSION, default="", allow_blank=True)
    member = serializers.CharField(default="", allow_blank=True, max_length=200, trim_whitespace=False)
    team = serializers.UUIDField(required=False, help_text="Instead of a dimension and its member.")


class ProjectionShape(serializers.Serializer):
    """Where a total ends if it goes on so; the range from how far such projections of former cycles were off."""

    value = Figure()
    low = Figure(allow_null=True)
    high = Figure(allow_null=True)
    cycles = serializers.IntegerField()


class NeededShape(serializers.Serializer):
    """What is left to the goal, in how many working days (a total) or periods (a level), and what each has to add."""

    left = Figure()
    steps = serializers.IntegerField()
    unit = serializers.SerializerMethodField()
    each = Figure(allow_null=True)

    def get_unit(self, needed: object) -> str:
        return "working_day" if getattr(needed, "by_day", False) else "period"


class FormerShape(serializers.Serializer):
    """What stood before the value was corrected."""

    value = Figure()
    status = serializers.ChoiceField(choices=STATUSES)


class AheadShape(serializers.Serializer):
    """What a level is forecast to be when it is due."""

    period = serializers.CharField(source="period.key")
    value = Figure()
    low = Figure()
    high = Figure()


class StandingShape(serializers.Serializer):
    """How a metric stands against a target today. Shares are shares: 0.46 is 46 %. `grey` says why there is no status.

    `basis`: a period that is over, values of days up to `as_of`, or what a running period has so far.
    """

    target = serializers.UUIDField(source="target.pk")
    metric = serializers.CharField(source="metric.key")
    grain = serializers.CharField(source="target.grain")
    dimension = serializers.CharField(source="target.dimension", allow_blank=True)
    member = serializers.CharField(source="target.member", allow_blank=True)
    kind = serializers.ChoiceField(choices=[str(each) for each in Kind], source="target.kind")
    pace = serializers.ChoiceField(choices=[str(each) for each in Shape], source="target.pace")
    start = serializers.DateField(source="target.start")
    due = serializers.DateField(source="target.due")
    status = serializers.ChoiceField(choices=STATUSES, source="standing.status")
    grey = serializers.ChoiceField(choices=[str(each) for each in Grey], source="standing.grey", allow_null=True)
    basis = serializers.ChoiceField(choices=[str(each) for each in Basis], source="standing.basis")
    period = serializers.CharField(source="standing.period.key", default=None, allow_null=True)
    as_of = serializers.DateField(source="standing.as_of", allow_null=True)
    value = Figure(source="standing.value", allow_null=True)
    expected = Figure(source="standing.expected", allow_null=True)
    progress = Figure(source="standing.progress", allow_null=True)
    elapsed = Figure(source="standing.elapsed")
    attainment = Figure(source="standing.attainment", allow_null=True)
    reached = serializers.BooleanField(source="standing.reached")
    over = serializers.BooleanField(source="standing.over")
    projection = ProjectionShape(source="standing.projection", allow_null=True)
    forecast = AheadShape(source="ahead", allow_null=True)
    needed = NeededShape(source="standing.needed", allow_null=True)
    former = FormerShape(source="standing.former", allow_null=True)

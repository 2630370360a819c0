"""Metrics, their values, the tree and targets."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.serializers.common import Figure, Paged, Strict
from apps.api.serializers.data import KEY
from apps.kernel.period import Grain

GRAINS = [str(grain) for grain in Grain]
STATES = ["open", "provisional", "final", "restated", "no_data", "undefined"]


@extend_schema_field({"type": "object", "additionalProperties": True})
class Document(serializers.DictField):
    """A definition, as `metrics.domain.definition` reads it: key, name, kind, grains and what the kind needs."""


class IssueShape(serializers.Serializer):
    """One thing to mend, or (not blocking) worth knowing."""

    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    code = serializers.CharField()
    blocking = serializers.BooleanField()


class CertificationShape(serializers.Serializer):
    """Who vouches for a version, and what they checked."""

    version = serializers.IntegerField(source="number")
    by = serializers.CharField()
    at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)


class MetricShape(serializers.Serializer):
    """A number the company has agreed how to compute."""

    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    kind = serializers.CharField()
    unit = serializers.CharField(source="unit.kind")
    direction = serializers.ChoiceField(choices=["up", "down"])
    grains = serializers.ListField(child=serializers.CharField())
    dimensions = serializers.ListField(child=serializers.CharField())
    version = serializers.IntegerField(source="version_number")
    owner = serializers.UUIDField(source="owner_id", allow_null=True)
    owner_name = serializers.CharField(allow_blank=True)
    is_computed = serializers.BooleanField(help_text="Its values are those of this version.")
    computed_at = serializers.DateTimeField(allow_null=True)
    certification = CertificationShape(source="certified", allow_null=True)
    lapsed_from = serializers.IntegerField(allow_null=True, help_text="Version whose certification lapsed.")
    archived = serializers.BooleanField()
    warnings = serializers.ListField(
        source="data_warnings", child=serializers.CharField(), help_text="What is wrong with the data behind it."
    )


class MetricDetailShape(MetricShape):
    """A metric with its definition, that in a sentence, and why it cannot be computed, if so."""

    sentence = serializers.CharField()
    problems = serializers.ListField(child=IssueShape())
    definition = Document()


class MetricsQuery(Paged):
    """Which metrics."""

    archived = serializers.BooleanField(default=False, help_text="Also those that are out of use.")


STARTS = (
    "Only for scores: the first day of the period from which on it holds, “running” for the running one, “ever” for "
    "all. Periods that begin earlier keep their weights."
)


class NewDefinition(Strict):
    """A definition, and what to remember about the change."""

    definition = Document()
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    owner = serializers.UUIDField(required=False, help_text="Who looks after the metric.")
    effective_from = serializers.RegexField(
        r"^(running|ever|[0-9]{4}-[0-9]{2}-[0-9]{2})$", required=False, default="running", help_text=STARTS
    )


class ToCheck(Strict):
    """A definition to look at; nothing is stored."""

    definition = Document()


class CheckedShape(serializers.Serializer):
    """Whether a definition can be used, what it says, and everything to mend."""

    valid = serializers.BooleanField()
    sentence = serializers.CharField(allow_blank=True)
    issues = IssueShape(many=True)


class MetricVersionShape(serializers.Serializer):
    """One unchanging definition of a metric."""

    number = serializers.IntegerField()
    definition = Document()
    note = serializers.CharField(allow_blank=True)
    created_by = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    restores = serializers.IntegerField(allow_null=True, help_text="Number of the version it brought back.")
    same_figures = serializers.BooleanField(help_text="Only words differ from the version before.")
    certification = CertificationShape(allow_null=True)
    lapsed_from = serializers.IntegerField(allow_null=True, help_text="Version whose certification lapsed.")
    effective_from = serializers.DateField(
        allow_null=True, help_text="Of a score: the day it holds from; null: always."
    )
    approved_by = serializers.CharField(allow_blank=True, help_text="The second admin, where one was asked.")


class ToCompute(Strict):
    """What to bring up to date: a metric, every metric of a dataset, or without either everything."""

    metric = serializers.RegexField(KEY, required=False)
    dataset = serializers.RegexField(KEY, required=False)


class ValuesQuery(Strict):
    """Which values: of which metrics, by which period, in which range, in total or by member of a dimension."""

    metric = serializers.ListField(
        child=serializers.RegexField(KEY), default=list, max_length=100, help_text="Keys; all metrics without any."
    )
    grain = serializers.ChoiceField(choices=GRAINS)
    first = serializers.DateField(required=False, help_text="Periods that begin on this day or later.")
    last = serializers.DateField(required=False, help_text="Periods that begin on this day or earlier.")
    dimension = serializers.RegexField(
        r"^[a-z][a-z0-9_]{0,40}$", default="", allow_blank=True, help_text="Totals without one."
    )
    member = serializers.CharField(
        required=False, allow_blank=True, max_length=200, trim_whitespace=False, help_text="Of the dimension."
    )
    limit = serializers.IntegerField(min_value=1, max_value=5000, default=500)
    cursor = serializers.CharField(required=False, max_length=2000, help_text="`next` of the page before, as it is.")
    format = serializers.ChoiceField(choices=["json", "csv", "arrow"], required=False, help_text="Instead of Accept.")


class TreeQuery(Strict):
    """With values by which period; without any, the shape alone."""

    grain = serializers.ChoiceField(choices=GRAINS, required=False)


class PointShape(serializers.Serializer):
    """The value of one period."""

    period = serializers.CharField(source="period.key")
    value = Figure(allow_null=True)
    state = serializers.ChoiceField(choices=STATES)
    version = serializers.IntegerField(source="version_number")


class NodeShape(serializers.Serializer):
    """A node of the tree. `latest` is of the newest period that has ended, `previous` of the one right before it."""

    id = serializers.UUIDField()
    parent = serializers.UUIDField(source="parent_id", allow_null=True)
    depth = serializers.IntegerField()
    metric = serializers.CharField(source="key")
    name = serializers.CharField()
    link = serializers.ChoiceField(choices=["formula", "influence"])
    operator = serializers.CharField(allow_blank=True)
    stale = serializers.BooleanField(help_text="The parent's formula does not name it any more.")
    latest = PointShape(allow_null=True)
    previous = PointShape(allow_null=True)
    open = PointShape(allow_null=True)


class TreeShape(serializers.Serializer):
    """The North Star, and every node from the root down, each branch right after its parent."""

    north_star = serializers.CharField(allow_null=True)
    grain = serializers.ChoiceField(choices=GRAINS, allow_null=True)
    nodes = NodeShape(many=True)


class MeShape(serializers.Serializer):
    """Who asks, through what, and in which workspace."""

    name = serializers.CharField()
    through = serializers.ChoiceField(choices=["personal_key", "service_key", "session"])
    roles = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField(), allow_null=True)
    may = serializers.ListField(child=serializers.CharField(), help_text="Permissions, after roles and scopes.")
    expires_at = serializers.DateTimeField(allow_null=True)
    workspace = serializers.DictField(child=serializers.CharField())


def issue_json(told: dict[str, str], *, blocking: bool) -> dict[str, Any]:
    """An error as problems have it, with whether it stands in the way."""
    return {**told, "blocking": blocking}

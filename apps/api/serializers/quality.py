"""How data stands: checks, when rows are expected, and what workers found in its rows."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Strict
from apps.datasets.domain.checks import KINDS, LONGEST, MOST_CHECKS, MOST_VALUES, Severity
from apps.datasets.domain.rhythm import LAST_SAFE_DAY, Every

SEVERITIES = [str(each.value) for each in Severity]


class ToCheck(Strict):
    """What is to hold for every row. An empty cell only breaks `filled`."""

    kind = serializers.ChoiceField(choices=list(KINDS))
    columns = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=20, help_text="One; for `unique` several together."
    )
    low = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=64, help_text="Of `range` and `length`, included."
    )
    high = serializers.CharField(required=False, allow_blank=True, default="", max_length=64)
    values = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST), required=False, default=list, max_length=MOST_VALUES,
        help_text="What `one_of` allows.",
    )  # fmt: skip
    pattern = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=LONGEST, trim_whitespace=False,
        help_text="# is a digit, @ a letter, ? any character, * any number of them.",
    )  # fmt: skip
    severity = serializers.ChoiceField(
        choices=SEVERITIES, required=False, default="warn", help_text="`refuse`: rows that break it are not loaded."
    )


class ToCheckAll(Strict):
    """The checks that a dataset is to have, and no others."""

    checks = ToCheck(many=True, max_length=MOST_CHECKS)


class FailingShape(serializers.Serializer):
    """A row that breaks a check."""

    upload = serializers.CharField(source="0")
    row = serializers.IntegerField(source="1", help_text="In the file of the upload; the header is row 1.")
    cells = serializers.ListField(source="2", child=serializers.CharField(allow_blank=True))


class CheckShape(serializers.Serializer):
    """A check with what it found in the current version; `failing` is null until a worker has looked."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    low = serializers.CharField()
    high = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())
    pattern = serializers.CharField()
    severity = serializers.ChoiceField(choices=SEVERITIES)
    sentence = serializers.CharField()
    failing = serializers.IntegerField(allow_null=True)
    refused = serializers.IntegerField(help_text="Rows of the last file that were not loaded for it.")
    examples = FailingShape(many=True)


class ChecksShape(serializers.Serializer):
    """The checks of a dataset, the oldest first."""

    checks = CheckShape(many=True)


class ToExpect(Strict):
    """When rows are expected: each time those of the working day, day, week or month before."""

    every = serializers.ChoiceField(choices=[str(each.value) for each in Every])
    hour = serializers.IntegerField(min_value=0, max_value=23)
    time_zone = serializers.CharField(max_length=64)
    weekday = serializers.IntegerField(min_value=1, max_value=7, required=False, default=1, help_text="1 is Monday.")
    day = serializers.IntegerField(min_value=1, max_value=LAST_SAFE_DAY, required=False, default=1)


class ToSetRhythm(Strict):
    """When rows are expected; null: at no particular time."""

    rhythm = ToExpect(allow_null=True)


class RhythmShape(serializers.Serializer):
    """When rows are expected, and whether they are late."""

    every = serializers.CharField()
    hour = serializers.IntegerField()
    time_zone = serializers.CharField()
    weekday = serializers.IntegerField()
    day = serializers.IntegerField()


class ExpectedShape(serializers.Serializer):
    """When rows are expected; null: at no particular time."""

    rhythm = RhythmShape(allow_null=True)


class ColumnQualityShape(serializers.Serializer):
    """What a column holds."""

    name = serializers.CharField()
    nulls = serializers.IntegerField(help_text="Empty cells.")
    distinct = serializers.IntegerField(help_text="Different values.")
    about = serializers.BooleanField(help_text="`distinct` is an estimate.")
    low = serializers.CharField(help_text="The smallest number or time; empty for others.")
    high = serializers.CharField()


class QualityShape(serializers.Serializer):
    """How a dataset stands; rows and columns are null until a worker has looked at the current version."""

    version = serializers.IntegerField(allow_null=True)
    late_from = serializers.DateField(allow_null=True, help_text="Rows of this day or later are missing.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="Said beside every number built on it.")
    rows = serializers.IntegerField(allow_null=True)
    columns = ColumnQualityShape(many=True, allow_null=True)

"""Forecasts as they are asked for and told."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Figure, Strict
from apps.api.serializers.model import GRAINS

METHODS = ["naive", "seasonal_naive", "damped", "ets"]


class ForecastQuery(Strict):
    """Of which series."""

    grain = serializers.ChoiceField(choices=GRAINS)
    dimension = serializers.RegexField(
        r"^[a-z][a-z0-9_]{0,40}$", default="", allow_blank=True, help_text="The total without one."
    )
    member = serializers.CharField(default="", allow_blank=True, max_length=200, trim_whitespace=False)


class AheadShape(serializers.Serializer):
    """What is expected of one period, and between which values."""

    period = serializers.CharField(source="period.key")
    value = Figure()
    low = Figure()
    high = Figure()


class TriedShape(serializers.Serializer):
    """A method that was tried on the past, and its mean absolute error there."""

    method = serializers.ChoiceField(choices=METHODS)
    error = Figure()


class ForecastShape(serializers.Serializer):
    """A forecast with how it was made. Without points the past is too short: `missing` closed periods are needed."""

    grain = serializers.ChoiceField(choices=GRAINS)
    dimension = serializers.CharField()
    member = serializers.CharField()
    points = AheadShape(many=True)
    missing = serializers.IntegerField()
    method = serializers.ChoiceField(choices=METHODS, allow_blank=True)
    tried = TriedShape(many=True)
    coverage = Figure(help_text="The share of cases that the range is meant to hold.")
    hits = serializers.IntegerField(help_text="Of `cases` past ones, in how many such a range held.")
    cases = serializers.IntegerField()
    first = serializers.CharField(help_text="The first period it was made from.")
    last = serializers.CharField()
    version = serializers.IntegerField(source="version_number", help_text="The definition its values are of.")
    computed_at = serializers.DateTimeField()

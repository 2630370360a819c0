"""Sources and their readings. Nothing here shows a secret."""

from __future__ import annotations

from rest_framework import serializers

from apps.sources.selectors import Pull, Source


class SourceShape(serializers.Serializer):
    """Where data comes from by itself."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Source.Kind.values)
    status = serializers.ChoiceField(choices=Source.Status.values)
    dataset = serializers.CharField(source="dataset.key", default=None, allow_null=True)
    mode = serializers.ChoiceField(choices=Source.Mode.values)
    schedule = serializers.CharField(allow_blank=True, help_text="A line of cron on the company's clock; empty: none.")
    next_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField(help_text="In a row.")
    problems = serializers.ListField(child=serializers.CharField(), help_text="Why it is paused.")


class ReadingShape(serializers.Serializer):
    """One reading of a source."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Pull.Status.values)
    why = serializers.ChoiceField(choices=Pull.Why.values)
    rows = serializers.IntegerField()
    size = serializers.IntegerField(help_text="bytes")
    uploads = serializers.ListField(child=serializers.UUIDField(), help_text="The files that it brought.")
    problems = serializers.ListField(child=serializers.CharField())
    begun_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)

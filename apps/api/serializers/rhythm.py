"""Cadences, meetings, and copies into another cycle."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Paged, Strict
from apps.goals.domain.cadence import EVERY, MOST_DAYS
from apps.goals.services.meetings import LONGEST


class CadenceShape(serializers.Serializer):
    """How often the key results of a team are checked in, from a day on."""

    id = serializers.UUIDField(source="pk")
    team = serializers.UUIDField(source="team_id", allow_null=True, help_text="null: everybody's.")
    every = serializers.IntegerField(help_text="Weeks.")
    weekday = serializers.IntegerField(help_text="0 is Monday.")
    since = serializers.DateField()
    skip_within_days = serializers.IntegerField()
    grace_days = serializers.IntegerField()
    set_by = serializers.CharField(source="set_by_name")


class NewCadence(Strict):
    """A cadence from today on or later; those set for later days are replaced by it."""

    team = serializers.UUIDField(allow_null=True, default=None)
    every = serializers.ChoiceField(choices=EVERY, default=1)
    weekday = serializers.IntegerField(min_value=0, max_value=6, default=4)
    since = serializers.DateField()
    skip_within_days = serializers.IntegerField(min_value=0, max_value=MOST_DAYS, default=3)
    grace_days = serializers.IntegerField(min_value=0, max_value=MOST_DAYS, default=2)


class MeetingsQuery(Paged):
    """Which meetings."""

    team = serializers.UUIDField(required=False)


class NoteShape(serializers.Serializer):
    """What was noted of an objective."""

    objective = serializers.UUIDField()
    title = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    spoke_for_it = serializers.CharField(source="spoke", allow_blank=True)
    by = serializers.CharField(allow_blank=True)
    times = serializers.IntegerField(help_text="How often it was written: what a new note gives as `seen`.")


class MeetingShape(serializers.Serializer):
    """A team's going through its goals. It goes on until `ended_at`."""

    id = serializers.UUIDField(source="pk")
    team = serializers.UUIDField(source="team_id")
    cycle = serializers.UUIDField(source="cycle_id")
    on = serializers.DateField()
    led_by = serializers.CharField(source="led_by_name")
    summary = serializers.CharField(allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    noted = NoteShape(many=True)


class NewMeeting(Strict):
    """The team that goes through its goals, and the OKR cycle they belong to."""

    team = serializers.UUIDField()
    cycle = serializers.UUIDField()


class NewNote(Strict):
    """What was said of an objective, instead of what was noted of it before."""

    objective = serializers.UUIDField()
    text = serializers.CharField(max_length=LONGEST, allow_blank=True)
    spoke = serializers.UUIDField(allow_null=True, default=None, help_text="The person who spoke for it.")
    seen = serializers.IntegerField(min_value=0, default=0, help_text="`times` as it was read; 0 for a first note.")


class ToEnd(Strict):
    """What the team is told."""

    summary = serializers.CharField(max_length=LONGEST, allow_blank=True, default="")


class ToCopy(Strict):
    """Which objectives are set in the cycle: anew, or carried over."""

    objectives = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=500)
    carry = serializers.BooleanField(default=False)

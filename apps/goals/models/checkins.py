"""What people say about their goals week by week: check-ins, comments, meetings."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.goals.models.objectives import KeyResult


class Cadence(models.Model):
    """How often the key results of a team are checked in, from a day on; without a team, everybody's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.CASCADE, related_name="+")
    every = models.PositiveSmallIntegerField(default=1, help_text="Weeks: 1, 2 or 4.")
    weekday = models.PositiveSmallIntegerField(default=4, help_text="0 is Monday.")
    since = models.DateField()
    skip_within_days = models.PositiveSmallIntegerField(
        default=3, help_text="Whoever checked in so many days before is not asked again."
    )
    grace_days = models.PositiveSmallIntegerField(default=2, help_text="So many days after it still count for it.")
    set_by = models.UUIDField()
    set_by_name = models.CharField(max_length=120)
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-since",)
        constraints = [
            models.UniqueConstraint(fields=["team", "since"], nulls_distinct=False, name="cadence_once_from_a_day_on"),
            models.CheckConstraint(name="cadence_in_whole_weeks", condition=Q(every__in=[1, 2, 4], weekday__lte=6)),
        ]

    def __str__(self) -> str:
        return f"{self.team or '*'}: {self.every}"


class CheckIn(models.Model):
    """What somebody says about a key result: its value, how sure they are, what is in the way, what comes next."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_result = models.ForeignKey("goals.KeyResult", on_delete=models.CASCADE, related_name="checkins")
    due_on = models.DateField(null=True, help_text="The day of the cadence it is for; null: in between.")
    on = models.DateField()
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    in_place_of = models.UUIDField(null=True, help_text="Whose it would have been, where somebody else made it.")
    in_place_of_name = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(db_default=Now())
    corrected_at = models.DateTimeField(null=True)
    value = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    confidence = models.CharField(max_length=9, choices=KeyResult.Confidence, blank=True)
    note = models.TextField(blank=True)
    blockers = models.TextField(blank=True)
    next_step = models.TextField(blank=True)

    class Meta:
        ordering = ("-on", "-at")
        indexes = [models.Index(fields=["key_result", "-on"], name="checkin_by_key_result")]

    def __str__(self) -> str:
        return f"{self.key_result} {self.on}"


class Correction(models.Model):
    """What a check-in said before somebody corrected it, and why they did. The newest one is the latest former text."""

    id = models.BigAutoField(primary_key=True)
    checkin = models.ForeignKey("goals.CheckIn", on_delete=models.CASCADE, related_name="corrections")
    value = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    confidence = models.CharField(max_length=9, blank=True)
    note = models.TextField(blank=True)
    blockers = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.checkin_id} {self.at}"


class Comment(models.Model):
    """What somebody says under an objective. A deleted one keeps its place and loses its text."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    objective = models.ForeignKey("goals.Objective", on_delete=models.CASCADE, related_name="comments")
    key_result = models.ForeignKey("goals.KeyResult", null=True, on_delete=models.CASCADE, related_name="comments")
    text = models.TextField()
    mentions = ArrayField(models.UUIDField(), default=list)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return self.text[:60]


class Follower(models.Model):
    """Somebody who wants to be told what happens to an objective."""

    id = models.BigAutoField(primary_key=True)
    objective = models.ForeignKey("goals.Objective", on_delete=models.CASCADE, related_name="followers")
    user_id = models.UUIDField()
    since = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["user_id"], name="follower_by_person")]
        constraints = [models.UniqueConstraint(fields=["objective", "user_id"], name="follows_an_objective_once")]

    def __str__(self) -> str:
        return str(self.user_id)


class Meeting(models.Model):
    """A team goes through its goals: what was noted of each, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.CASCADE, related_name="+")
    cycle = models.ForeignKey("goals.Cycle", on_delete=models.CASCADE, related_name="meetings")
    on = models.DateField()
    led_by = models.UUIDField()
    led_by_name = models.CharField(max_length=120)
    notes = models.JSONField(default=dict, help_text="By id of the objective: what was noted.")
    summary = models.TextField(blank=True)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-on", "-started_at")

    def __str__(self) -> str:
        return f"{self.team or ''} {self.on}"

"""The stretches of time that goals are set for."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _


class Cycle(models.Model):
    """From its first to its last day, both in it. Several may run at once, such as a year and its quarters.

    When it is closed, what every key result and objective had reached by the end of the last day is frozen.
    `rollup` says how key results make up an objective, `pace` which days count for how far it should be.
    """

    class Kind(models.TextChoices):
        YEAR = "year", _("Year")
        HALF = "half", _("Half-year")
        QUARTER = "quarter", _("Quarter")
        MONTH = "month", _("Month")
        CUSTOM = "custom", _("Other days")

    class Rollup(models.TextChoices):
        CLAMPED = "clamped", _("Each key result counts from 0 % to 100 %")
        FLOOR = "floor", _("Each key result counts from 0 %, and beyond 100 %")
        RAW = "raw", _("Each key result counts as it is, below 0 % and beyond 100 %")

    class Pace(models.TextChoices):
        DAYS = "days", _("Every day counts the same")
        WORKDAYS = "workdays", _("Only working days count")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind)
    start = models.DateField()
    due = models.DateField(help_text="The last day that counts.")
    rollup = models.CharField(max_length=8, choices=Rollup, default=Rollup.CLAMPED)
    pace = models.CharField(max_length=8, choices=Pace, default=Pace.DAYS)
    made_like = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", help_text="The cycle that was its template."
    )
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=120, blank=True)
    reopened_at = models.DateTimeField(null=True)
    reopened_by_name = models.CharField(max_length=120, blank=True)
    reopened_reason = models.CharField(max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_by = models.UUIDField()
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    changed_by_name = models.CharField(max_length=120)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-start", "due", "name")
        constraints = [
            models.UniqueConstraint(Lower("name"), name="cycle_name_once"),
            models.CheckConstraint(name="cycle_ends_after_it_starts", condition=Q(due__gte=F("start"))),
            models.CheckConstraint(
                name="cycle_reopened_with_a_reason", condition=Q(reopened_at__isnull=True) | ~Q(reopened_reason="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CycleTemplate(models.Model):
    """What cycles begin with: how they are counted, and objectives of the company and of teams with their key results.

    `objectives` is what `domain.templates` writes and reads. A cycle that was made from it keeps nothing of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=Cycle.Kind)
    rollup = models.CharField(max_length=8, choices=Cycle.Rollup)
    pace = models.CharField(max_length=8, choices=Cycle.Pace)
    objectives = models.JSONField(default=list)
    saved_from = models.CharField(max_length=60, blank=True, help_text="The name of the cycle it was saved from.")
    revision = models.PositiveIntegerField(default=1)
    created_by = models.UUIDField()
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    changed_by_name = models.CharField(max_length=120)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(Lower("name"), name="cycle_template_name_once")]

    def __str__(self) -> str:
        return self.name

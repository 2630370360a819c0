"""What people do to move a metric. Whatever was planned, done or given up stays, with who said so and why."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Initiative(models.Model):
    """Something done to move one metric, for all or for one member of a dimension: by whom, from when to when.

    `revision` counts its changes, so that nobody overwrites what they have not seen.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey("metrics.Metric", on_delete=models.PROTECT, related_name="initiatives")
    dimension = models.CharField(max_length=41, blank=True)
    member = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=120)
    what = models.TextField(blank=True, help_text="What is done, in a few sentences.")
    owner_id = models.UUIDField(null=True)
    owner_name = models.CharField(max_length=120, blank=True)
    start = models.DateField()
    due = models.DateField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PLANNED)
    expected = models.DecimalField(
        max_digits=38,
        decimal_places=12,
        null=True,
        help_text="By how much it is meant to move the metric, in its unit.",
    )
    ended_on = models.DateField(null=True, help_text="The day it was done or stopped.")
    result = models.TextField(blank=True, help_text="What came of it, or why it was stopped.")
    revision = models.PositiveIntegerField(default=1)
    created_by = models.UUIDField()
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    changed_by_name = models.CharField(max_length=120)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("due", "title")
        indexes = [models.Index(fields=["metric", "status"], name="initiative_by_metric")]
        constraints = [
            models.CheckConstraint(name="initiative_ends_after_it_starts", condition=Q(due__gte=F("start"))),
            models.CheckConstraint(
                name="initiative_ended_has_a_day",
                condition=Q(status__in=["planned", "running"], ended_on__isnull=True)
                | Q(status__in=["done", "stopped"], ended_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

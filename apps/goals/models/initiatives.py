"""What people do to move a metric or a key result. What was planned, done or given up stays, and why."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Initiative(models.Model):
    """Something done to move a metric (for all or for one member of a dimension), a target of it, or a key result.

    One that is for a target is also for its metric; one for a key result is for the metric the key result follows, if
    it follows one. `cost` is in the company's currency. `forecast` is what was expected without it, as it was told when
    it started; `verdict` is what came of it.

    `revision` counts its changes, so that nobody overwrites what they have not seen.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey("metrics.Metric", null=True, on_delete=models.PROTECT, related_name="initiatives")
    target = models.ForeignKey("targets.Target", null=True, on_delete=models.PROTECT, related_name="initiatives")
    key_result = models.ForeignKey("goals.KeyResult", null=True, on_delete=models.CASCADE, related_name="initiatives")
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
    cost = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    forecast = models.JSONField(null=True, help_text="What the metric was expected to become when it started.")
    verdict = models.CharField(max_length=16, blank=True)
    verdict_facts = models.JSONField(null=True, help_text="The figures the verdict rests on.")
    judged_at = models.DateTimeField(null=True)
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
            models.CheckConstraint(
                name="initiative_is_for_one_thing",
                condition=Q(key_result__isnull=False, target__isnull=True)
                | Q(key_result__isnull=True, metric__isnull=False),
            ),
            models.CheckConstraint(
                name="initiative_costs_no_less_than_nothing", condition=Q(cost__isnull=True) | Q(cost__gte=0)
            ),
            models.CheckConstraint(name="initiative_ends_after_it_starts", condition=Q(due__gte=F("start"))),
            models.CheckConstraint(
                name="initiative_ended_has_a_day",
                condition=Q(status__in=["planned", "running"], ended_on__isnull=True)
                | Q(status__in=["done", "stopped"], ended_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        """For the record, which administrators read: of what is private it does not tell the title."""
        return "(private)" if self.is_private else self.title

    @property
    def is_private(self) -> bool:
        """Whether it is for a key result of a private objective."""
        return self.key_result is not None and self.key_result.objective.private

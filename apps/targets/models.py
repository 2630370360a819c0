"""What a metric should be, by when. What was agreed is kept: a change is a new row with its reason."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Target(models.Model):
    """From a baseline to a goal by a date, for one metric, for all or one member of a dimension.

    In force until `ended_at`: either another one `replaces` it, or somebody withdrew it and said why.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey("metrics.Metric", on_delete=models.PROTECT, related_name="targets")
    grain = models.CharField(max_length=8)
    dimension = models.CharField(max_length=41, blank=True)
    member = models.CharField(max_length=200, blank=True)
    baseline = models.DecimalField(max_digits=38, decimal_places=12)
    goal = models.DecimalField(max_digits=38, decimal_places=12)
    start = models.DateField(help_text="The first day of the first period that counts.")
    due = models.DateField(help_text="The last day of the period in which the goal is to be reached.")
    owner_id = models.UUIDField(null=True, blank=True)
    owner_name = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    set_by = models.UUIDField()
    set_by_name = models.CharField(max_length=120)
    set_at = models.DateTimeField(db_default=Now())
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-set_at",)
        constraints = [
            models.CheckConstraint(name="target_goal_differs_from_baseline", condition=~Q(goal=F("baseline"))),
            models.CheckConstraint(name="target_ends_after_it_starts", condition=Q(due__gt=F("start"))),
            models.UniqueConstraint(
                fields=["metric", "grain", "dimension", "member"],
                condition=Q(ended_at__isnull=True),
                name="one_target_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} → {self.goal.normalize():f}"

"""Work to be done in a workspace. The row is the truth; a Celery message only wakes a worker."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Work(models.Model):
    """One piece of work: written in the transaction of its cause, claimed, leased, and ended with a word on how."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        PARKED = "parked", _("Set aside")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=100, help_text="What it is about; work on one subject runs one at a time.")
    about = models.CharField(max_length=200, blank=True, help_text="The subject in words: a file's or dataset's name.")
    args = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(db_default=Now())
    done_units = models.BigIntegerField(default=0)
    total_units = models.BigIntegerField(default=0)
    message = models.CharField(max_length=200, blank=True, help_text="An English message id.")
    reason = models.TextField(blank=True, help_text="Why it failed: an English message id.")
    reason_params = models.JSONField(default=dict)
    asked_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    again = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, help_text="Asked again as this work.")

    class Meta:
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "args"], condition=Q(status="queued"), name="work_waits_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(status="running"), name="work_runs_once_per_subject"
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(status__in=["queued", "running"]), name="work_unfinished"),
            models.Index(fields=["kind", "subject", "created_at"], name="work_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def is_finished(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.PARKED)

    @property
    def reason_in_words(self) -> str:
        """Why it failed, in the reader's language."""
        words = gettext(self.reason) if self.reason else ""
        return words % self.reason_params if self.reason_params else words

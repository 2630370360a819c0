"""Who changed what, from what to what. Written by services, in the transaction of the change."""

import uuid

from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One change, in the words of the product."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(db_default=Now(), db_index=True)
    actor_id = models.UUIDField()
    actor_name = models.CharField(max_length=120)
    act = models.CharField(max_length=64, help_text="What was done, such as 'target.set'.")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    subject_name = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("-at",)
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.act} {self.subject_name}"

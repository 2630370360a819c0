"""The tree that is worked on, its steps, and the trees that were published."""

import uuid

from django.db import models
from django.db.models.functions import Now


class TreeVersion(models.Model):
    """The tree as it was published: who, when, why, and all of its places. Kept for good, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True)
    places = models.JSONField(help_text="metrics.domain.layout.Layout, as JSON")
    note = models.TextField(blank=True)
    restores = models.PositiveIntegerField(null=True, help_text="Number of the version that it brings back.")
    published_by_name = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"v{self.number}"


class TreeDraft(models.Model):
    """The tree that is worked on: one for each workspace. Pages show the published nodes until it is published.

    `revision` counts what was done to it, so that nobody builds on what they have not seen.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    places = models.JSONField(help_text="metrics.domain.layout.Layout, as JSON")
    based_on = models.CharField(max_length=64, help_text="SHA-256 of the published places it was made from.")
    restores = models.PositiveIntegerField(null=True, help_text="Number of the version that it brings back.")
    revision = models.PositiveIntegerField(default=0)
    changed_by_name = models.CharField(max_length=120, blank=True)
    changed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.revision)


class TreeStep(models.Model):
    """One act on the draft. `places` are those on its other side: as they were before it, or, undone, after it."""

    id = models.BigAutoField(primary_key=True)
    draft = models.ForeignKey("metrics.TreeDraft", on_delete=models.CASCADE, related_name="steps")
    revision = models.PositiveIntegerField(help_text="Revision of the draft that it made.")
    act = models.JSONField(help_text="What was done: message, and ids of metrics by the name they stand for.")
    places = models.JSONField()
    undone = models.BooleanField(default=False)
    by_name = models.CharField(max_length=120, blank=True)
    done_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.revision}"

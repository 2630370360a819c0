"""What a company wrote down while it chose: trees it took over, candidates it judged, announcements, their readers."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Adoption(models.Model):
    """A tree of the library that was applied: with which mapping, what it made, and what was the North Star before."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.CharField(max_length=60)
    mapping = models.JSONField(help_text="Data, columns and values, as they were chosen.")
    made = models.JSONField(default=list, help_text="Keys of the metrics that were not in use before.")
    star_before = models.JSONField(null=True, help_text="Metric, grain and reason of the North Star before, if any.")
    chose_star = models.BooleanField(default=False)
    adopted_by = models.UUIDField()
    adopted_by_name = models.CharField(max_length=120)
    adopted_at = models.DateTimeField(db_default=Now())
    undone_by_name = models.CharField(max_length=120, blank=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-adopted_at",)

    def __str__(self) -> str:
        return self.template


class Sheet(models.Model):
    """The three tests of a North Star for a metric, scored 0 to 5 each with the evidence, by somebody on a day.

    Never changed: another opinion is another sheet.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey("metrics.Metric", on_delete=models.CASCADE, related_name="north_star_sheets")
    value = models.PositiveSmallIntegerField()
    value_evidence = models.CharField(max_length=1000, blank=True)
    revenue = models.PositiveSmallIntegerField()
    revenue_evidence = models.CharField(max_length=1000, blank=True)
    sustainable = models.PositiveSmallIntegerField()
    sustainable_evidence = models.CharField(max_length=1000, blank=True)
    judged_by = models.UUIDField()
    judged_by_name = models.CharField(max_length=120)
    judged_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-judged_at",)
        constraints = [
            models.CheckConstraint(
                name="sheet_scores_are_0_to_5", condition=Q(value__lte=5) & Q(revenue__lte=5) & Q(sustainable__lte=5)
            ),
        ]

    def __str__(self) -> str:
        return str(self.metric)


class Announcement(models.Model):
    """What the company was told: the North Star, why, from where to where, its tree. A version is never changed.

    `facts` are as they were on the day, so that a page printed later says the same; `stamp` tells whether the North
    Star or its target is another one by now.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True)
    why = models.CharField(max_length=4000)
    teams = models.CharField(max_length=4000, blank=True)
    facts = models.JSONField()
    stamp = models.CharField(max_length=64)
    published_by = models.UUIDField()
    published_by_name = models.CharField(max_length=120)
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.number}"


class AnnouncementDraft(models.Model):
    """The text that is being written; there is one at most. `revision` tells two writers apart."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    why = models.CharField(max_length=4000, blank=True)
    teams = models.CharField(max_length=4000, blank=True)
    revision = models.PositiveIntegerField(default=1)
    saved_by_name = models.CharField(max_length=120)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(name="one_announcement_draft", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.revision}"


class Acknowledgement(models.Model):
    """Somebody said that they have read a version of the announcement."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="acknowledgements")
    person = models.UUIDField()
    person_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at",)
        constraints = [models.UniqueConstraint(fields=["announcement", "person"], name="acknowledged_once")]

    def __str__(self) -> str:
        return self.person_name

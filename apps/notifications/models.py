"""What people were told, whether they have seen it, and how they want to be told."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Notice(models.Model):
    """One thing that one person is told. `message` is a msgid, `params` fill it in when somebody reads it.

    `shown` says that it stands in the list; `waits` names the channels that have not taken it yet. The same `key` is
    told a person once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    message = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=400)
    key = models.CharField(max_length=160, blank=True)
    shown = models.BooleanField(default=True)
    waits = ArrayField(models.CharField(max_length=20), default=list)
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notice_newest_first"),
            models.Index(fields=["recipient"], condition=Q(read_at=None, shown=True), name="notice_unread"),
            models.Index(fields=["created_at"], name="notice_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], condition=~Q(key=""), name="notice_told_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.recipient_id}"


class Choice(models.Model):
    """How somebody wants to be told things of a kind, where that is not as usual. No ways: never."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="notice_choices")
    kind = models.CharField(max_length=60)
    ways = ArrayField(models.CharField(max_length=20), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="notice_choice_once")]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.kind}"

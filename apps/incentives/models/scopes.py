"""Who looks after the pay of some teams, and of no others."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class PayScope(models.Model):
    """Somebody sees the pay of a team and, if `below`, of the teams below it, from `at` until `ended_at`. Only sees."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_id = models.UUIDField()
    person_name = models.CharField(max_length=120)
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="+")
    below = models.BooleanField(default=True)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("person_name", "-at")
        constraints = [
            models.UniqueConstraint(
                fields=["person_id", "team"], condition=Q(ended_at__isnull=True), name="pay_scope_once"
            ),
            models.CheckConstraint(name="nobody_gives_themselves_a_pay_scope", condition=~Q(person_id=models.F("by"))),
        ]

    def __str__(self) -> str:
        return f"{self.person_name} · {self.team}"

"""API keys, and the answers that were given to requests which may be sent again."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.accounts.domain.roles import Role
from apps.api.domain.scopes import ScopedActor


class ApiKey(models.Model):
    """A key to the API: a person's own, or that of a service account, which is nobody and has one role.

    Of the secret only the digest is kept. `prefix` stands in the secret and names it, also to people.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    person = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="api_keys")
    role = models.CharField(max_length=16, blank=True, help_text="Of a service account; empty for a person's own key.")
    scopes = ArrayField(models.CharField(max_length=20), default=list)
    made_by = models.UUIDField(editable=False)
    made_by_name = models.CharField(max_length=120, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True, editable=False, help_text="When its end was announced by mail.")
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by_name = models.CharField(max_length=120, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                name="api_key_is_a_persons_or_a_services",
                condition=Q(person__isnull=False, role="") | Q(person__isnull=True) & ~Q(role=""),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_personal(self) -> bool:
        return self.person_id is not None

    @property
    def holder_name(self) -> str:
        """Who acts through it: a person, or the service account, which is called as the key is."""
        return str(self.person) if self.is_personal else self.name

    @property
    def actor(self) -> ScopedActor:
        """Who acts through this key; the key's name stands behind the person's in everything that is recorded."""
        if self.is_personal:
            name, roles = f"{self.person} (API: {self.name})", self.person.role_set
        else:
            name, roles = f"API: {self.name}", frozenset({Role(self.role)})
        return ScopedActor(id=self.person_id or self.pk, name=name[:120], roles=roles, scopes=frozenset(self.scopes))

    def state(self, now: datetime) -> str:
        """ "revoked", "expired", "idle" (its person may not sign in) or "active"."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "idle" if self.is_personal and not self.person.is_active else "active"


class StoredAnswer(models.Model):
    """What was answered to a request with an Idempotency-Key: the same request again gets it again, for a day."""

    id = models.BigAutoField(primary_key=True)
    asker = models.UUIDField(help_text="The API key, or the person whose session it was.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, address and body.")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asker", "key"], name="api_answer_once_per_key")]

    def __str__(self) -> str:
        return self.key

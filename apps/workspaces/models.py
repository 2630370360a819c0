"""Which workspaces there are. Public schema; nothing in a workspace's schema has a foreign key to these tables."""

import re
import uuid
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from apps.kernel.period import Calendar

SCHEMA_NAME = re.compile(r"w_[0-9a-f]{32}", re.ASCII)
TEMPLATE_SCHEMA = "template"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]


def new_schema_name() -> str:
    """Generated, never taken from what somebody typed."""
    return f"w_{uuid.uuid4().hex}"


def check_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(
            _("“%(zone)s” is not a time zone. Choose one such as Asia/Shanghai."), params={"zone": value}
        )


class Workspace(TenantMixin):
    """A company's own place: its schema, its PostgreSQL role of the same name, and its calendar."""

    class Status(models.TextChoices):
        PROVISIONING = "provisioning", _("Being prepared")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        CLOSING = "closing", _("Closing")
        CLOSED = "closed", _("Closed")

    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    schema_name = models.CharField(max_length=63, unique=True, default=new_schema_name, editable=False)
    slug = models.SlugField(_("address"), max_length=40, unique=True)
    name = models.CharField(_("company"), max_length=120)
    status = models.CharField(max_length=16, choices=Status, default=Status.PROVISIONING)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai", validators=[check_time_zone])
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    fiscal_year_start = models.PositiveSmallIntegerField(
        _("first month of the fiscal year"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    week_start = models.PositiveSmallIntegerField(
        _("first day of the week"), default=1, validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    cell = models.CharField(
        max_length=32, default="main", help_text="The deployment and database this workspace lives in."
    )
    engine = models.CharField(
        _("engine"),
        max_length=32,
        blank=True,
        help_text="Which cluster computes for it, by name: the address and its token are in the workers' settings.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    status_changed_at = models.DateTimeField(db_default=Now(), editable=False)

    # Set-up is work, and this row is its work row: claimed with SKIP LOCKED, leased, fenced by the attempt number.
    attempt = models.PositiveSmallIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    parked_at = models.DateTimeField(null=True, editable=False, help_text="When setting it up was given up.")
    reason = models.TextField(blank=True, editable=False, help_text="Why setting it up failed, in words.")

    # Its tables lack what the running code needs: its pages answer "being updated" until they have it.
    behind_since = models.DateTimeField(null=True, editable=False)
    behind_reason = models.TextField(blank=True, editable=False, help_text="Why bringing it up to date failed.")

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="workspace_schema_name_is_generated",
                condition=models.Q(schema_name__regex=r"^(w_[0-9a-f]{32}|public)$"),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.time_zone, week_start=self.week_start, fiscal_year_start=self.fiscal_year_start)

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.ACTIVE and not self.is_behind

    @property
    def is_behind(self) -> bool:
        return self.behind_since is not None


class Domain(DomainMixin):
    """A host name that leads to a workspace. Links are built from here, never from a request's Host header."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="domain_is_lower_case", condition=models.Q(domain=models.functions.Lower("domain"))
            )
        ]

    def __str__(self) -> str:
        return self.domain


class SignUp(models.Model):
    """What somebody asked for before their address was confirmed. The password is kept as a hash, until it is used."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.CharField(max_length=120)
    slug = models.SlugField(max_length=40)
    email = models.EmailField()
    person_name = models.CharField(max_length=120, blank=True)
    password_hash = models.CharField(max_length=256, blank=True)
    language = models.CharField(max_length=10, choices=LANGUAGES)
    time_zone = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    fiscal_year_start = models.PositiveSmallIntegerField()
    week_start = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    mail_due = models.BooleanField(default=True, help_text="The confirmation mail has still to be sent.")
    confirmed_at = models.DateTimeField(null=True)
    workspace = models.OneToOneField("workspaces.Workspace", null=True, on_delete=models.CASCADE)

    def __str__(self) -> str:
        return f"{self.slug} ({self.created_at:%Y-%m-%d})"


class Address(models.Model):
    """Which workspaces an e-mail address belongs to, for the finder: a keyed digest, never the address itself."""

    digest = models.CharField(max_length=64, db_index=True)
    workspace = models.ForeignKey("workspaces.Workspace", on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "workspace"], name="address_once_per_workspace")]

    def __str__(self) -> str:
        return self.digest[:12]


class EntryPass(models.Model):
    """Leads somebody who has just confirmed their address into their new workspace, once and soon."""

    digest = models.CharField(max_length=64, unique=True)
    workspace = models.ForeignKey("workspaces.Workspace", on_delete=models.CASCADE)
    user_id = models.UUIDField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]


class TemplateSnapshot(models.Model):
    """The SQL that makes a new workspace's tables. Written by the owner's login alone, which also runs it."""

    key = models.CharField(max_length=64, primary_key=True, help_text="Digest of the migrations the template has.")
    sql = models.TextField()
    sources = models.JSONField(default=dict, help_text="Digest of each migration's file.")
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.key[:12]


class SchemaUpgrade(models.Model):
    """The SQL that brought the template from one set of migrations to the next, to be replayed in each workspace."""

    from_key = models.CharField(max_length=64, primary_key=True)
    to_key = models.CharField(max_length=64)
    migrations = models.JSONField()
    sql = models.TextField()
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.from_key[:12]} → {self.to_key[:12]}"

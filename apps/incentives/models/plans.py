"""Plans and their versions, and who has acknowledged which.

What a version pays by is one text, `document` (`domain.canonical` of a `domain.plan.Plan`); what decides nothing about
an amount stands beside it. Once published it never changes: the migration's triggers see to it, whoever asks.
"""

import json
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.incentives.domain.canonical import read
from apps.incentives.domain.plan import Plan


class IncentivePlan(models.Model):
    """A plan through all its versions. `key` names it for good."""

    class Length(models.TextChoices):
        MONTH = "month", _("Month")
        QUARTER = "quarter", _("Quarter")
        HALF = "half", _("Half-year")
        YEAR = "year", _("Year")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    period = models.CharField(max_length=8, choices=Length, default=Length.QUARTER)
    created_by = models.UUIDField()
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """What a plan says from a day on, until a day.

    `authors` are all who changed the draft: none of them approves it. `content` is the SHA-256 of `document`, `golden`
    what the engine of that day paid for a spread of readings (`domain.golden`), both set when it is published.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Waiting for approval")
        PUBLISHED = "published", pgettext_lazy("pay plan", "Published")
        ENDED = "ended", _("Ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(IncentivePlan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    effective_from = models.DateField()
    effective_until = models.DateField(null=True, blank=True, help_text="The last day; null: until something else.")
    document = models.TextField()
    approval_steps = models.PositiveSmallIntegerField(default=1, help_text="How many people approve a run.")
    dispute_days = models.PositiveSmallIntegerField(default=10, help_text="How long a statement may be disputed.")
    lead_sees_team = models.BooleanField(default=False)
    show_estimate = models.BooleanField(default=True)
    note = models.CharField(max_length=300, blank=True, help_text="What is new, for those it is for.")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=120)
    authors = ArrayField(models.UUIDField(), default=list)
    created_at = models.DateTimeField(db_default=Now())
    changed_by_name = models.CharField(max_length=120)
    changed_at = models.DateTimeField(db_default=Now())
    proposed_by = models.UUIDField(null=True)
    proposed_by_name = models.CharField(max_length=120, blank=True)
    proposed_at = models.DateTimeField(null=True)
    returned_reason = models.CharField(max_length=300, blank=True)
    approved_by = models.UUIDField(null=True)
    approved_by_name = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True)
    content = models.CharField(max_length=64, blank=True)
    engine = models.CharField(max_length=20, blank=True)
    golden = models.JSONField(default=list)
    text_en = models.TextField(blank=True)
    text_zh = models.TextField(blank=True)
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("plan", "-number")
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="pay_plan_version_number_once"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(status__in=["draft", "proposed"]), name="pay_plan_one_draft"
            ),
            models.CheckConstraint(
                name="pay_plan_words_are_known", condition=Q(status__in=["draft", "proposed", "published", "ended"])
            ),
            models.CheckConstraint(
                name="pay_plan_ends_after_it_begins",
                condition=Q(effective_until__isnull=True) | Q(effective_until__gte=F("effective_from")),
            ),
            models.CheckConstraint(
                name="pay_plan_published_by_a_second_person",
                condition=Q(status__in=["draft", "proposed"], approved_by__isnull=True, published_at__isnull=True)
                | Q(
                    ~Q(approved_by=F("author_id")),
                    ~Q(approved_by=F("proposed_by")),
                    status__in=["published", "ended"],
                    approved_by__isnull=False,
                    proposed_by__isnull=False,
                    published_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="pay_plan_published_whole",
                condition=Q(status__in=["draft", "proposed"])
                | ~(Q(content="") | Q(engine="") | Q(text_en="") | Q(text_zh="")),
            ),
            models.CheckConstraint(
                name="pay_plan_steps_and_days",
                condition=Q(approval_steps__gte=1, approval_steps__lte=5, dispute_days__lte=365),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.number}"

    @property
    def terms(self) -> Plan:
        """The plan as the engine reads it."""
        return read(Plan, json.loads(self.document))


class PlanAcknowledgement(models.Model):
    """Somebody has read a published version: which text, by its hash, in which words, when. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="acknowledgements")
    person_id = models.UUIDField()
    person_name = models.CharField(max_length=120)
    content = models.CharField(max_length=64, help_text="Of the version's document.")
    text_hash = models.CharField(max_length=64, help_text="SHA-256 of the text as it was shown.")
    language = models.CharField(max_length=10)
    wording = models.TextField(help_text="The sentence that was agreed to.")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)
        constraints = [
            models.UniqueConstraint(fields=["version", "person_id"], name="pay_plan_acknowledged_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.person_name}"

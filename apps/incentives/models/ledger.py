"""What was posted, line after line, each bound to the one before by its hash; and what of it is paid or carried.

Rows are added and never changed: number, hash and the hash before are set by a trigger under a lock, whatever was
given, and every other statement is refused. `domain.ledger` is the same rule, and the one that checks it.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.incentives.domain.ledger import Entry, Posting, PostingKind
from apps.incentives.models.people import Participant
from apps.incentives.models.runs import Run


class LedgerEntry(models.Model):
    """One signed amount in its place. `run` is “id:revision” of the run that posted it; `posted_at` is not hashed."""

    number = models.BigIntegerField(primary_key=True)
    participant = models.CharField(max_length=40, db_index=True)
    plan = models.CharField(max_length=40)
    period = models.CharField(max_length=24)
    run = models.CharField(max_length=60, db_index=True)
    kind = models.CharField(max_length=10)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    result = models.CharField(max_length=64)
    cause = models.CharField(max_length=200, blank=True)
    before = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("number",)
        indexes = [models.Index(fields=["plan", "period", "participant"], name="pay_ledger_by_period")]
        constraints = [
            models.UniqueConstraint(fields=["run", "participant", "kind"], name="pay_posted_once"),
            models.CheckConstraint(
                name="pay_ledger_words_are_known", condition=Q(kind__in=[str(each) for each in PostingKind])
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def entry(self) -> Entry:
        """As the domain knows it."""
        posting = Posting(
            self.participant,
            self.plan,
            self.period,
            self.run,
            PostingKind(self.kind),
            self.minor,
            self.currency,
            self.result,
            self.cause,
        )
        return Entry(self.number, posting, self.before, self.hash)


class BalanceWaiver(models.Model):
    """What somebody owes back is forgiven: proposed by one person, approved by a second, with a reason. Never changed.

    `minor` is all that was owed after `run`, the newest one that settled it; it counts as long as that run's revision
    does.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="waivers")
    revision = models.PositiveIntegerField()
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="waivers")
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())
    approved_by = models.UUIDField(null=True)
    approved_by_name = models.CharField(max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("-at",)
        constraints = [
            models.CheckConstraint(name="pay_waiver_is_something", condition=Q(minor__gt=0) & ~Q(reason="")),
            models.CheckConstraint(
                name="nobody_approves_their_own_waiver",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("by")),
            ),
            models.UniqueConstraint(
                fields=["participant", "currency"],
                condition=Q(approved_by__isnull=True, withdrawn_at__isnull=True),
                name="pay_waiver_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.participant}"


class Settlement(models.Model):
    """What a locked run pays somebody: `earned + before == pay + balance - waived`, in minor units. Never changed.

    `before` and `balance` (0 or below) are what was owed back before and is still. It counts as long as the revision
    it belongs to was not superseded.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="settlements")
    revision = models.PositiveIntegerField()
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="settlements")
    currency = models.CharField(max_length=3)
    earned = models.BigIntegerField()
    before = models.BigIntegerField(default=0)
    pay = models.BigIntegerField()
    balance = models.BigIntegerField(default=0)
    waived = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("run", "participant")
        constraints = [
            models.UniqueConstraint(fields=["run", "revision", "participant"], name="pay_settled_once"),
            models.CheckConstraint(
                name="pay_settlement_adds_up",
                condition=Q(
                    earned=F("pay") + F("balance") - F("waived") - F("before"),
                    before__lte=0,
                    balance__lte=0,
                    waived__gte=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.participant}"

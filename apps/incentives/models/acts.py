"""What people do to a run, add to it and find of it: approvals, proposals, amounts by hand, corrections, looks."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.incentives.models.people import Participant
from apps.incentives.models.runs import Run


class RunApproval(models.Model):
    """Somebody approved this very content. For any other it says nothing. Never changed."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="approvals")
    revision = models.PositiveIntegerField()
    content = models.CharField(max_length=64)
    step = models.PositiveSmallIntegerField()
    head = models.CharField(max_length=64, help_text="Where the ledger stood.")
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("revision", "step")
        constraints = [
            models.UniqueConstraint(fields=["run", "revision", "by"], name="pay_approval_once_each"),
            models.UniqueConstraint(fields=["run", "revision", "step"], name="pay_approval_once_a_step"),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.step}"


class RunProposal(models.Model):
    """An act that takes two: who proposed it and why; `confirmed_by` is the second person."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="proposals")
    act = models.CharField(max_length=10)
    reason = models.CharField(max_length=300)
    ticket = models.CharField(max_length=60, blank=True)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())
    confirmed_by = models.UUIDField(null=True)
    confirmed_by_name = models.CharField(max_length=120, blank=True)
    withdrawn_by_name = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("at",)
        constraints = [
            models.UniqueConstraint(
                fields=["run", "act"], condition=Q(ended_at__isnull=True), name="pay_proposal_once"
            ),
            models.CheckConstraint(name="pay_proposal_words_are_known", condition=Q(act__in=["reopen", "void"])),
            models.CheckConstraint(name="pay_proposal_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="pay_proposal_takes_two", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("by"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.act}"


class RunEvent(models.Model):
    """One thing done to a run, or said of it, in order. Never changed."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    revision = models.PositiveIntegerField(default=0)
    act = models.CharField(max_length=24)
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10, blank=True)
    note = models.TextField(blank=True)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.act} {self.by_name}"


class RunAdjustment(models.Model):
    """A signed amount that somebody adds by hand. It counts once a second person approved it, for good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="adjustments")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="adjustments")
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
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
        ordering = ("at",)
        constraints = [
            models.CheckConstraint(name="pay_adjustment_is_something", condition=~Q(minor=0)),
            models.CheckConstraint(name="pay_adjustment_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="nobody_approves_their_own_adjustment",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.participant}"


class RunDecision(models.Model):
    """What counts instead of a missing value: the component pays nothing, or is void (which takes two)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="decisions")
    component = models.CharField(max_length=60)
    team = models.CharField(max_length=40, blank=True)
    verdict = models.CharField(max_length=4)
    reason = models.CharField(max_length=300)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())
    approved_by = models.UUIDField(null=True)
    approved_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("component", "team")
        constraints = [
            models.UniqueConstraint(fields=["run", "component", "team"], name="pay_decision_once"),
            models.CheckConstraint(name="pay_decision_words_are_known", condition=Q(verdict__in=["zero", "void"])),
            models.CheckConstraint(name="pay_decision_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="nobody_approves_their_own_decision",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.team}"


class RunExport(models.Model):
    """A payroll file that somebody took out of a run: who did cannot approve it any more. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="exports")
    revision = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return self.name


class Correction(models.Model):
    """New data moved what a locked run used: what would be paid now, less everything posted.

    `moved` lists the figures (key, team, before, after as exact texts), `deltas` what it comes to by currency. Nothing
    is posted by it: somebody takes it (an adjustment run) or leaves it, with a reason.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To be decided")
        TAKEN = "taken", _("Being corrected")
        LEFT = "left", _("Left as it is")
        GONE = "gone", _("Nothing left to correct")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="found")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    moved = models.JSONField()
    inputs = models.CharField(max_length=64, help_text="Hash of the figures it was worked out from.")
    deltas = models.JSONField(default=dict)
    people = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0)
    found_at = models.DateTimeField(db_default=Now())
    adjustment = models.OneToOneField(Run, null=True, on_delete=models.PROTECT, related_name="correction")
    reason = models.CharField(max_length=300, blank=True)
    ended_by = models.UUIDField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-found_at",)
        constraints = [
            models.UniqueConstraint(fields=["run"], condition=Q(state="open"), name="pay_correction_one_open"),
            models.CheckConstraint(
                name="pay_correction_left_with_a_reason", condition=~Q(state="left") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return str(self.run)


class Look(models.Model):
    """Somebody looked at another person's pay: shown to that person. Never changed."""

    id = models.BigAutoField(primary_key=True)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="looks")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    where = models.CharField(max_length=24, help_text="calculation, statement, file, api, …")
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-at",)
        indexes = [models.Index(fields=["participant", "-at"], name="pay_look_by_person")]

    def __str__(self) -> str:
        return f"{self.by_name} → {self.participant_id}"


class RunRate(models.Model):
    """An exchange rate that somebody gives for a run: units of `currency` for one of the plan's."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rates")
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=30, decimal_places=10)
    note = models.CharField(max_length=200, help_text="Where it comes from: which bank, which day.")
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("currency",)
        constraints = [
            models.UniqueConstraint(fields=["run", "currency"], name="pay_rate_once"),
            models.CheckConstraint(name="pay_rate_above_zero", condition=Q(rate__gt=0)),
        ]

    def __str__(self) -> str:
        return self.currency


class RunAcceptance(models.Model):
    """Somebody looked at what a check says and lets it be, with a reason. `subject` names what exactly was seen."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="acceptances")
    check_name = models.CharField(max_length=24)
    subject = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at",)
        constraints = [
            models.UniqueConstraint(fields=["run", "check_name", "subject"], name="pay_acceptance_once"),
            models.CheckConstraint(name="pay_acceptance_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.check_name} {self.subject}"

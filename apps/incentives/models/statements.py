"""Statements: what one person is paid by a published run and why, as it was published; and what is said about it.

A statement is written once. When its run is opened again it is marked as superseded, and stays. The migration's
triggers see to it, and to the records of who acknowledged what and who said what in a dispute.
"""

import json
import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.incentives.domain.canonical import read
from apps.incentives.domain.paper import Paper
from apps.incentives.models.people import Participant
from apps.incentives.models.runs import Run, RunResult


class LongText(models.TextField):
    """A text of many kilobytes, sent as it is. In bulk, Django would send a column as one array, in which every quote
    of every text is escaped: five of the eight milliseconds that a statement took to be kept.
    """

    def get_placeholder(self, value: object, compiler: object, connection: object) -> str:
        return "%s"

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, _path, arguments, more = super().deconstruct()
        return name, "django.db.models.TextField", arguments, more


class Statement(models.Model):
    """What a revision of a run pays one participant. `document` is a `domain.paper.Paper`, `fingerprint` its SHA-256.

    `due` is what the run posts, `before` and `balance` (0 or below) what was owed back before and is still, `pay` what
    is paid, all in minor units. `causes` of a correction: which figures moved, from what to what.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="statements")
    revision = models.PositiveIntegerField()
    result = models.OneToOneField(RunResult, on_delete=models.PROTECT, related_name="statement")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="statements")
    currency = models.CharField(max_length=3)
    due = models.BigIntegerField()
    before = models.BigIntegerField(default=0)
    pay = models.BigIntegerField()
    balance = models.BigIntegerField(default=0)
    posted = models.BigIntegerField(default=0, help_text="What was posted for the period before.")
    teams = models.JSONField(default=dict, help_text="Names of teams, by id, as they were.")
    causes = models.JSONField(default=list)
    document = LongText()
    fingerprint = models.CharField(max_length=64)
    head = models.CharField(max_length=64, help_text="Where the ledger stood when it was published.")
    published_at = models.DateTimeField()
    dispute_until = models.DateField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-run__first", "-published_at")
        constraints = [
            models.UniqueConstraint(fields=["run", "revision", "participant"], name="pay_statement_once"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it by: the month its period ends in, and the beginning of its hash."""
        return f"{self.run.last:%Y%m}-{self.fingerprint[:8].upper()}"

    @cached_property
    def paper(self) -> Paper:
        """Everything it was made from."""
        return read(Paper, json.loads(self.document))


class StatementFile(models.Model):
    """A statement as PDF/A, as it was printed. Apart, so that no page reads it by the way. Never changed."""

    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, primary_key=True, related_name="file")
    content = models.BinaryField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    language = models.CharField(max_length=10)
    printed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.digest


class StatementAcknowledgement(models.Model):
    """Somebody has read their statement: which, by its hash, in which words, when. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="acknowledgement")
    person_id = models.UUIDField()
    person_name = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    wording = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.statement} · {self.person_name}"


class Dispute(models.Model):
    """Somebody holds their statement to be wrong. It never opens a run: what comes of it is posted beside what stands.

    `decided_by` is whoever accepted or refused it, never the person themselves.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("dispute", "Open")
        ANSWERED = "answered", _("Answered")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        CLOSED = "closed", pgettext_lazy("dispute", "Closed")

    class Remedy(models.TextChoices):
        ADJUSTMENT = "adjustment", _("An amount is added by hand in the next run")
        DATA = "data", _("The data is mended; the correction follows from it")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="disputes")
    component = models.CharField(max_length=60, blank=True, help_text='"": the statement as a whole.')
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    remedy = models.CharField(max_length=10, choices=Remedy, blank=True)
    raised_by = models.UUIDField()
    raised_by_name = models.CharField(max_length=120)
    raised_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-raised_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["statement"], condition=~Q(state="closed"), name="pay_dispute_one_at_a_time"
            ),
            models.CheckConstraint(
                name="pay_dispute_words_are_known",
                condition=Q(
                    state__in=["open", "answered", "accepted", "refused", "closed"],
                    remedy__in=["", "adjustment", "data"],
                ),
            ),
            models.CheckConstraint(
                name="nobody_decides_their_own_dispute",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("raised_by")),
            ),
            models.CheckConstraint(
                name="pay_dispute_decided_by_somebody",
                condition=~Q(state__in=["accepted", "refused"]) | Q(decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement} · {self.raised_by_name}"


class DisputeNote(models.Model):
    """What somebody said in a dispute, or did to it, in order. Never changed."""

    id = models.BigAutoField(primary_key=True)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="notes")
    act = models.CharField(max_length=8)
    text = models.TextField(blank=True)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.act} {self.by_name}"


class PayrollTemplate(models.Model):
    """Which columns a payroll file has, under which heads, in which order: as the payroll program wants them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60, unique=True)
    columns = models.JSONField(help_text="A list of [field, head].")
    made_by_name = models.CharField(max_length=120)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

"""Runs: one calculation of a plan for a period, what it came to, who did what to it, and what stands in its way.

What a run pays by is kept twice: the whole snapshot as one text with its hash (`Calculation`), and rows for the pages.
Rows of results are written once and never changed; the migration's triggers see to it, and to who may take a run from
one state to the next (`domain.states` is the same table for pages and services).
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.incentives.domain.states import State
from apps.incentives.models.people import Participant
from apps.incentives.models.plans import IncentivePlan, PlanVersion

STATES = [str(each) for each in State]


class Run(models.Model):
    """One calculation of a plan for the days from `first` to `last`.

    `revision` counts what was calculated; `content` is the hash of what stands now, which approvals are tied to.
    `acted_by` is whoever made the last step: the database judges that person. `head` is the hash at which the ledger
    stood when it was locked.
    """

    class Kind(models.TextChoices):
        REGULAR = "regular", _("Regular")
        ADJUSTMENT = "adjustment", _("Correction")
        DRY = "dry", _("Dry run")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(IncentivePlan, on_delete=models.PROTECT, related_name="runs")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="runs")
    first = models.DateField()
    last = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REGULAR)
    state = models.CharField(max_length=10, default=State.DRAFT.value)
    revision = models.PositiveIntegerField(default=0)
    content = models.CharField(max_length=64, blank=True)
    stale = models.BooleanField(default=False)
    stale_because = models.CharField(max_length=200, blank=True, help_text="A message id, without amounts.")
    budget = models.BigIntegerField(null=True, help_text="The most it may come to, in minor units of the plan's.")
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    reason = models.CharField(max_length=300, blank=True, help_text="Why the last step was taken, where it takes one.")
    ticket = models.CharField(max_length=60, blank=True)
    payroll_file = models.CharField(max_length=80, blank=True)
    paid_on = models.DateField(null=True)
    head = models.CharField(max_length=64, blank=True)
    created_by = models.UUIDField()
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    calculated_by = models.UUIDField(null=True)
    calculated_by_name = models.CharField(max_length=120, blank=True)
    calculated_at = models.DateTimeField(null=True)
    acted_by = models.UUIDField(null=True)

    class Meta:
        ordering = ("-first", "-created_at")
        constraints = [
            models.CheckConstraint(
                name="pay_run_words_are_known",
                condition=Q(state__in=STATES, kind__in=["regular", "adjustment", "dry"]),
            ),
            models.CheckConstraint(name="pay_run_ends_after_it_begins", condition=Q(last__gte=F("first"))),
            models.CheckConstraint(
                name="pay_run_corrects_another",
                condition=Q(kind="adjustment", corrects__isnull=False)
                | Q(~Q(kind="adjustment"), corrects__isnull=True),
            ),
            models.CheckConstraint(
                name="pay_run_of_before_is_calculated",
                condition=Q(state__in=["draft", "void"])
                | ~Q(content="") & Q(revision__gt=0, calculated_by__isnull=False),
            ),
            models.CheckConstraint(
                name="pay_run_paid_by_a_file",
                condition=~Q(state="paid") | ~Q(payroll_file="") & Q(paid_on__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["corrects"],
                condition=Q(kind="adjustment", state__in=["draft", "calculated", "in_review", "approved", "reopened"]),
                name="pay_run_one_open_correction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.first} – {self.last}"

    @property
    def is_trial(self) -> bool:
        """Whether it only tries a version on days before that holds."""
        return self.kind == self.Kind.DRY and self.version.effective_from > self.first

    @property
    def period_key(self) -> str:
        """The earning period as the ledger names it."""
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


class Calculation(models.Model):
    """One revision of a run: everything it was calculated from, and the hash of what it came to. Never changed.

    `whole` turns true in the transaction that makes it the run's: until then a worker is writing it. `published_at`
    when the run was locked with it, `superseded_at` when that was taken back.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="calculations")
    revision = models.PositiveIntegerField()
    snapshot = models.BinaryField(help_text="domain.snapshot.Snapshot as canonical text, compressed (zlib).")
    inputs = models.CharField(max_length=64, help_text="SHA-256 of that text.")
    content = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the results' hashes.")
    engine = models.CharField(max_length=20)
    totals = models.JSONField(default=dict, help_text="What it pays in all, by currency, in minor units.")
    people = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0)
    uploaders = ArrayField(models.UUIDField(), default=list, help_text="Who uploaded or typed what it reads.")
    whole = models.BooleanField(default=False)
    since = models.DateField(null=True, help_text="The first day that it pays for.")
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())
    published_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-revision",)
        constraints = [models.UniqueConstraint(fields=["run", "revision"], name="pay_calculation_once")]

    def __str__(self) -> str:
        return f"{self.run} · {self.revision}"


class RunReading(models.Model):
    """One figure that a calculation read: by a component's, gate's or multiplier's key, and a team ("": all)."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="readings")
    revision = models.PositiveIntegerField()
    key = models.CharField(max_length=60)
    team = models.CharField(max_length=40, blank=True)
    metric = models.CharField(max_length=40)
    dimension = models.CharField(max_length=41, blank=True)
    member = models.CharField(max_length=200, blank=True)
    document = models.TextField(help_text="domain.attainment.Reading as canonical text.")

    class Meta:
        ordering = ("key", "team")
        constraints = [
            models.UniqueConstraint(fields=["run", "revision", "key", "team"], name="pay_reading_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.team}"


class RunResult(models.Model):
    """What somebody is paid by a revision of a run.

    `total = minor - earlier + adjusted` is due for the period, in minor units; `posted` was posted for it before (by
    the run that this one corrects), and `due = total - posted` is what this run posts. `inputs` is the participant as
    it was read, `document` the result, both as canonical texts; `fingerprint` is the hash of `document`.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    revision = models.PositiveIntegerField()
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="results")
    key = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    earlier = models.BigIntegerField(default=0)
    adjusted = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    posted = models.BigIntegerField(default=0)
    due = models.BigIntegerField()
    teams = ArrayField(models.CharField(max_length=40), default=list)
    fingerprint = models.CharField(max_length=64)
    inputs = models.TextField()
    document = models.TextField()

    class Meta:
        ordering = ("key",)
        indexes = [models.Index(fields=["run", "revision", "key"], name="pay_result_by_key")]
        constraints = [
            models.UniqueConstraint(fields=["run", "revision", "participant"], name="pay_result_once"),
            models.CheckConstraint(
                name="pay_result_adds_up",
                condition=Q(total=F("minor") - F("earlier") + F("adjusted"), due=F("total") - F("posted")),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class ResultLine(models.Model):
    """A component's part of a result: exact, and in minor units so that the lines make `RunResult.minor`."""

    id = models.BigAutoField(primary_key=True)
    result = models.ForeignKey(RunResult, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    component = models.CharField(max_length=60, blank=True, help_text='"": components that multiply each other.')
    exact = models.TextField()
    minor = models.BigIntegerField()

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["result", "position"], name="pay_line_once")]

    def __str__(self) -> str:
        return self.component


class RunChange(models.Model):
    """Why a revision of a run pays other amounts than the run before: by cause and currency, adding up to the cent.

    Of two revisions, so that a new one of either has none until it is worked out. `totals` are by currency: `before`,
    `after`, and `parts` by cause, in minor units; `people` are a list of key, currency, before, after and parts, as
    JSON, compressed (zlib). `left_out` counts who was blocked in one of the two.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="changes")
    revision = models.PositiveIntegerField()
    former = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    former_revision = models.PositiveIntegerField()
    totals = models.JSONField()
    people = models.BinaryField()
    left_out = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-at",)
        constraints = [
            models.UniqueConstraint(fields=["run", "revision", "former", "former_revision"], name="pay_change_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.former}"


class RunBlocked(models.Model):
    """Somebody who could not be calculated, and everything that stands in the way."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="blocked")
    revision = models.PositiveIntegerField()
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    issues = models.JSONField(help_text="A list of where, message, params.")

    class Meta:
        ordering = ("participant__name",)
        constraints = [
            models.UniqueConstraint(fields=["run", "revision", "participant"], name="pay_blocked_once"),
        ]

    def __str__(self) -> str:
        return str(self.participant)


class RunPool(models.Model):
    """A team's pool in a revision of a run: domain.snapshot.PoolResult as canonical text."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="pools")
    revision = models.PositiveIntegerField()
    team = models.CharField(max_length=40)
    document = models.TextField()

    class Meta:
        ordering = ("team",)
        constraints = [models.UniqueConstraint(fields=["run", "revision", "team"], name="pay_pool_once")]

    def __str__(self) -> str:
        return self.team

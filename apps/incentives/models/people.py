"""Who takes part in a plan, with which team, target bonus and coefficient on which days, and when they were away."""

import secrets
import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.incentives.models.plans import IncentivePlan

MONEY = {"max_digits": 30, "decimal_places": 8}


def participant_key() -> str:
    """A name for somebody that says nothing about them: it outlives their account in snapshots and the ledger."""
    return f"p{secrets.token_hex(8)}"


class Participant(models.Model):
    """Somebody in a plan. `joined` and `left_on` are of their employment, both days within it.

    `amount`s of their assignments are in the plan's currency, what they are paid in is `currency` ("": the plan's).
    `forfeits`: takes part and is paid nothing, which needs its reason (a leaver whose plan says so).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(IncentivePlan, on_delete=models.PROTECT, related_name="participants")
    person_id = models.UUIDField(null=True, blank=True, help_text="Their account, if they have one.")
    key = models.CharField(max_length=40, default=participant_key, editable=False)
    name = models.CharField(max_length=120)
    employee_number = models.CharField(max_length=40, blank=True)
    cap = models.DecimalField(**MONEY, null=True, blank=True, help_text="Their own person cap for a period.")
    currency = models.CharField(max_length=3, blank=True)
    joined = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    leaving_reason = models.CharField(max_length=200, blank=True)
    forfeits = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    added_by_name = models.CharField(max_length=120)
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name", "employee_number", "key")
        constraints = [
            models.UniqueConstraint(fields=["plan", "key"], name="pay_participant_key_once"),
            models.UniqueConstraint(
                fields=["plan", "person_id"], condition=Q(person_id__isnull=False), name="pay_participant_person_once"
            ),
            models.UniqueConstraint(
                fields=["plan", "employee_number"],
                condition=~Q(employee_number=""),
                name="pay_participant_number_once",
            ),
            models.CheckConstraint(
                name="pay_participant_leaves_after_joining",
                condition=Q(left_on__isnull=True) | Q(joined__isnull=True) | Q(left_on__gte=F("joined")),
            ),
            models.CheckConstraint(
                name="pay_participant_leaves_with_a_reason", condition=Q(left_on__isnull=True) | ~Q(leaving_reason="")
            ),
            models.CheckConstraint(
                name="pay_participant_forfeits_with_a_reason", condition=Q(forfeits=False) | ~Q(leaving_reason="")
            ),
            models.CheckConstraint(name="pay_participant_cap_above_zero", condition=Q(cap__isnull=True) | Q(cap__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """Days (both ends within) with one team, one target bonus, one coefficient. Two of one person never overlap.

    `amount` is the target bonus for a whole period; where the plan takes a share of a salary or a metric, that share
    (0.1 is 10 %), and `salary` is the salary for a whole period.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="assignments")
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="pay_assignments")
    first = models.DateField()
    last = models.DateField(null=True, blank=True)
    amount = models.DecimalField(**MONEY)
    coefficient = models.DecimalField(max_digits=12, decimal_places=6, default=1)
    salary = models.DecimalField(**MONEY, null=True, blank=True)

    class Meta:
        ordering = ("first",)
        constraints = [
            models.CheckConstraint(
                name="pay_assignment_ends_after_it_begins", condition=Q(last__isnull=True) | Q(last__gte=F("first"))
            ),
            models.CheckConstraint(
                name="pay_assignment_figures_not_negative",
                condition=Q(amount__gte=0, coefficient__gte=0) & (Q(salary__isnull=True) | Q(salary__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant} · {self.first}"


class Leave(models.Model):
    """Days (both ends within) that do not count, wholly (`share` 1) or in part (0.5: half-time leave)."""

    class Kind(models.TextChoices):
        UNPAID = "unpaid", _("Unpaid leave")
        SICK = "sick", _("Sick leave")
        PARENTAL = "parental", _("Parental leave")
        OTHER = "other", _("Other leave")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="leaves")
    first = models.DateField()
    last = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.UNPAID)
    share = models.DecimalField(max_digits=5, decimal_places=4, default=1, help_text="What of these days counts not.")

    class Meta:
        ordering = ("first",)
        constraints = [
            models.CheckConstraint(name="pay_leave_ends_after_it_begins", condition=Q(last__gte=F("first"))),
            models.CheckConstraint(name="pay_leave_share_of_a_day", condition=Q(share__gt=0, share__lte=1)),
            models.CheckConstraint(
                name="pay_leave_words_are_known", condition=Q(kind__in=["unpaid", "sick", "parental", "other"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant} · {self.first}"


class RosterRule(models.Model):
    """Everybody of a team takes part from a day on, with this target bonus and coefficient. Applied by hand, with a
    preview of who would join, move or leave; nobody is paid because somebody changed a team."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(IncentivePlan, on_delete=models.PROTECT, related_name="rules")
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="pay_rules")
    below = models.BooleanField(default=True, help_text="With the teams below it.")
    amount = models.DecimalField(**MONEY)
    coefficient = models.DecimalField(max_digits=12, decimal_places=6, default=1)
    since = models.DateField()
    made_by_name = models.CharField(max_length=120)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("made_at",)
        constraints = [
            models.UniqueConstraint(fields=["plan", "team"], name="pay_rule_once_per_team"),
            models.CheckConstraint(
                name="pay_rule_figures_not_negative", condition=Q(amount__gte=0, coefficient__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.team}"


class TeamPool(models.Model):
    """What is in a team's pool at a payout factor of 1, for a whole period, on these days (both ends within)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(IncentivePlan, on_delete=models.PROTECT, related_name="pools")
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="pay_pools")
    amount = models.DecimalField(**MONEY)
    first = models.DateField()
    last = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("first",)
        constraints = [
            models.CheckConstraint(name="pay_pool_amount_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="pay_pool_ends_after_it_begins", condition=Q(last__isnull=True) | Q(last__gte=F("first"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.team}"


class PeopleSheet(models.Model):
    """A sheet of participants that somebody handed in: read by a worker, checked on a page, applied once."""

    class State(models.TextChoices):
        WAITING = "waiting"
        READ = "read"
        UNREADABLE = "unreadable"
        APPLIED = "applied"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(IncentivePlan, on_delete=models.CASCADE, related_name="sheets")
    filename = models.CharField(max_length=200)
    content = models.BinaryField(null=True, help_text="The file, until it is read.")
    state = models.CharField(max_length=10, default=State.WAITING)
    page = models.JSONField(default=dict, help_text="Its cells, until they are applied: they hold amounts.")
    problem = models.JSONField(default=list, help_text="Why it cannot be read.")
    put_by = models.UUIDField()
    put_by_name = models.CharField(max_length=120)
    put_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-put_at",)

    def __str__(self) -> str:
        return self.filename

"""What a metric should be, by when. What was agreed is kept: a change is a new row with its reason."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.targets.domain.kinds import Kind, Rule, Shape, State

KNOWN = Q(
    kind__in=[str(each) for each in Kind],
    pace__in=[str(each) for each in Shape],
    status__in=[str(each) for each in State],
    cascade_rule__in=["", *(str(each) for each in Rule)],
)


class Target(models.Model):
    """What was agreed of one metric: for all, for one member of a dimension, or for a team.

    Never changed: another one `replaces` it, or somebody withdrew it and said why. Which figures a kind needs is a
    constraint: a level goes from `baseline` to `goal`, a band lies from `low` to `high`, all others have a `goal`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey("metrics.Metric", on_delete=models.PROTECT, related_name="targets")
    grain = models.CharField(max_length=8)
    dimension = models.CharField(max_length=41, blank=True)
    member = models.CharField(max_length=200, blank=True)
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.PROTECT, related_name="targets")
    kind = models.CharField(max_length=8, default=Kind.LEVEL.value)
    pace = models.CharField(max_length=16, default=Shape.PERIODS.value)
    baseline = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    goal = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    low = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    high = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    tolerance = models.DecimalField(
        max_digits=38, decimal_places=12, null=True, help_text="How far outside its band a value still counts in part."
    )
    basis = models.JSONField(null=True, help_text="An average the goal was said by: its periods, the change, the unit.")
    milestones = models.JSONField(default=list, help_text="What is due when: [day, value] pairs.")
    start = models.DateField(help_text="The first day of the first period that counts.")
    due = models.DateField(help_text="The last day of the period in which the goal is to be reached.")
    valid_from = models.DateField(null=True, help_text="The first day it counts on; null: from when it was agreed.")
    valid_until = models.DateField(null=True, help_text="The day from which on one agreed already takes its place.")
    review_on = models.DateField(null=True, help_text="When to look at it again. Only reminds.")
    owner_id = models.UUIDField(null=True, blank=True)
    owner_name = models.CharField(max_length=120, blank=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    share = models.DecimalField(
        max_digits=20, decimal_places=18, null=True, help_text="Of the parent, where it is by share."
    )
    cascade_rule = models.CharField(max_length=9, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=8, default=State.IN_FORCE.value)
    set_by = models.UUIDField()
    set_by_name = models.CharField(max_length=120)
    set_at = models.DateTimeField(db_default=Now())
    approved_by = models.UUIDField(null=True, help_text="Who else agreed, where the company asks for it.")
    approved_by_name = models.CharField(max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-set_at",)
        constraints = [
            models.CheckConstraint(name="target_words_are_known", condition=KNOWN),
            models.CheckConstraint(
                name="target_has_what_its_kind_needs",
                condition=Q(kind="level", baseline__isnull=False, goal__isnull=False)
                | Q(kind="band", low__isnull=False, high__isnull=False, low__lt=F("high"))
                | Q(kind__in=["flow", "above", "below", "rate"], goal__isnull=False),
            ),
            models.CheckConstraint(
                name="target_goal_differs_from_baseline",
                condition=~Q(kind__in=["level", "flow"]) | Q(baseline__isnull=True) | ~Q(goal=F("baseline")),
            ),
            models.CheckConstraint(
                name="target_tolerance_is_not_negative", condition=Q(tolerance__isnull=True) | Q(tolerance__gte=0)
            ),
            models.CheckConstraint(name="target_ends_after_it_starts", condition=Q(due__gt=F("start"))),
            models.CheckConstraint(
                name="target_is_of_one_thing", condition=Q(team__isnull=True) | Q(dimension="", member="")
            ),
            models.CheckConstraint(
                name="target_open_or_ended",
                condition=Q(status__in=["proposed", "in_force"], ended_at__isnull=True)
                | Q(status__in=["ended", "rejected"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_approves_their_own_target",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("set_by")),
            ),
            models.UniqueConstraint(
                fields=["metric", "grain", "dimension", "member", "team"],
                condition=Q(status="in_force", valid_until__isnull=True),
                nulls_distinct=False,
                name="one_target_in_force",
            ),
            models.UniqueConstraint(
                fields=["metric", "grain", "dimension", "member", "team"],
                condition=Q(status="proposed"),
                nulls_distinct=False,
                name="one_target_proposed",
            ),
        ]

    def __str__(self) -> str:
        ends = [self.low, self.high] if self.kind == Kind.BAND else [self.goal]
        return f"{self.metric} → " + " – ".join(f"{each.normalize():f}" for each in ends if each is not None)

    @property
    def numbers(self) -> tuple[str, str] | None:
        """The dimension and member whose values it is judged by, both empty for the total; None: a team without any.

        A team's are those of the member it is named by, as it is named today. Read it with its team.
        """
        if self.team is None:
            return self.dimension, self.member
        return tuple(self.team.numbers) if self.team.numbers.dimension else None


class TargetPolicy(models.Model):
    """What the company asks before a target counts: one row, or none for the usual."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    second_admin = models.BooleanField(_("A second admin approves each target"), default=False)

    class Meta:
        constraints = [models.CheckConstraint(name="one_target_policy", condition=Q(id=1))]

    def __str__(self) -> str:
        return "second admin" if self.second_admin else "one admin"


class TargetSheet(models.Model):
    """A sheet of targets that somebody handed in: read by a worker, checked on a page, applied once or dropped."""

    class State(models.TextChoices):
        WAITING = "waiting"
        READ = "read"
        UNREADABLE = "unreadable"
        APPLIED = "applied"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    filename = models.CharField(max_length=200)
    content = models.BinaryField(null=True, help_text="The file, until it is read.")
    state = models.CharField(max_length=10, default=State.WAITING)
    page = models.JSONField(default=dict, help_text="Its cells, as the engine read them.")
    problem = models.JSONField(default=list, help_text="Why it cannot be read.")
    put_by = models.UUIDField()
    put_by_name = models.CharField(max_length=120)
    put_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-put_at",)

    def __str__(self) -> str:
        return self.filename

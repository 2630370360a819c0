"""Objectives, the key results that say whether they are reached, and the history of every value."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Objective(models.Model):
    """What somebody wants to reach in a cycle, for the company, a team or themselves.

    `progress`, `score_computed` are written by `services.progress` alone: a share, 1 when all is reached; null where
    nothing can be said. `revision` counts what people changed, so that nobody overwrites what they have not seen.
    """

    class Level(models.TextChoices):
        COMPANY = "company", _("Company")
        TEAM = "team", _("Team")
        PERSON = "person", _("One person")

    class Kind(models.TextChoices):
        COMMITTED = "committed", _("Committed")
        ASPIRATIONAL = "aspirational", _("Aspirational")

    class Alignment(models.TextChoices):
        CONTRIBUTES = "contributes", _("Contributes")
        SUPPORTS = "supports", _("Supports")

    class Counts(models.TextChoices):
        """What an objective's progress is made of."""

        KEY_RESULTS = "key_results", _("Its key results")
        CHILDREN = "children", _("The objectives that contribute to it")
        BOTH = "both", _("Both, by their weights")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cycle = models.ForeignKey("goals.Cycle", on_delete=models.PROTECT, related_name="objectives")
    level = models.CharField(max_length=8, choices=Level)
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.PROTECT, related_name="objectives")
    owner_id = models.UUIDField(null=True)
    owner_name = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=160)
    why = models.TextField(blank=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.ASPIRATIONAL)
    private = models.BooleanField(default=False, help_text="Only its owner and the lead of the owner's teams see it.")
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    alignment = models.CharField(max_length=12, choices=Alignment, default=Alignment.CONTRIBUTES)
    weight = models.DecimalField(
        max_digits=9, decimal_places=4, default=1, help_text="What it weighs among all that contribute to its parent."
    )
    counts = models.CharField(max_length=12, choices=Counts, default=Counts.KEY_RESULTS)
    position = models.PositiveIntegerField(default=0)
    progress = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    progress_at = models.DateTimeField(null=True)
    score_computed = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    score_judged = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    score_reason = models.CharField(max_length=500, blank=True)
    scored_by_name = models.CharField(max_length=120, blank=True)
    scored_at = models.DateTimeField(null=True)
    carried_from = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="carried_to")
    dropped_at = models.DateTimeField(null=True)
    dropped_by_name = models.CharField(max_length=120, blank=True)
    dropped_reason = models.CharField(max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_by = models.UUIDField()
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    changed_by_name = models.CharField(max_length=120)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("position", "created_at")
        indexes = [
            models.Index(fields=["cycle", "level", "team"], name="objective_by_place"),
            models.Index(fields=["owner_id"], name="objective_by_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                name="objective_stands_somewhere",
                condition=Q(level="company", team__isnull=True)
                | Q(level="team", team__isnull=False)
                | Q(level="person", owner_id__isnull=False),
            ),
            models.CheckConstraint(
                name="only_people_have_private_objectives", condition=Q(private=False) | Q(level="person")
            ),
            models.CheckConstraint(
                name="objective_is_not_its_own_parent", condition=Q(parent__isnull=True) | ~Q(parent=F("id"))
            ),
            models.CheckConstraint(name="objective_weighs_no_less_than_nothing", condition=Q(weight__gte=0)),
            models.CheckConstraint(
                name="objective_dropped_with_a_reason", condition=Q(dropped_at__isnull=True) | ~Q(dropped_reason="")
            ),
            models.CheckConstraint(
                name="judged_score_from_0_to_1_with_a_reason",
                condition=Q(score_judged__isnull=True)
                | (Q(score_judged__gte=0) & Q(score_judged__lte=1) & ~Q(score_reason="")),
            ),
        ]

    was_private = False
    """Whether it was private until the change that is under way: what it said before is not recorded then."""

    def __str__(self) -> str:
        """For the record, which administrators read: of a private objective it does not tell the title."""
        return "(private)" if self.private else self.title


class KeyResult(models.Model):
    """One figure, yes or no, or list of steps that says whether an objective is reached.

    `value`, `value_on`, `progress` and what is frozen are written by `services.progress` alone. `confidence` is what
    somebody believes of the end of the cycle: it is never part of progress.
    """

    class Kind(models.TextChoices):
        REACH = "reach", _("From a value to a value")
        ABOVE = "above", _("Stay at or above")
        BELOW = "below", _("Stay at or below")
        RANGE = "range", _("Stay in a range")
        BINARY = "binary", _("Done or not")
        MILESTONES = "milestones", _("Steps")
        OPEN_BASELINE = "open_baseline", _("Measure first, set the target later")

    class Source(models.TextChoices):
        MANUAL = "manual", _("Typed at check-ins")
        METRIC = "metric", _("A metric, by itself")

    class RangeRule(models.TextChoices):
        BINARY = "binary", _("In the range or not")
        CHECKINS = "checkins", _("Share of check-ins that were in the range")
        DISTANCE = "distance", _("By how far it is outside")

    class Confidence(models.TextChoices):
        ON_TRACK = "on_track", _("Confident")
        AT_RISK = "at_risk", _("At risk")
        OFF_TRACK = "off_track", _("Not going to make it")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    objective = models.ForeignKey("goals.Objective", on_delete=models.CASCADE, related_name="key_results")
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=13, choices=Kind)
    source = models.CharField(max_length=8, choices=Source, default=Source.MANUAL)
    metric = models.ForeignKey("metrics.Metric", null=True, on_delete=models.PROTECT, related_name="+")
    grain = models.CharField(max_length=8, blank=True)
    dimension = models.CharField(max_length=41, blank=True)
    member = models.CharField(max_length=200, blank=True)
    target = models.ForeignKey("targets.Target", null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.CharField(max_length=20, blank=True)
    start = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    goal = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    low = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    high = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    tolerance = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    range_rule = models.CharField(max_length=8, choices=RangeRule, blank=True)
    weight = models.DecimalField(max_digits=9, decimal_places=4, default=1)
    owner_id = models.UUIDField(null=True)
    owner_name = models.CharField(max_length=120, blank=True)
    position = models.PositiveIntegerField(default=0)
    value = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    value_on = models.DateField(null=True, help_text="The day, or the last day of the period, that the value is of.")
    no_data_since = models.DateField(null=True, help_text="From which day on its metric has had no value.")
    progress = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    confidence = models.CharField(max_length=9, choices=Confidence, blank=True)
    frozen_value = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    frozen_progress = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    dropped_at = models.DateTimeField(null=True)
    dropped_by_name = models.CharField(max_length=120, blank=True)
    dropped_reason = models.CharField(max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    changed_by_name = models.CharField(max_length=120, blank=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("position", "created_at")
        indexes = [
            models.Index(fields=["metric"], condition=Q(metric__isnull=False), name="key_result_by_metric"),
            models.Index(fields=["owner_id"], name="key_result_by_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                name="key_result_has_a_way_to_go",
                condition=~Q(kind="reach") | (Q(start__isnull=False, goal__isnull=False) & ~Q(start=F("goal"))),
            ),
            models.CheckConstraint(
                name="key_result_has_its_bounds",
                condition=(~Q(kind="above") | Q(low__isnull=False))
                & (~Q(kind="below") | Q(high__isnull=False))
                & (
                    ~Q(kind="range")
                    | (Q(low__isnull=False, high__isnull=False, low__lte=F("high")) & ~Q(range_rule=""))
                )
                & (~Q(range_rule="distance") | Q(tolerance__gt=0)),
            ),
            models.CheckConstraint(
                name="key_result_has_one_source",
                condition=(Q(source="manual", metric__isnull=True) | (Q(source="metric", metric__isnull=False)))
                & (Q(source="manual") | (~Q(grain="") & ~Q(kind__in=["binary", "milestones"]))),
            ),
            models.CheckConstraint(name="key_result_weighs_no_less_than_nothing", condition=Q(weight__gte=0)),
            models.CheckConstraint(
                name="key_result_dropped_with_a_reason", condition=Q(dropped_at__isnull=True) | ~Q(dropped_reason="")
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Milestone(models.Model):
    """A step of a key result that is made of steps: done from a day on, or not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_result = models.ForeignKey("goals.KeyResult", on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=160)
    weight = models.DecimalField(max_digits=9, decimal_places=4, default=1)
    due = models.DateField(null=True)
    done_on = models.DateField(null=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = [models.CheckConstraint(name="milestone_weighs_something", condition=Q(weight__gt=0))]

    def __str__(self) -> str:
        return self.title


class KeyResultValue(models.Model):
    """A value that a key result had, from whom and why. Nothing is changed: a correction is another row.

    Of a day's rows the last one counts. The value of done or not is 1 or 0; of steps, the weight of those done.
    """

    class Source(models.TextChoices):
        START = "start", _("Start")
        CHECKIN = "checkin", _("Check-in")
        METRIC = "metric", _("Metric")
        CORRECTION = "correction", _("Correction")

    id = models.BigAutoField(primary_key=True)
    key_result = models.ForeignKey("goals.KeyResult", on_delete=models.CASCADE, related_name="values")
    value = models.DecimalField(max_digits=38, decimal_places=12, null=True, help_text="null: there was none.")
    on = models.DateField()
    source = models.CharField(max_length=10, choices=Source)
    by = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(db_default=Now())
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("on", "id")
        indexes = [models.Index(fields=["key_result", "on"], name="value_by_key_result")]

    def __str__(self) -> str:
        return f"{self.key_result} {self.on}"

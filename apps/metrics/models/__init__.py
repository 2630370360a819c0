"""Definitions and their versions, the tree, and the values workers computed."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.metrics.models.drafting import TreeDraft as TreeDraft
from apps.metrics.models.drafting import TreeStep as TreeStep
from apps.metrics.models.drafting import TreeVersion as TreeVersion


class Metric(models.Model):
    """A number the company has agreed how to compute."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(_("key"), max_length=40, unique=True)
    current_version = models.ForeignKey("metrics.MetricVersion", null=True, on_delete=models.PROTECT, related_name="+")
    owner_id = models.UUIDField(null=True)
    owner_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)

    # What its values were computed from. They are up to date while this equals what is current.
    computed_version = models.ForeignKey(
        "metrics.MetricVersion", null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    computed_from = models.JSONField(
        default=dict, editable=False, help_text="The calendar, and by key of each data set the number of its version."
    )
    computed_at = models.DateTimeField(null=True, editable=False)
    problem = models.JSONField(default=list, help_text="Why it cannot be computed: a list of where, message, params.")
    warnings = models.JSONField(
        default=list, db_default=[], help_text="What is wrong with the data behind it: a list of message, params."
    )

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key


class MetricVersion(models.Model):
    """One unchanging definition of a metric; a change makes a new one and draws a break in the series.

    A certification is of a version, not of a metric: it lapses by itself when another version becomes the current one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey("metrics.Metric", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField(help_text="metrics.domain.definition.Definition, as JSON")
    note = models.TextField(blank=True)
    created_by = models.UUIDField(null=True)
    created_by_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    restores = models.PositiveIntegerField(
        null=True, help_text="Number of the version whose definition it brings back."
    )
    same_figures = models.BooleanField(default=False, help_text="Only words changed: its figures are those before it.")
    effective_from = models.DateField(
        null=True, help_text="Periods that begin before this day keep the version before it; null: it holds for all."
    )
    approved_by = models.UUIDField(null=True, editable=False, help_text="The second admin, where one was asked.")
    approved_by_name = models.CharField(max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True, editable=False)

    certified_at = models.DateTimeField(null=True, editable=False)
    certified_by = models.UUIDField(null=True, editable=False)
    certified_by_name = models.CharField(max_length=120, blank=True)
    certification_note = models.TextField(blank=True)
    lapsed_from = models.PositiveIntegerField(
        null=True, help_text="Number of the certified version whose certification ended; none if there was none."
    )

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["metric", "number"], name="metric_version_number_once"),
            models.CheckConstraint(
                name="only_scores_change_from_a_day_on",
                condition=Q(effective_from__isnull=True) | Q(definition__kind="score"),
            ),
            models.CheckConstraint(
                name="nobody_approves_their_own_version",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("created_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} v{self.number}"


class FormerFigures(models.Model):
    """What a metric's totals were when its version was replaced: values of the next version take their places."""

    version = models.OneToOneField(
        "metrics.MetricVersion", primary_key=True, on_delete=models.CASCADE, related_name="figures"
    )
    figures = models.JSONField(help_text="By grain a list of: first day, value as text or null, state.")
    kept_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return str(self.version)


class MetricDraft(models.Model):
    """A changed definition that is worked on and not published yet. It touches no value.

    `revision` counts what was saved, so that nobody publishes or overwrites what they have not seen.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.OneToOneField("metrics.Metric", on_delete=models.CASCADE, related_name="draft")
    based_on = models.ForeignKey("metrics.MetricVersion", on_delete=models.CASCADE, related_name="+")
    definition = models.JSONField(help_text="metrics.domain.definition.Definition, as JSON")
    restores = models.PositiveIntegerField(
        null=True, help_text="Number of the version whose definition it brings back."
    )
    note = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_by_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_by = models.UUIDField(null=True)
    changed_by_name = models.CharField(max_length=120, blank=True)
    changed_at = models.DateTimeField(db_default=Now())
    effective_from = models.DateField(null=True, help_text="From which day it is to hold; null: for all periods.")

    # Approval by a second admin. Whoever saves the draft again takes back what was asked and said.
    authors = models.JSONField(default=list, help_text="ids of all who worked on it: none of them may approve it.")
    asked_by = models.UUIDField(null=True)
    asked_by_name = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField(null=True)
    rejected_by_name = models.CharField(max_length=120, blank=True)
    rejected_at = models.DateTimeField(null=True)
    rejection = models.TextField(blank=True, help_text="Why it was not approved.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="draft_is_asked_about_by_somebody",
                condition=Q(asked_at__isnull=True, asked_by__isnull=True)
                | Q(asked_at__isnull=False, asked_by__isnull=False, rejected_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} ({self.revision})"


class ScorePolicy(models.Model):
    """What the company asks of changes to its scores: one row, or none for the usual."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    second_admin = models.BooleanField(_("A second admin approves each change of a score"), default=False)

    class Meta:
        constraints = [models.CheckConstraint(name="one_score_policy", condition=Q(id=1))]

    def __str__(self) -> str:
        return "second admin" if self.second_admin else "one admin"


class Comparison(models.Model):
    """What a draft comes to beside the current version, both from the same data. Never a value of the metric."""

    draft = models.OneToOneField(
        "metrics.MetricDraft", primary_key=True, on_delete=models.CASCADE, related_name="comparison"
    )
    revision = models.PositiveIntegerField(help_text="Which revision of the draft this is.")
    version = models.ForeignKey("metrics.MetricVersion", on_delete=models.CASCADE, related_name="+")
    figures = models.JSONField(help_text="By grain a list of: first day, [value, state, reason] now and in the draft.")
    dataset_versions = models.JSONField(default=dict, help_text="By key of each data set the number of its version.")
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.draft)


class ComputeRun(models.Model):
    """One computation and how it ended."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    work_id = models.UUIDField(null=True, db_index=True)
    cause = models.JSONField(default=dict, help_text="What it was for: message, params.")
    status = models.CharField(max_length=8, choices=Status, default=Status.RUNNING)
    reason = models.JSONField(default=dict, blank=True, help_text="Why it failed: message, params.")
    dataset_versions = models.JSONField(default=list, help_text="ids of the DatasetVersions that were read")
    values_written = models.IntegerField(default=0)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.started_at:%Y-%m-%d %H:%M}"


class EngineQuery(models.Model):
    """A query that the engine ran, once for each text."""

    digest = models.CharField(primary_key=True, max_length=64, help_text="SHA-256 of the text")
    sql = models.TextField()

    def __str__(self) -> str:
        return self.digest


class RunQuery(models.Model):
    """Which values of a run a query gave."""

    run = models.ForeignKey("metrics.ComputeRun", on_delete=models.CASCADE, related_name="queries")
    query = models.ForeignKey("metrics.EngineQuery", on_delete=models.PROTECT, related_name="+")
    dataset = models.CharField(max_length=40, help_text="Key of the data set it read.")
    serves = models.JSONField(help_text="List of “metric key/grain/dimension”; no dimension for the total.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "query", "dataset"], name="query_once_in_a_run")]

    def __str__(self) -> str:
        return f"{self.run} {self.dataset}"


class MetricValue(models.Model):
    """What a metric was in one period, for all or for one member of a dimension. Written by workers, never by hand.

    `value = numerator / denominator` where there is a denominator. `value` is null where the state is `no_data` or
    `undefined`: nothing missing is ever shown or paid as 0.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Still running")
        PROVISIONAL = "provisional", _("Provisional")
        FINAL = "final", _("Final")
        RESTATED = "restated", _("Restated")
        NO_DATA = "no_data", _("No data")
        UNDEFINED = "undefined", _("Undefined")

    id = models.BigAutoField(primary_key=True)
    metric = models.ForeignKey("metrics.Metric", on_delete=models.CASCADE, related_name="values")
    version = models.ForeignKey("metrics.MetricVersion", on_delete=models.CASCADE, related_name="values")
    run = models.ForeignKey("metrics.ComputeRun", on_delete=models.PROTECT, related_name="values")
    grain = models.CharField(max_length=8)
    period_start = models.DateField()
    period_end = models.DateField(help_text="exclusive")
    dimension = models.CharField(max_length=41, blank=True, help_text="Column it is split by; empty for the total.")
    member = models.CharField(max_length=200, blank=True)
    numerator = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    denominator = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    value = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    n = models.BigIntegerField(default=0, help_text="rows behind it")
    state = models.CharField(max_length=12, choices=State)
    reason = models.JSONField(
        default=dict, blank=True, help_text="Why it is not final or has no value, or why it changed: message, params."
    )
    former_value = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    dataset_versions = models.JSONField(default=list)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("period_start",)
        indexes = [
            models.Index(
                fields=["metric", "grain", "period_start"], condition=Q(dimension=""), name="totals_by_period"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "grain", "period_start", "dimension", "member"],
                name="value_once_per_period_and_member",
            ),
            models.CheckConstraint(
                name="value_missing_is_not_zero",
                condition=~Q(state__in=["no_data", "undefined"]) | Q(value__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.period_start}"


class ManualValue(models.Model):
    """A typed value of a manual metric: the newest row of a period and member counts, older ones stay as history."""

    id = models.BigAutoField(primary_key=True)
    metric = models.ForeignKey("metrics.Metric", on_delete=models.CASCADE, related_name="typed")
    grain = models.CharField(max_length=8)
    period_start = models.DateField()
    dimension = models.CharField(max_length=41, blank=True)
    member = models.CharField(max_length=200, blank=True)
    value = models.DecimalField(max_digits=38, decimal_places=12, null=True, help_text="null takes the value back")
    note = models.CharField(max_length=200, blank=True)
    typed_by = models.UUIDField()
    typed_by_name = models.CharField(max_length=120)
    typed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("period_start", "-typed_at")

    def __str__(self) -> str:
        return f"{self.metric} {self.period_start}"


class TreeNode(models.Model):
    """A metric's place in the tree. The root is the North Star Metric.

    A `formula` link is arithmetic: the parent's formula names the child. An `influence` link is a belief, and never
    carries a share of a change.
    """

    class Link(models.TextChoices):
        FORMULA = "formula", _("Part of the formula")
        INFLUENCE = "influence", _("Influences")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey(
        "metrics.Metric", on_delete=models.PROTECT, related_name="nodes", verbose_name=_("metric")
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children", verbose_name=_("below")
    )
    link = models.CharField(_("link"), max_length=9, choices=Link, default=Link.FORMULA)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "metric"], name="metric_once_below_a_node",
                violation_error_message=_("This metric is already here."),
            ),
            models.UniqueConstraint(
                fields=["parent"], condition=Q(parent__isnull=True), nulls_distinct=False, name="tree_has_one_root",
                violation_error_message=_("There is a North Star Metric already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.metric)


class NorthStar(models.Model):
    """Which metric is, or was, the company's one number, at which grain it is read, and since when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey("metrics.Metric", on_delete=models.PROTECT, related_name="+", verbose_name=_("metric"))
    grain = models.CharField(_("read by"), max_length=8)
    reason = models.TextField(_("why this number"), blank=True)
    chosen_by = models.UUIDField()
    chosen_by_name = models.CharField(max_length=120)
    chosen_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-chosen_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["ended_at"], condition=Q(ended_at__isnull=True), nulls_distinct=False, name="one_north_star"
            )
        ]

    def __str__(self) -> str:
        return str(self.metric)


class Edition(models.Model):
    """At what everything shown of a subject stands: another mark from the transaction on that changes any of it.

    Finished pages and answers carry the marks in their keys (`apps.common.shelf`).
    """

    subject = models.CharField(max_length=20, primary_key=True, help_text='"metrics", or a room above.')
    mark = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return self.subject

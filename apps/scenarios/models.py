"""Saved what-ifs: what they start from, what is changed, and the beliefs they rest on. No real value stands here."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Scenario(models.Model):
    """A what-if somebody keeps: the figures it starts from, as they were then, and what differs from them.

    Only its author sees it, unless it is `shared` within the company. `revision` counts what was saved, so that nobody
    saves over what they have not seen.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    shared = models.BooleanField(_("shared"), default=False)
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now())
    revision = models.PositiveIntegerField(default=1)
    base = models.JSONField(help_text="scenarios.domain.base.Base: the tree it starts from, as it was then.")
    based_at = models.DateTimeField(db_default=Now(), help_text="When these figures were taken.")
    changes = models.JSONField(help_text="scenarios.domain.changes.Changes; its elasticities are assumptions.")
    summary = models.JSONField(help_text="The root's name and unit, and its values now and then, for lists.")
    copied_from = models.CharField(max_length=120, blank=True, help_text="The name of what it was copied from.")

    class Meta:
        ordering = ("-changed_at",)
        indexes = [models.Index(fields=["author_id"], name="scenario_by_author")]

    def __str__(self) -> str:
        return self.name


class Assumption(models.Model):
    """A belief typed into a scenario: when the child moves by 1 %, the parent moves by `elasticity` percent."""

    id = models.BigAutoField(primary_key=True)
    scenario = models.ForeignKey("scenarios.Scenario", on_delete=models.CASCADE, related_name="assumptions")
    parent = models.CharField(max_length=40, help_text="Key of the metric that is moved.")
    child = models.CharField(max_length=40, help_text="Key of the metric that is believed to move it.")
    elasticity = models.DecimalField(max_digits=12, decimal_places=6)
    stated_by = models.UUIDField()
    stated_by_name = models.CharField(max_length=120)
    stated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("parent", "child")
        constraints = [
            models.UniqueConstraint(fields=["scenario", "parent", "child"], name="assumption_once_for_a_link"),
            models.CheckConstraint(name="assumption_says_something", condition=~Q(elasticity=0)),
        ]

    def __str__(self) -> str:
        return f"{self.child} → {self.parent}: {self.elasticity.normalize():f}"

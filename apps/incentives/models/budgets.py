"""What a period of a plan may cost, and what it is likely to: both are there before a run is."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.incentives.models.plans import IncentivePlan


class PeriodBudget(models.Model):
    """The most that a plan may come to for the period that begins on `first`; a regular run of it begins with that."""

    plan = models.ForeignKey(IncentivePlan, on_delete=models.CASCADE, related_name="budgets")
    first = models.DateField()
    minor = models.BigIntegerField(help_text="In minor units of the plan's currency.")
    by = models.UUIDField()
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("first",)
        constraints = [
            models.UniqueConstraint(fields=["plan", "first"], name="pay_budget_once"),
            models.CheckConstraint(name="pay_budget_is_0_or_more", condition=Q(minor__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.first}"


class PeriodForecast(models.Model):
    """What a running period is likely to pay, as it was worked out last: `sums` are lists of currency, team ("": all),
    likely, least and most, in minor units; `missing` are the issues of who could not be calculated, each once.
    """

    plan = models.ForeignKey(IncentivePlan, on_delete=models.CASCADE, related_name="forecasts")
    first = models.DateField()
    last = models.DateField()
    sums = models.JSONField()
    people = models.PositiveIntegerField()
    blocked = models.PositiveIntegerField(default=0)
    missing = models.JSONField(default=list)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-first",)
        constraints = [
            models.UniqueConstraint(fields=["plan", "first"], name="pay_forecast_once"),
            models.CheckConstraint(name="pay_forecast_ends_after_it_begins", condition=Q(last__gte=F("first"))),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.first}"

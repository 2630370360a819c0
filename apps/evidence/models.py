"""What metrics are expected to become. Everything here is made from values by workers and can be made again."""

import uuid

from django.db import models
from django.db.models import Q


class Forecast(models.Model):
    """How a series is expected to go on, or that its past is too short to say; with all that explains it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey("metrics.Metric", on_delete=models.CASCADE, related_name="forecasts")
    grain = models.CharField(max_length=8)
    dimension = models.CharField(max_length=41, blank=True)
    member = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of all it is made from: the same is not made twice.")
    version = models.PositiveIntegerField(default=0, help_text="Number of the definition its values are of.")
    first = models.CharField(max_length=12, blank=True, help_text="Key of the first period it is made from.")
    last = models.CharField(max_length=12, blank=True)
    count = models.PositiveIntegerField(default=0, help_text="How many values it is made from.")
    begins = models.JSONField(default=dict, help_text="Why it reaches back no further: message, params; or nothing.")
    missing = models.PositiveIntegerField(default=0, help_text="How many closed periods it lacks; 0 once there is one.")
    season = models.PositiveIntegerField(default=1)
    method = models.CharField(max_length=16, blank=True)
    tried = models.JSONField(default=list, help_text="For each method: method, error, share; figures as text.")
    coverage = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    hits = models.PositiveIntegerField(default=0)
    cases = models.PositiveIntegerField(default=0)
    origins = models.PositiveIntegerField(default=0)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "grain", "dimension", "member"], name="one_forecast_of_a_series"),
            models.CheckConstraint(
                name="forecast_has_a_method_or_lacks_periods",
                condition=Q(method="", missing__gt=0) | (~Q(method="") & Q(missing=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.grain}"


class ForecastPoint(models.Model):
    """What is expected of one period, and between which values it will be with the forecast's coverage."""

    id = models.BigAutoField(primary_key=True)
    forecast = models.ForeignKey(Forecast, on_delete=models.CASCADE, related_name="points")
    period_start = models.DateField()
    period_end = models.DateField(help_text="exclusive")
    value = models.DecimalField(max_digits=38, decimal_places=12)
    low = models.DecimalField(max_digits=38, decimal_places=12)
    high = models.DecimalField(max_digits=38, decimal_places=12)
    errors = models.PositiveIntegerField(help_text="Past errors at just this distance.")

    class Meta:
        ordering = ("period_start",)
        constraints = [
            models.UniqueConstraint(fields=["forecast", "period_start"], name="forecast_point_once"),
            models.CheckConstraint(
                name="forecast_range_holds_the_value",
                condition=Q(low__lte=models.F("value"), high__gte=models.F("value")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.forecast} {self.period_start}"

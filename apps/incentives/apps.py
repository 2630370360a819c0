from django.apps import AppConfig


class IncentivesConfig(AppConfig):
    """What people are paid for what a metric reached."""

    name = "apps.incentives"

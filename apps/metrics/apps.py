from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Metrics; tells lower rooms whose numbers a team's own can be, and hears how the data stands."""

    name = "apps.metrics"

    def ready(self) -> None:
        from apps.accounts.services import offer_numbers
        from apps.datasets.services import tell_health
        from apps.metrics.presentation import numbers_offered
        from apps.metrics.services import warn_anew

        offer_numbers("metrics", numbers_offered)
        tell_health("metrics", warn_anew)

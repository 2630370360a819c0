from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Metrics; tells the room of teams whose numbers a team's own numbers can be."""

    name = "apps.metrics"

    def ready(self) -> None:
        from apps.accounts.services import offer_numbers
        from apps.metrics.presentation import numbers_offered

        offer_numbers("metrics", numbers_offered)

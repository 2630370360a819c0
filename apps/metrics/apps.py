from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Metrics; tells lower rooms whose numbers a team's own can be, and hears how the data stands."""

    name = "apps.metrics"

    def ready(self) -> None:
        from apps.accounts.services import offer_numbers
        from apps.datasets.services import tell_builders, tell_forgetting, tell_health
        from apps.metrics.presentation import builders_of, numbers_offered
        from apps.metrics.services import forget_row_files, warn_anew

        offer_numbers("metrics", numbers_offered)
        tell_health("metrics", warn_anew)
        tell_builders("metrics", builders_of)
        tell_forgetting("metrics", forget_row_files)

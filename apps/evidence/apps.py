from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """What metrics are expected to become; hears of new values, and adds forecasts to a metric's page."""

    name = "apps.evidence"

    def ready(self) -> None:
        from apps.evidence.presentation import beside_metric
        from apps.evidence.services import ask
        from apps.metrics.services import tell_beside, tell_fresh

        tell_fresh("evidence", ask)
        tell_beside("evidence", beside_metric)

from django.apps import AppConfig


class IncentivesConfig(AppConfig):
    """What people are paid for what a metric reached."""

    name = "apps.incentives"

    def ready(self) -> None:
        from apps.incentives.services import ask_to_look_again
        from apps.metrics.services import tell_fresh

        tell_fresh("incentives", ask_to_look_again)

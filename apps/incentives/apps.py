from django.apps import AppConfig


class IncentivesConfig(AppConfig):
    """What people are paid for what a metric reached; tells lower rooms which metrics plans read."""

    name = "apps.incentives"

    def ready(self) -> None:
        from apps.incentives.selectors.plans import uses_of
        from apps.incentives.services import ask_to_look_again
        from apps.metrics.services import tell_fresh, tell_uses

        tell_fresh("incentives", ask_to_look_again)
        tell_uses("incentives", uses_of)

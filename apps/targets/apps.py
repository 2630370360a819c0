from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """What metrics should be; tells the metrics room which of them have a target."""

    name = "apps.targets"

    def ready(self) -> None:
        from apps.metrics.services import tell_uses
        from apps.targets.selectors import uses_of

        tell_uses("targets", uses_of)

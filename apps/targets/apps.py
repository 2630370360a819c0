from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """What metrics should be; tells lower rooms which of them have a target."""

    name = "apps.targets"

    def ready(self) -> None:
        from apps.datasets.services import know_workdays
        from apps.evidence.services import tell_wanted
        from apps.metrics.services import tell_beside, tell_uses
        from apps.notifications.services import announces
        from apps.targets.domain.calendars import Workdays, country_of
        from apps.targets.domain.telling import GROUP, KINDS
        from apps.targets.presentation.pacing import beside_metric
        from apps.targets.selectors import forecasts_wanted, uses_of

        tell_uses("targets", uses_of)
        tell_wanted("targets", forecasts_wanted)
        tell_beside("targets", beside_metric)
        know_workdays(lambda time_zone: Workdays(country_of(time_zone)).is_working)
        for name, title, usual in KINDS:
            announces(name, title=title, group=GROUP, usual=usual)

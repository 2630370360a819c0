from django.apps import AppConfig


class GoalsConfig(AppConfig):
    """What people want to reach and what they do for it; tells the metrics room which metrics that is about."""

    name = "apps.goals"

    def ready(self) -> None:
        from apps.goals.domain.telling import GROUP, KINDS
        from apps.goals.presentation import beside_metric
        from apps.goals.selectors import key_results, uses_of
        from apps.goals.services import figures_are_new
        from apps.metrics.services import tell_beside, tell_fresh, tell_uses
        from apps.notifications.services import announces

        tell_uses("goals", uses_of)
        tell_uses("goals.key_results", key_results.uses_of)
        tell_beside("goals", beside_metric)
        tell_fresh("goals", figures_are_new)
        for name, title, usual in KINDS:
            announces(name, title=title, group=GROUP, usual=usual)

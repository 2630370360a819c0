from django.apps import AppConfig


class IncentivesConfig(AppConfig):
    """What people are paid for what a metric reached; tells lower rooms which metrics plans read."""

    name = "apps.incentives"

    def ready(self) -> None:
        from apps.datasets.services import tell_effects
        from apps.incentives.domain.telling import GROUP, KINDS
        from apps.incentives.selectors import tell_checks
        from apps.incentives.selectors.plans import kept_figures, uses_of
        from apps.incentives.selectors.statements import dispute_checks
        from apps.incentives.selectors.year import year_checks
        from apps.incentives.services import ask_to_look_again, forecast_again
        from apps.metrics.services import tell_fresh, tell_uses
        from apps.notifications.services import announces

        tell_fresh("incentives", ask_to_look_again)
        tell_fresh("pay_forecasts", forecast_again)
        tell_uses("incentives", uses_of)
        tell_effects("incentives", kept_figures)
        tell_checks("dispute", dispute_checks)
        tell_checks("year", year_checks)
        for name, title, usual in KINDS:
            announces(name, title=title, group=GROUP, usual=usual)

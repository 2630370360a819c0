from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """Where data comes from by itself: databases and storages, read by the clock."""

    name = "apps.sources"

    def ready(self) -> None:
        from apps.notifications.services import announces
        from apps.sources.services.telling import GROUP, KINDS

        for name, title in KINDS:
            announces(name, title=title, group=GROUP)

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Makes the Celery application the current one wherever Django runs."""

    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401

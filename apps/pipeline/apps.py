from django.apps import AppConfig


class PipelineConfig(AppConfig):
    """Registers the stages, so that asking for an unknown one fails where it is asked."""

    name = "apps.pipeline"

    def ready(self) -> None:
        from apps.pipeline import flow  # noqa: F401

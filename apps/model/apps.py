from django.apps import AppConfig


class ModelConfig(AppConfig):
    """Metrics as code. Without tables: the workspace is the state."""

    name = "apps.model"

from django.apps import AppConfig


class ScenariosConfig(AppConfig):
    """What if: figures moved on paper, kept apart from every real one."""

    name = "apps.scenarios"

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The same acts and reads over REST."""

    name = "apps.api"

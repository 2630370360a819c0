from django.apps import AppConfig


class ChoosingConfig(AppConfig):
    """Choosing the North Star and telling the company."""

    name = "apps.choosing"

from django.apps import AppConfig


class DriversConfig(AppConfig):
    """Why a number moved."""

    name = "apps.drivers"

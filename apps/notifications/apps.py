from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Who is told what, and by which way."""

    name = "apps.notifications"

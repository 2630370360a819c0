from django.apps import AppConfig, apps


class ConfigConfig(AppConfig):
    """Makes the Celery application the current one wherever Django runs; keeps the operators' console to its own."""

    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401

        _show_public_tables_only()


def _show_public_tables_only() -> None:
    """Take out of the operators' console what libraries put there but what lives in the workspaces' schemas.

    Operators have no tables of groups and permissions either: who is one may do everything the console offers.
    """
    from django.conf import settings
    from django.contrib import admin

    for model in list(admin.site._registry):
        owner = apps.get_app_config(model._meta.app_label).name
        if owner not in settings.SHARED_APPS or owner == "django.contrib.auth":
            admin.site.unregister(model)

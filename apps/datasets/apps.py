import shutil

from django.apps import AppConfig
from django.conf import settings


class DatasetsConfig(AppConfig):
    name = "apps.datasets"

    def ready(self) -> None:
        from apps.datasets.services import GROUP, KINDS
        from apps.notifications.services import announces
        from apps.workspaces.services import on_close

        on_close(remove_files)
        for name, title, usual in KINDS:
            announces(name, title=title, group=GROUP, usual=usual)


def remove_files(workspace) -> None:
    """Delete every file of a workspace that is being closed; nothing if it has none."""
    folder = settings.STORAGE_ROOT / workspace.id.hex
    if folder.exists():
        shutil.rmtree(folder)

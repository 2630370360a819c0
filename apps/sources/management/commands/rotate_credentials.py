"""Seal the passwords of all sources under the newest key."""

from django.core.management.base import BaseCommand, CommandError

from apps.sources.services import rotate_secrets
from apps.workspaces.scope import inside
from apps.workspaces.selectors import open_workspaces


class Command(BaseCommand):
    help = (
        "Seal the passwords of all sources anew under the first of LODESTAR_CREDENTIAL_KEYS. Put the new key in front, "
        "start everything with it, run this, then take the old key away."
    )
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        total, lost = 0, []
        for workspace in open_workspaces():
            with inside(workspace):
                done, broken = rotate_secrets()
            total += done
            lost += [f"{workspace.slug}: {name}" for name in broken]
        self.stdout.write(f"{total} passwords are sealed under the newest key.")
        if lost:
            raise CommandError("No key opens these, their passwords have to be typed again:\n" + "\n".join(lost))

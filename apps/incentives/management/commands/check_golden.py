"""`manage.py check_golden`: pay every golden vector of every published plan again with the engine of now.

Run after an upgrade. Ends with an error that names what comes out otherwise; nothing is written.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.incentives.domain import golden
from apps.incentives.domain.snapshot import ENGINE_VERSION
from apps.incentives.models import PlanVersion
from apps.incentives.selectors.plans import PUBLISHED
from apps.workspaces.scope import in_public, inside
from apps.workspaces.selectors import open_workspaces


class Command(BaseCommand):
    help = "Pay the golden vectors of published plans again, and tell which come out otherwise."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", default="", help="Only this one, by its slug.")

    def handle(self, *args: Any, **options: Any) -> None:
        with in_public():
            wanted = options["workspace"]
            workspaces = [each for each in open_workspaces() if wanted in ("", each.slug)]
        if wanted and not workspaces:
            raise CommandError(f"There is no open workspace {wanted}.")
        wrong, count = [], 0
        for workspace in workspaces:
            with inside(workspace):
                for version in PlanVersion.objects.filter(status__in=PUBLISHED).select_related("plan"):
                    count += 1
                    for mismatch in golden.check(version.document, version.golden):
                        wrong.append(
                            f"{workspace.slug}: {version.plan.key} {version.number} (published with engine "
                            f"{version.engine}), vector {mismatch.at + 1} comes out otherwise"
                        )
        if wrong:
            raise CommandError("\n".join(wrong))
        versions = "1 version" if count == 1 else f"{count} versions"
        self.stdout.write(f"{versions} come out the same with engine {ENGINE_VERSION}.")

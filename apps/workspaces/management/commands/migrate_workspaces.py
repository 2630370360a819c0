import sys

import psycopg
from django.core.management.base import BaseCommand, CommandError

from apps.workspaces.postgresql.pooler import TransactionPooler, refuse_transaction_pooler
from apps.workspaces.postgresql.roles import WrongLogins
from apps.workspaces.services.migrating import Report, migrate_everything

SOME_FAILED = 3


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Bring the public schema, the template and every workspace up to date, under the owner's login. Safe at every "
        "start. Ends with 3 if a workspace could not be brought up to date: that one answers 'being updated', the "
        "others work."
    )

    def handle(self, *args: object, **options: object) -> None:
        try:
            report = migrate_everything(say=self._say if options["verbosity"] > 0 else lambda line: None)
            refuse_transaction_pooler()
        except (WrongLogins, TransactionPooler) as problem:
            raise CommandError(str(problem)) from None
        except psycopg.OperationalError as error:
            raise CommandError(f"DATABASE_URL: no connection: {error}") from None
        self._tell(report, quiet=options["verbosity"] == 0)
        if report.failed:
            sys.exit(SOME_FAILED)

    def _say(self, line: str) -> None:
        self.stdout.write(f"  {line}")

    def _tell(self, report: Report, quiet: bool) -> None:
        for warning in report.warnings:
            self.stderr.write(self.style.WARNING(warning))
        for slug, reason in report.failed.items():
            self.stderr.write(self.style.ERROR(f"{slug}: {reason}"))
        if quiet:
            return
        done = report.replayed + report.by_django
        if not (report.public or report.template or done or report.failed):
            self.stdout.write(f"Nothing to migrate ({report.workspaces} workspaces, {report.seconds:.1f} s).")
            return
        self.stdout.write(
            f"Migrated {done} of {report.workspaces} workspaces ({report.replayed} by replay), "
            f"{len(report.failed)} failed, {report.seconds:.1f} s."
        )

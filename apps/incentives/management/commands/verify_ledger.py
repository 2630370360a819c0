"""`manage.py verify_ledger`: work out every hash of the ledger again, and every locked run from what was frozen.

`--head HASH` looks for a hash that was printed on an approval or kept elsewhere; `--runs` also calculates every locked
and paid run again and compares each result with what is stored. Ends with an error that names what does not stand;
nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.incentives import selectors
from apps.incentives.services.verifying import differences
from apps.workspaces.scope import in_public, inside
from apps.workspaces.selectors import open_workspaces


class Command(BaseCommand):
    help = "Prove that the ledger of pay stands as it was written, and that locked runs come to what is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", default="", help="Only this one, by its slug.")
        parser.add_argument("--head", action="append", default=[], help="A hash that has to be in the ledger.")
        parser.add_argument("--runs", action="store_true", help="Calculate locked and paid runs again, too.")

    def handle(self, *args: Any, **options: Any) -> None:
        with in_public():
            wanted = options["workspace"]
            workspaces = [each for each in open_workspaces() if wanted in ("", each.slug)]
        if wanted and not workspaces:
            raise CommandError(f"There is no open workspace {wanted}.")
        wrong: list[str] = []
        for workspace in workspaces:
            with inside(workspace):
                wrong += [f"{workspace.slug}: {line}" for line in self._checked(workspace.slug, options)]
        if wrong:
            raise CommandError("\n".join(wrong))

    def _checked(self, slug: str, options: dict[str, Any]) -> Iterator[str]:
        proof = selectors.proof(options["head"])
        yield from (str(issue) for issue in proof.broken)
        if proof.holds:
            self.stdout.write(f"{slug}: {proof.count} lines stand, the last is {proof.head}.")
        if options["runs"]:
            count = 0
            for run, found in differences():
                count += 1
                yield from (f"{run}: {line}" for line in found)
            self.stdout.write(f"{slug}: {count} locked runs were calculated again.")

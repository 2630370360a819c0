"""Make the demo companies, or what is missing of them, and print where they are and who may sign in."""

import unicodedata

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.demo import services
from apps.demo.domain.story import COMPANIES, PASSWORD
from apps.demo.domain.writing import Company
from apps.workspaces.addresses import workspace_url
from apps.workspaces.selectors import workspace_at


class Command(BaseCommand):
    help = "Makes the demo companies through the product's own acts; safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("only", nargs="*", metavar="company", help="Addresses of those to make (default: all).")
        parser.add_argument(
            "--patience",
            type=float,
            default=services.PATIENCE,
            help="Seconds to wait for a worker before doing its work here (default: %(default)s).",
        )

    def handle(self, *args: object, **options: object) -> None:
        known = [company.slug for company in COMPANIES]
        if unknown := set(options["only"]) - set(known):
            raise CommandError(f"No such company: {', '.join(sorted(unknown))}. There are {', '.join(known)}.")
        try:
            made = services.seed(self._progress, patience=options["patience"], only=options["only"])
        except services.DemoFailed as failure:
            raise CommandError(str(failure)) from failure
        lines = [line for company in made for line in self._told(company, workspace_url(workspace_at(company.slug)))]
        self.stdout.write("\n".join([*lines, f"  {_padded('Password')}{PASSWORD} (everybody)"]))

    def _progress(self, line: str) -> None:
        """Each step as it is taken; the dots tell `make up` that it is no part of the result."""
        self.stdout.write(f"... {line.strip()}")

    @staticmethod
    def _told(company: Company, address: str) -> list[str]:
        people = [
            f"  {_padded(person.role)}{_padded(company.email(person), 34)}{person.name}" for person in company.people
        ]
        return [f"{company.name}  {address}", *people, ""]


def _padded(text: str, width: int = 10) -> str:
    """`text` padded to `width` columns of a terminal."""
    taken = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return text + " " * max(1, width - taken)

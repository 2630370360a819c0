"""Say which cluster computes for a workspace."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.datasets import services
from apps.kernel.issue import Refusal
from apps.workspaces.services import choose_engine


class Command(BaseCommand):
    help = (
        "Have a named cluster (ENGINE_URL_<NAME> in the workers' settings) compute for one workspace, from its next "
        "piece of work on. `embedded` computes on the workers whatever ENGINE_URL says; `default` does what it says. "
        "A cluster has to agree first: check_engine --engine NAME."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("engine", help="A name, embedded, or default.")

    def handle(self, *args: object, slug: str, engine: str, **options: object) -> None:
        name = engine.lower()
        if name in settings.ENGINE_URLS and not services.agreed_kinds(services.cluster_named(name)):
            raise CommandError(f"No kind has been shown to agree. Run: check_engine --engine {name}")
        try:
            workspace = choose_engine(slug, name)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{workspace}: {name} computes from now on.")

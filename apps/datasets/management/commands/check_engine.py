"""Show which kinds of metric a cluster computes like the embedded engine, and use it for those."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.datasets import services
from apps.engine.agreement import Verdict


class Command(BaseCommand):
    help = (
        "Compute plans of every kind over 10,000 rows here and on a cluster, and compare every figure to the last "
        "digit. Kinds that agree run there from now on; all others stay with the embedded engine. To be run again "
        "after each update and each change of ENGINE_URL, ENGINE_STORAGE or STORAGE_URL."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--engine", default="", metavar="NAME", help="The cluster of ENGINE_URL_<NAME>; without it, of ENGINE_URL."
        )

    def handle(self, *args: object, **options: object) -> None:
        name = str(options["engine"]).lower()
        if name and name not in settings.ENGINE_URLS:
            known = ", ".join(settings.ENGINE_URLS) or "none"
            raise CommandError(f"ENGINE_URL_{name.upper()} is not set. Named engines: {known}.")
        cluster = services.cluster_named(name)
        if not cluster.url:
            raise CommandError("ENGINE_URL is not set: the embedded engine computes, and there is nothing to compare.")
        self.stdout.write(f"Comparing with {cluster.address}; this takes some minutes.")
        verdicts = services.check_cluster(services.engine_limits(), self._tell, cluster)
        if refused := [verdict.kind for verdict in verdicts if not verdict.agrees]:
            raise CommandError(f"These kinds stay with the embedded engine: {', '.join(refused)}.")
        self.stdout.write("Every kind agrees; the cluster computes from now on.")

    def _tell(self, verdict: Verdict) -> None:
        if verdict.failure is not None:
            self.stdout.write(f"{verdict.kind}: not switched on. {verdict.failure.reason}")
        elif not verdict.agrees:
            self.stdout.write("\n  ".join([f"{verdict.kind}: differs, not switched on", *verdict.differences]))
        else:
            self.stdout.write(f"{verdict.kind}: {verdict.figures} figures agree")

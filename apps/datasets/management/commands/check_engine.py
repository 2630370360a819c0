"""Show which kinds of metric the cluster of ENGINE_URL computes like the embedded engine, and use it for those."""

from django.core.management.base import BaseCommand, CommandError

from apps.datasets import services
from apps.engine.agreement import Verdict


class Command(BaseCommand):
    help = (
        "Compute plans of every kind over 10,000 rows here and on the cluster of ENGINE_URL, and compare every figure "
        "to the last digit. Kinds that agree run there from now on; all others stay with the embedded engine. To be "
        "run again after each update and each change of ENGINE_URL, ENGINE_STORAGE or STORAGE_URL."
    )
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        cluster = services.the_cluster()
        if not cluster.url:
            raise CommandError("ENGINE_URL is not set: the embedded engine computes, and there is nothing to compare.")
        self.stdout.write(f"Comparing with {cluster.address}; this takes some minutes.")
        verdicts = services.check_cluster(services.engine_limits(), self._tell)
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

"""How long it takes to set up the 10th and the 100th workspace, and to bring all of them up to date."""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.paths import ROOT
from config.devstack.stack import stack
from tests.bench.report import Figure

COUNT = 100


@dataclass(frozen=True)
class Provisioning:
    """Seconds for the workspaces around the 10th and around the last, and for migration runs over all of them."""

    count: int
    tenth: float
    last: float
    slowest: float
    nothing_to_migrate: float
    one_column_more: float

    def figures(self) -> list[Figure]:
        """In words."""
        return [
            Figure("setting up workspace no. 10 (median of no. 6 to 15)", f"{self.tenth:.2f} s"),
            Figure(f"setting up workspace no. {self.count} (median of the last ten)", f"{self.last:.2f} s"),
            Figure("slowest of all", f"{self.slowest:.2f} s"),
            Figure(f"migrate_workspaces at {self.count}, nothing to do", f"{self.nothing_to_migrate:.2f} s"),
            Figure(f"migrate_workspaces at {self.count}, one column more in each", f"{self.one_column_more:.2f} s"),
        ]


def run() -> list[Figure]:
    """Measure on servers of the bench's own, with data safe on disk (fsync on), as in production."""
    with TemporaryDirectory() as folder, stack(Path(folder), fsync=True) as running:
        argv = [sys.executable, "-m", "tests.bench.provisioning"]
        done = subprocess.run(argv, cwd=ROOT, env=running.env, stdout=subprocess.PIPE, text=True, check=True)
    return Provisioning(**json.loads(done.stdout.splitlines()[-1])).figures()


def bench_provisioning(count: int = COUNT) -> Provisioning:
    """Set up `count` workspaces (at least 20) in the database the settings name, one after the other; migrate them.

    Timed is what the worker does between the confirmed address and the first page.
    """
    from apps.workspaces.services import confirm, provision, sign_up
    from apps.workspaces.services.migrating import migrate_everything
    from apps.workspaces.services.signing_up import link_token
    from tests.cast import new_company

    assert not migrate_everything().failed
    took = []
    for number in range(1, count + 1):
        row = sign_up(wanted=new_company(f"bench-{number}"), caller=f"bench {number}")
        workspace = confirm(link_token(row))
        started = time.perf_counter()
        assert provision(workspace.pk)
        took.append(time.perf_counter() - started)
    started = time.perf_counter()
    report = migrate_everything()
    idle = time.perf_counter() - started
    assert (report.workspaces, report.replayed, report.failed) == (count, 0, {})
    return Provisioning(
        count=count,
        tenth=statistics.median(took[5:15]),
        last=statistics.median(took[-10:]),
        slowest=max(took),
        nothing_to_migrate=idle,
        one_column_more=_add_a_column(count),
    )


def _add_a_column(count: int) -> float:
    """The time of a run that adds one column in every workspace."""
    from django.db import migrations, models
    from django.db.migrations.loader import MigrationLoader

    from apps.workspaces.services.migrating import migrate_everything

    class Migration(migrations.Migration):
        dependencies = [("accounts", "0001_initial")]
        operations = [migrations.AddField("team", "bench", models.CharField(max_length=20, default="x"))]

    load = MigrationLoader.load_disk

    def load_with_one_more(self: MigrationLoader) -> None:
        load(self)
        self.disk_migrations["accounts", "9001_bench"] = Migration("9001_bench", "accounts")

    MigrationLoader.load_disk = load_with_one_more
    try:
        started = time.perf_counter()
        report = migrate_everything()
        took = time.perf_counter() - started
    finally:
        MigrationLoader.load_disk = load
    assert (report.replayed, report.failed) == (count, {})
    return took


def main() -> None:
    """Measure in the database that the environment names, and print the seconds as JSON."""
    import django

    django.setup()
    from django.db import connection

    measured = bench_provisioning()
    connection.close()
    connection.close_pool()
    print(json.dumps(asdict(measured)))


if __name__ == "__main__":
    main()

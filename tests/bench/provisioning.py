"""How long it takes to set up the 10th and the 100th workspace, and to find that there is nothing to migrate.

`python -m tests.bench.provisioning [COUNT]` on servers of its own, with data safe on disk (fsync on), as in production.
"""

import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from config.devstack.stack import stack


@dataclass(frozen=True)
class Provisioning:
    """Seconds for the workspaces around the 10th and around the last, and for migration runs over all of them."""

    count: int
    tenth: float
    last: float
    slowest: float
    nothing_to_migrate: float
    one_column_more: float

    def lines(self) -> list[str]:
        """For the terminal and for the report."""
        return [
            f"workspace no. 10: {self.tenth:.2f} s (median of no. 6 to 15)",
            f"workspace no. {self.count}: {self.last:.2f} s (median of the last ten)",
            f"slowest of all: {self.slowest:.2f} s",
            f"migrate_workspaces, nothing to do, {self.count} workspaces: {self.nothing_to_migrate:.2f} s",
            f"migrate_workspaces, one column more, {self.count} workspaces: {self.one_column_more:.2f} s",
        ]


def bench_provisioning(count: int = 100) -> Provisioning:
    """Open `count` workspaces (at least 20) in the database the settings name, one after the other, and migrate them."""
    from apps.workspaces.services import open_workspace
    from apps.workspaces.services.migrating import migrate_everything
    from tests.cast import new_company

    assert not migrate_everything().failed
    took = []
    for number in range(1, count + 1):
        started = time.perf_counter()
        open_workspace(wanted=new_company(f"bench-{number}"))
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
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory(prefix="lodestar-bench-") as folder, stack(Path(folder), fsync=True) as servers:
        os.environ.update({**servers.env, "DJANGO_SETTINGS_MODULE": "config.settings"})
        import django

        django.setup()
        from django.db import connection

        print("\n".join(bench_provisioning(count).lines()))
        connection.close()
        connection.close_pool()


if __name__ == "__main__":
    main()

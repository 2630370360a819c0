"""Some of the figures in PostgreSQL, from a table of the columns that they need. They are compared.

CPU is that of all its processes: the one that answers and those that it asks to help.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import psycopg

from apps.engine import FileEntry
from config.devstack.console import Console
from config.devstack.proctable import family
from config.devstack.servers import Servers
from tests.bench.engine_plans import Told, number

TABLE = "CREATE TABLE events (d date, moment timestamp, customer text, amount numeric(18, 2), score smallint)"
COLUMNS = "d, moment, customer, amount::DECIMAL(18, 2), score"
MONTH = "date_trunc('month', d)::date"
SETTINGS = ("work_mem = '1GB'", "max_parallel_workers_per_gather = 2", "hash_mem_multiplier = 2")


class Postgres:
    """A server with the rows."""

    def __init__(self, connection: psycopg.Connection, pid: int) -> None:
        self._connection, self._pid = connection, pid

    def take(self, kind: str) -> tuple[float, list[Told]]:
        """CPU seconds of a kind, and its figures."""
        before = self._cpu()
        found = sorted(KINDS[kind](self))
        return self._cpu() - before, found

    def ask(self, sql: str) -> Sequence[tuple]:
        return self._connection.execute(sql).fetchall()

    def fill(self, files: tuple[FileEntry, ...]) -> None:
        """Put the rows in, and let the planner look at them."""
        self._connection.execute(TABLE)
        source = duckdb.connect(config={"threads": "2", "memory_limit": "1GB"})
        with TemporaryDirectory() as folder:
            text = Path(folder, "month.csv")
            for file in files:
                source.execute(f"COPY (SELECT {COLUMNS} FROM '{file.path}') TO '{text}' (HEADER false)")  # noqa: S608
                with (
                    text.open("rb") as rows,
                    self._connection.cursor().copy("COPY events FROM STDIN (FORMAT csv)") as copy,
                ):
                    while chunk := rows.read(1 << 20):
                        copy.write(chunk)
        self._connection.execute("VACUUM ANALYZE events")
        for setting in SETTINGS:
            self._connection.execute(f"SET {setting}")

    def _cpu(self) -> float:
        """Of the server's living processes, and of those that ended: the last ones are in the books of the first."""
        ticks = 0
        for pid in family(self._pid):
            own, others = _ticks(pid)
            ticks += own + (others if pid == self._pid else 0)
        return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> tuple[int, int]:
    """Of a process, and of its children that ended."""
    fields = [int(field) for field in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]]
    return sum(fields[:2]), sum(fields[2:])


@contextmanager
def filled(folder: Path, files: tuple[FileEntry, ...]) -> Iterator[Postgres]:
    """An embedded server of its own, as long as the block runs."""
    servers = Servers(folder, {"REDIS_URL": "redis://nobody"}, Console(), fsync=False)
    servers.start()
    try:
        assert servers.postgres
        address = servers.postgres.superuser_url()
        with psycopg.connect(address, autocommit=True) as connection:
            server = Postgres(connection, servers.children[servers.postgres.name].pid)
            server.fill(files)
            yield server
    finally:
        servers.stop()


def _told(plan: str, month: object, *figures: object, series: str = "") -> Told:
    numerator, denominator = (*figures, None)[:2]
    return plan, str(month), "", series, number(numerator), number(denominator)


def aggregate(server: Postgres) -> Iterator[Told]:
    sql = f"SELECT {MONTH}, sum(amount), count(*), count(DISTINCT customer) FROM events GROUP BY 1"  # noqa: S608
    for month, *values in server.ask(sql):
        for plan, value in zip(("sum", "count", "distinct"), values, strict=True):
            yield _told(plan, month, value)


def nps(server: Postgres) -> Iterator[Told]:
    counts = [f"count(*) FILTER (WHERE score BETWEEN {span})" for span in ("9 AND 10", "0 AND 6", "0 AND 10")]
    sql = f"SELECT {MONTH}, 100 * ({counts[0]} - {counts[1]}), {counts[2]} FROM events GROUP BY 1"  # noqa: S608
    for row in server.ask(sql):
        yield _told("nps", *row)


def entity_count(server: Postgres) -> Iterator[Told]:
    each = f"SELECT {MONTH} AS m, count(*) AS n FROM events WHERE customer IS NOT NULL GROUP BY 1, customer"  # noqa: S608
    for row in server.ask(f"SELECT m, count(*) FILTER (WHERE n >= 3) FROM ({each}) each GROUP BY 1"):  # noqa: S608
        yield _told("often", *row)


def lifecycle(server: Postgres) -> Iterator[Told]:
    sql = f"""
    WITH active AS (SELECT DISTINCT customer, {MONTH} AS m FROM events WHERE customer IS NOT NULL),
    beside AS (SELECT m, lag(m) OVER w AS before, lead(m) OVER w AS after FROM active
               WINDOW w AS (PARTITION BY customer ORDER BY m))
    SELECT m, count(*), count(*) FILTER (WHERE before IS NULL),
      count(*) FILTER (WHERE before = m - interval '1 month'),
      count(*) FILTER (WHERE after IS NULL OR after > m + interval '1 month')
    FROM beside GROUP BY m ORDER BY m"""  # noqa: S608
    churned = 0
    for month, active, new, retained, leaves in server.ask(sql):
        back = active - new - retained
        values = {"active": active, "new": new, "retained": retained, "reactivated": back, "churned": churned}
        for series, value in (values | {"net": new + back - churned}).items():
            yield _told("lifecycle", month, value, series=series)
        churned = leaves


def repeat(server: Postgres) -> Iterator[Told]:
    beside = (
        "SELECT d, lead(d) OVER (PARTITION BY customer ORDER BY moment) - d AS far FROM events "
        "WHERE customer IS NOT NULL"
    )
    sql = f"SELECT {MONTH}, count(*) FILTER (WHERE far < 30), count(*) FROM ({beside}) beside GROUP BY 1"  # noqa: S608
    for row in server.ask(sql):
        yield _told("repeat", *row)


KINDS: dict[str, Callable[[Postgres], Iterator[Told]]] = {
    made.__name__: made for made in (aggregate, nps, entity_count, lifecycle, repeat)
}

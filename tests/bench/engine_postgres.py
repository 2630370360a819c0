"""A PostgreSQL with the columns that the figures need, and what it takes to ask it.

CPU is that of all its processes: the one that answers and those that it asks to help.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import psycopg

from apps.engine import FileEntry
from config.devstack.console import Console
from config.devstack.proctable import family
from config.devstack.servers import Servers
from tests.bench.engine_data import write_rates
from tests.bench.engine_plans import Told
from tests.bench.engine_postgres_sql import KINDS

TABLE = (
    "CREATE TABLE events (d date, moment timestamp, customer text, amount numeric(18, 2), score smallint, "
    "step text, channel text)"
)
COLUMNS = "d, moment, customer, amount::DECIMAL(18, 2), score, step, channel"
RATES = "CREATE TABLE rates (d date, currency text, rate numeric(18, 6), PRIMARY KEY (currency, d))"
SETTINGS = ("work_mem = '1GB'", "max_parallel_workers_per_gather = 2", "hash_mem_multiplier = 2")


class Postgres:
    """A server with the rows."""

    def __init__(self, connection: psycopg.Connection, pid: int) -> None:
        self._connection, self._pid = connection, pid

    def take(self, kind: str) -> tuple[float, list[Told]]:
        """CPU seconds of a kind, and its figures."""
        before = self._cpu()
        found = sorted(KINDS[kind](self.ask))
        return self._cpu() - before, found

    def ask(self, sql: str) -> Sequence[tuple]:
        return self._connection.execute(sql).fetchall()

    def fill(self, files: tuple[FileEntry, ...]) -> None:
        """Put the rows in, and let the planner look at them."""
        self._connection.execute(TABLE)
        self._connection.execute(RATES)
        with TemporaryDirectory() as folder:
            text = Path(folder, "month.csv")
            for file in files:
                self._copy(file.path, COLUMNS, "events", text)
            self._copy(write_rates(Path(folder)).path, "d, currency, rate", "rates", text)
        self._connection.execute("VACUUM ANALYZE")
        for setting in SETTINGS:
            self._connection.execute(f"SET {setting}")

    def _copy(self, path: str, columns: str, table: str, text: Path) -> None:
        source = duckdb.connect(config={"threads": "2", "memory_limit": "1GB"})
        source.execute(f"COPY (SELECT {columns} FROM '{path}') TO '{text}' (HEADER false)")  # noqa: S608
        with text.open("rb") as rows, self._connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
            while chunk := rows.read(1 << 20):
                copy.write(chunk)

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

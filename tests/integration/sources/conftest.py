"""The suite's own PostgreSQL stands as somebody's database: a table of orders, and a login that may only read it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from apps.sources import services
from apps.sources.models import Source
from apps.work import registry
from tests import servers as session_servers

SECRET = "a-very-secret-word-7731"
SHOP = "shop_of_tests"
LOGIN = "shop_reader"

TABLES = """
CREATE TABLE orders (
    id bigint PRIMARY KEY, no text NOT NULL, day date NOT NULL, made_at timestamptz NOT NULL, plain timestamp,
    amount numeric(12, 2), wide numeric, share double precision, paid boolean, store varchar(20), tags text[],
    more jsonb
);
INSERT INTO orders VALUES
  (1, '00042', '2026-01-02', '2026-01-02 08:00:00.123456+08', '2026-01-02 08:00', 10.50, 0.1234567890123456789, 0.1,
   true, '北京', '{a,b}', '{"k": 1}'),
  (2, '00043', '2026-01-03', '2026-01-03 23:59:59+08', NULL, 20.00, 12345678901234567890.5, 1e300, false, 'North',
   NULL, NULL),
  (3, '00044', '2026-02-01', '2026-02-01 00:00:00+08', '2026-02-01 00:00', NULL, NULL, NULL, NULL, 'a "b", c',
   NULL, NULL);
CREATE TABLE secrets (word text);
CREATE VIEW spring AS SELECT id, day, amount FROM orders;
"""


def owner(database: str) -> psycopg.Connection:
    """The tests' own hand in a database of the suite's server."""
    connection = session_servers._servers.postgres.connect(database)
    connection.autocommit = True
    return connection


@pytest.fixture(scope="session")
def shop_server(servers: object, django_db_setup: object) -> Iterator[dict[str, object]]:
    """Where the shop's database is; it takes passwords, as any other would, and goes with the session."""
    rules = servers.postgres.cluster / "pg_hba.conf"
    rules.write_text(rules.read_text() + f"host {SHOP} all 127.0.0.1/32 scram-sha-256\n")
    login, shop = sql.Identifier(LOGIN), sql.Identifier(SHOP)
    with owner("postgres") as connection:
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(login, sql.Literal(SECRET)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(shop))
    yield {"host": "127.0.0.1", "port": servers.postgres.port, "database": SHOP, "user": LOGIN, "tls": "off"}
    with owner("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(shop))
        connection.execute(sql.SQL("DROP ROLE {}").format(login))


@pytest.fixture
def shop(shop_server: dict[str, object]) -> dict[str, object]:
    """The shop as it was at first."""
    with owner(SHOP) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.execute(TABLES)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(LOGIN)))
        connection.execute(sql.SQL("GRANT SELECT ON orders, spring TO {}").format(sql.Identifier(LOGIN)))
    return shop_server


@pytest.fixture(autouse=True)
def storage(settings, tmp_path: Path) -> Iterator[Path]:
    """A storage of this test alone, and loopback opened by the operator."""
    settings.STORAGE_ROOT = tmp_path / "storage"
    settings.SOURCE_NETWORKS = ("127.0.0.0/8",)
    settings.SOURCE_SECONDS = 120
    yield settings.STORAGE_ROOT
    shutil.rmtree(settings.STORAGE_ROOT, ignore_errors=True)


@pytest.fixture
def computed() -> Iterator[None]:
    """Metrics are another room's matter."""
    before = registry._kinds.pop("metrics.compute_dataset", None)
    registry.handles("metrics.compute_dataset", title="Computing metrics")(lambda claim: None)
    yield
    del registry._kinds["metrics.compute_dataset"]
    if before is not None:
        registry._kinds["metrics.compute_dataset"] = before


@pytest.fixture
def made(in_acme, actor, run_work, computed) -> Callable[..., Source]:
    """`made(kind, connection)`: a source whose connection was tried."""

    def make(kind: str, connection: dict[str, object], secret: str = SECRET, name: str = "Dealer system") -> Source:
        source = services.make_source(actor=actor, kind=kind, name=name, connection=connection, secret=secret)
        run_work()
        source.refresh_from_db()
        return source

    return make

"""The servers of a test session: their addresses are known from the start, they run when the first test needs them.

`config.test_settings` calls `prepare()` before it reads the settings; what the caller's environment names is not used.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from psycopg import sql

from config.devstack.console import Console
from config.devstack.environment import house_environment, without_servers
from config.devstack.paths import private_dir
from config.devstack.ports import LOOPBACK, PortBook
from config.devstack.postgres import APP, DATABASE, OWNER
from config.devstack.proctable import is_running
from config.devstack.servers import Servers

WEB_PORT = 8000
KEPT = f"{DATABASE}_kept"
MEMORY = Path("/dev/shm")  # noqa: S108 - the system's own; the folder in it is made by mkdtemp
MUCH = 6 << 30
"""Bytes: a file system in memory with that much room holds the databases; copying them there takes no time."""

_servers: Servers | None = None


def prepare() -> None:
    """Choose a folder and ports for this session and point the environment of this process to them."""
    global _servers
    if _servers is not None:
        return
    data = private_dir(Path(tempfile.mkdtemp(prefix=f"lodestar-tests-{os.getpid()}-", dir=_in_memory())))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    base = without_servers(os.environ)
    _servers = Servers(data, base, Console(quiet=True), fsync=False)
    ports = PortBook(data / "ports.json")
    postgres, valkey = ports.port_for("postgres"), ports.port_for("valkey")
    addresses = {
        "DATABASE_URL": f"postgres://{APP}@{LOOPBACK}:{postgres}/{DATABASE}",
        "MIGRATION_DATABASE_URL": f"postgres://{OWNER}@{LOOPBACK}:{postgres}/{DATABASE}",
        "REDIS_URL": f"redis://{LOOPBACK}:{valkey}/0",
        "STORAGE_URL": (data / "storage").as_uri(),
    }
    house = house_environment(data, base, addresses, WEB_PORT)
    foreign = set(os.environ) - set(base)
    for name in foreign:
        del os.environ[name]
    os.environ.update({name: value for name, value in house.items() if name != "DJANGO_SETTINGS_MODULE"})
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.test_settings"


def _in_memory() -> Path | None:
    """Where databases lie in memory, cleared of what sessions left that were killed; None if there is no room."""
    for left in MEMORY.glob("lodestar-tests-*"):
        session = left.name.split("-")[2]
        if session.isdigit() and not is_running(int(session)):
            shutil.rmtree(left, ignore_errors=True)
    if os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free > MUCH:
        return MEMORY
    return None


def start() -> Servers:
    """Start PostgreSQL and Valkey at the chosen addresses."""
    assert _servers is not None
    _servers.start()
    addresses = _servers.addresses()
    if any(os.environ[name] != addresses[name] for name in ("DATABASE_URL", "REDIS_URL")):
        _servers.stop()
        raise RuntimeError("Another program took a port between its choice and the start of the servers. Run again.")
    return _servers


def keep_database() -> None:
    """Keep the database as it is now: what `restore_database` brings back. Roles belong to the server, not to it."""
    _copy(DATABASE, KEPT)


def restore_database() -> None:
    """The database as it was kept; whatever is connected to it is cut off."""
    _copy(KEPT, DATABASE)


def _copy(source: str, target: str) -> None:
    """Replace a database by a copy of another. Files are copied: a fraction of what making schemas takes."""
    assert _servers is not None
    assert _servers.postgres is not None
    names = {"source": sql.Identifier(source), "target": sql.Identifier(target), "owner": sql.Identifier(OWNER)}
    with _servers.postgres.connect("postgres") as superuser:
        superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
        superuser.execute(sql.SQL("DROP DATABASE IF EXISTS {target} WITH (FORCE)").format(**names))
        create = "CREATE DATABASE {target} OWNER {owner} TEMPLATE {source} STRATEGY FILE_COPY"
        superuser.execute(sql.SQL(create).format(**names))


def stop() -> None:
    """End them."""
    if _servers is not None:
        _servers.stop()

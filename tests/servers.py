"""The servers of a test session: their addresses are known from the start, they run when the first test needs them.

`config.test_settings` calls `prepare()` before it reads the settings; what the caller's environment names is not used.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.devstack.console import Console
from config.devstack.environment import house_environment, without_servers
from config.devstack.paths import private_dir
from config.devstack.ports import LOOPBACK, PortBook
from config.devstack.postgres import APP, DATABASE, OWNER
from config.devstack.servers import Servers

WEB_PORT = 8000

_servers: Servers | None = None


def prepare() -> None:
    """Choose a folder and ports for this session and point the environment of this process to them."""
    global _servers
    if _servers is not None:
        return
    data = private_dir(Path(tempfile.mkdtemp(prefix="lodestar-tests-")))
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


def start() -> Servers:
    """Start PostgreSQL and Valkey at the chosen addresses."""
    assert _servers is not None
    _servers.start()
    addresses = _servers.addresses()
    if any(os.environ[name] != addresses[name] for name in ("DATABASE_URL", "REDIS_URL")):
        _servers.stop()
        raise RuntimeError("Another program took a port between its choice and the start of the servers. Run again.")
    return _servers


def stop() -> None:
    """End them."""
    if _servers is not None:
        _servers.stop()

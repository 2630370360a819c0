"""Parts of answers kept as Parquet between requests: named by what they were made of, so never wrong, only missing."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from apps.engine.compile import sql_type
from apps.engine.duck import literal, name, parquet
from apps.engine.kinds.bench import Bench
from apps.engine.requests import FileEntry

_FORMAT = "1"  # change it when what is kept under the same name would be something else


def digest_of(files: Iterable[FileEntry], parts: Iterable[object]) -> str:
    """A name for what these files come to by these parts of a plan. Files never change their content."""
    known = [_FORMAT, *(f"{os.path.abspath(entry.path)}|{entry.rows}|{entry.bytes}" for entry in files)]
    text = "\n".join([*known, *(str(part) for part in parts)])
    return hashlib.sha256(text.encode()).hexdigest()[:40]


class Store:
    """The directory that a request names, if any."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.is_open = bool(bench.rollups) and os.path.isdir(bench.rollups)

    def fetch(self, digest: str, select: Callable[[], str]) -> str:
        """A file with what is kept under `digest`; if there is none that can be read, with what `select` gives, kept
        from now on."""
        path = os.path.join(self._bench.rollups, f"{digest}.parquet")
        if self.has(path):
            return path
        made = self.make(select())
        return path if publish(made, path) else made

    def make(self, select: str) -> str:
        """A file with what `select` gives, which is gone after the request."""
        made = os.path.join(self._bench.work_dir, f"{secrets.token_hex(8)}.parquet")
        self._bench.run(f"COPY ({select}) TO {literal(made)} (FORMAT parquet, COMPRESSION snappy)")
        return made

    def open(self, table: str, schema: Mapping[str, Any], paths: list[str]) -> None:
        """Let `table` be the rows of these files, with columns of these (Ibis) types."""
        columns = ", ".join(f"CAST({name(at)} AS {sql_type(kind)}) AS {name(at)}" for at, kind in schema.items())
        self._bench.run(f"CREATE OR REPLACE TEMP VIEW {name(table)} AS SELECT {columns} FROM {parquet(paths)}")

    def has(self, path: str) -> bool:
        """Whether a file is there and can be read."""
        return os.path.exists(path) and self._is_whole(path)

    def _is_whole(self, path: str) -> bool:
        """Whether a file has its beginning and its end; one that is damaged, or gone at this moment, is made anew."""
        try:
            self._bench.run(f"DESCRIBE SELECT * FROM {parquet([path])}")
        except (duckdb.IOException, duckdb.InvalidInputException):
            with contextlib.suppress(OSError):
                os.unlink(path)
            return False
        return True


def publish(made: str, path: str) -> bool:
    """Give a whole file its name, or none: a full disk costs nothing but the next request's time."""
    draft = f"{path}.{secrets.token_hex(8)}.part"
    try:
        with open(made, "rb") as source, open(draft, "xb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        os.replace(draft, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        return False
    Path(made).unlink(missing_ok=True)
    return True

"""Parts of answers kept as Parquet between requests: named by what they were made of, so never wrong, only missing."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb

from apps.engine.duck import literal, parquet
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

    def fetch(self, name: str, select: Callable[[], str], take: Callable[[str], None]) -> None:
        """Let `take` have a SELECT of what is kept under `name`; of what `select` gives, kept from now on, if nothing
        is, or nothing that can be read."""
        path = os.path.join(self._bench.rollups, f"{name}.parquet")
        if os.path.exists(path):
            try:
                take(f"SELECT * FROM {parquet([path])}")
            except (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException):
                with contextlib.suppress(OSError):  # damaged, or emptied by somebody at this moment
                    os.unlink(path)
            else:
                return
        made = os.path.join(self._bench.work_dir, f"{secrets.token_hex(8)}.parquet")
        self._bench.run(f"COPY ({select()}) TO {literal(made)} (FORMAT parquet, COMPRESSION zstd)")
        take(f"SELECT * FROM {parquet([made])}")
        _publish(made, path)


def _publish(made: str, path: str) -> None:
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
    finally:
        Path(made).unlink(missing_ok=True)

"""Whether a file was dealt with as any file must be."""

from __future__ import annotations

import secrets
from pathlib import Path

import duckdb

from apps.engine import ColumnMapping, ColumnType, EngineFailure, FileShape, Inspect, Limits, Load, Mapping, Role, run

GIB = 1024**3
LIMITS = Limits(memory=GIB, wall_seconds=300, cpu_seconds=10, file_bytes=GIB, threads=1)
_TIMES = (ColumnType.DATE, ColumnType.DATETIME)


def tried(name: str, content: bytes, folder: Path) -> str:
    """What is wrong with how the engine dealt with this file; "" if nothing is."""
    home = folder / secrets.token_hex(4)
    (home / "out").mkdir(parents=True)
    path = home / name
    path.write_bytes(content)
    try:
        shape = run(Inspect(str(path), name), limits=LIMITS)
        wrong = _loaded(str(path), name, shape, home / "out")
    except EngineFailure as failure:
        wrong = f"to be tried again: {failure}" if failure.retry else ""
        wrong = wrong or ("something is left of it" if list((home / "out").iterdir()) else "")
    for left in sorted(home.rglob("*"), reverse=True):
        left.rmdir() if left.is_dir() else left.unlink()
    home.rmdir()
    return wrong


def _loaded(path: str, name: str, shape: FileShape, out: Path) -> str:
    mapping = _mapping(shape)
    request = Load(path, name, shape.sheet, mapping, "u", (), "append", str(out), "Asia/Shanghai", shape.reading)
    if shape.blocking():
        try:
            run(request, limits=LIMITS)
        except EngineFailure as failure:
            return f"to be tried again: {failure}" if failure.retry else ""
        return "refused at first, and loaded all the same"
    if not any(column.role == Role.TIME for column in mapping.columns):
        return ""
    loaded = run(request, limits=LIMITS)
    if not loaded.rows_in == loaded.rows_loaded + loaded.rows_rejected == shape.rows:
        return f"{shape.rows} rows, {loaded.rows_in} in, {loaded.rows_loaded} loaded, {loaded.rows_rejected} set aside"
    paths = [entry.path for entry in loaded.files]
    there = duckdb.execute("SELECT count(*) FROM read_parquet(?)", [paths]).fetchall()[0][0] if paths else 0
    return "" if there == loaded.rows_loaded else f"{loaded.rows_loaded} rows loaded, {there} in the files"


def _mapping(shape: FileShape) -> Mapping:
    """All columns as they are proposed, the first day among them being the time."""
    time = next((column.name for column in shape.columns if column.type in _TIMES), None)
    made = []
    for number, column in enumerate(shape.columns):
        role = Role.TIME if column.name == time else Role.ATTRIBUTE
        made.append(ColumnMapping(column.name, f"c{number}", column.type, role))
    return Mapping(tuple(made))

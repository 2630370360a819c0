"""The readers of text under atheris: rows read many at a time are those read one by one, whatever the bytes."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.corpus import files
from tests.fuzz.mutated import LARGEST


def run(seconds: int) -> None:
    """Try for that long; atheris ends the process, not well if something is found."""
    import atheris

    with atheris.instrument_imports(include=["apps.engine"]):
        from apps.engine.encodings import NotText
        from apps.engine.read_csv import CsvSource
        from apps.engine.read_jsonl import JsonLinesSource
        from apps.engine.source import Block, rows_of

    folder = Path(tempfile.mkdtemp())
    seeds = folder / "seeds"
    seeds.mkdir()
    for case in files.cases():
        if case.name.endswith((".csv", ".tsv", ".txt", ".jsonl")) and len(case.content) <= LARGEST:
            (seeds / case.name).write_bytes(case.content)
    path = folder / "file"

    def rows(source: CsvSource) -> tuple[list[int], list[int]]:
        many: list[int] = []
        for piece in source.pieces():
            if not isinstance(piece, Block):
                many.append(piece.row)
                continue
            if len(list(rows_of(piece.lines, source.delimiter))) != piece.rows:
                raise AssertionError("a block has other rows than it says")
            many += range(piece.row, piece.row + piece.rows)
        return many, [record.row for record in source.records()]

    def one(data: bytes) -> None:
        path.write_bytes(data)
        try:
            many, singly = rows(CsvSource(str(path)))
            list(JsonLinesSource(str(path)).records())
        except NotText:
            return
        if many != singly:
            raise AssertionError(f"{len(many)} rows many at a time, {len(singly)} one by one")

    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", str(seeds)], one)
    os.chdir(folder)
    atheris.Fuzz()

"""The readers of bytes under atheris, which is led by what ran before: whatever the bytes, they are read or refused,
and the ways to read them tell the same rows."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from config.devstack.benches import packages_apart
from tests.corpus import files, hostile
from tests.fuzz.mutated import LARGEST


def run(seconds: int, found: Path) -> None:
    """Try for that long; atheris ends the process, not well if something is found, which it leaves in `found`."""
    sys.path.append(str(packages_apart("fuzz")))
    import atheris

    with atheris.instrument_imports(include=["apps.engine"]):
        from tests.fuzz.readers import Readers, sheets_of

    folder = Path(tempfile.mkdtemp())
    seeds = folder / "seeds"
    seeds.mkdir()
    for case in (*files.cases(), *hostile.cases()):
        if len(case.content) <= LARGEST:
            (seeds / case.name).write_bytes(case.content)
            for number, sheet in enumerate(sheets_of(case.content)):
                (seeds / f"{case.name}-{number}.xml").write_bytes(sheet)
    readers = Readers(folder, next(case.content for case in files.cases() if case.name == "plain.xlsx"))
    found.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", "-max_len=16384", "-timeout=20", "-rss_limit_mb=3000"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={found}/", str(seeds)], readers.one)
    os.chdir(folder)
    atheris.Fuzz()

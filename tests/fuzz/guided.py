"""The readers of bytes under atheris, which is led by what ran before: whatever the bytes, they are read or refused,
and the ways to read them tell the same rows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from config.devstack.benches import packages_apart
from tests.corpus import files, hostile
from tests.fuzz.mutated import LARGEST
from tests.fuzz.targets import Target, targets

_LONGEST = 16_384
_WRONG = re.compile(r"Uncaught Python exception.*?(?=\nnanobind|==\d|\Z)|ERROR: libFuzzer: [^\n]*", re.S)
_DONE = re.compile(r"#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)")


def run(seconds: int, found: Path, seed: int, only: str) -> int:
    """Try for that long, every target for its share, each in a process of its own; how many of them found something,
    which lies in `found`. What led further is kept beside, and is where the next run begins."""
    every = [target for target in _targets() if only in ("", target.name)]
    shares = sum(target.share for target in every)
    broken = 0
    for number, target in enumerate(every):
        time = max(seconds * target.share // shares, 1)
        command = [sys.executable, "-m", "tests.fuzz", "--atheris", f"--one={target.name}", f"--seconds={time}"]
        with tempfile.TemporaryFile("w+") as told:
            code = subprocess.run([*command, f"--seed={seed + number}"], stderr=told, check=False).returncode
            told.seek(0)
            text = told.read()
        last = _DONE.search(text)
        if code or last is None:
            broken += 1
            wrong = "\n".join(dict.fromkeys(_WRONG.findall(text))) or text[-4000:]
            print(f"{target.name}: found something within {time} s\n{wrong}", flush=True)
        else:
            runs, covered, _, kept = last.groups()
            print(f"{target.name}: {runs} runs in {time} s, {covered} branches, {kept} inputs kept", flush=True)
    print(f"from seed {seed}: {broken} of {len(every)} found something")
    return broken


def one(name: str, seconds: int, found: Path, seed: int) -> None:
    """One target, for that long; atheris ends the process, not well if something is found."""
    sys.path.append(str(packages_apart("fuzz")))
    import atheris

    with atheris.instrument_imports(include=["apps.engine"]):
        from tests.fuzz.readers import Readers, rows_of_sheet

    target = next(target for target in _targets() if target.name == name)
    folder = Path(tempfile.mkdtemp())
    readers, seeds, kept = Readers(folder), folder / "seeds", found / "kept" / name
    seeds.mkdir()
    kept.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(target.seeds(_cases())):
        if len(content) <= _LONGEST:
            (seeds / str(number)).write_bytes(content)

    def put_through(data: bytes) -> None:
        must = rows_of_sheet(data) if name == "sheet" else ()
        readers.one(target.packed(data) if target.packed is not None else data, must)

    limits = [
        f"-max_total_time={seconds}",
        f"-max_len={_LONGEST}",
        "-timeout=20",
        "-rss_limit_mb=3000",
        f"-seed={seed}",
    ]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={found}/{name}-", str(kept), str(seeds)], put_through)
    os.chdir(folder)
    atheris.Fuzz()


def _cases() -> list:
    return [case for case in (*files.cases(), *hostile.cases()) if len(case.content) <= LARGEST]


def _targets() -> tuple[Target, ...]:
    return targets(_cases())

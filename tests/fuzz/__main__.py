"""`python -m tests.fuzz [--seconds=300] [--seed=N] [--atheris [--target=sheet]]`: break the readers.

Every file goes through the child, as an upload does. With `--atheris` (Linux; it is installed into .tools/ on its own)
the readers of bytes run in one process each instead (`targets`), and what is tried next is led by what ran before.
Files that were found stay in `.tools/fuzz`, and what led to them, for the next run to begin from.
"""

import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.paths import ROOT
from tests.corpus import files, hostile
from tests.fuzz.mutated import LARGEST, mutated
from tests.fuzz.tried import tried

FOUND = ROOT / ".tools" / "fuzz"


def main(arguments: list[str]) -> int:
    """0 if nothing was found."""
    given = dict(argument.removeprefix("--").partition("=")[::2] for argument in arguments)
    seconds = int(given.get("seconds") or 300)
    first = int(given.get("seed") or random.SystemRandom().randrange(1 << 30))
    if "atheris" in given:
        from tests.fuzz import guided

        FOUND.mkdir(parents=True, exist_ok=True)
        if "one" in given:
            guided.one(given["one"], seconds, FOUND, first)
        return 1 if guided.run(seconds, FOUND, first, given.get("target", "")) else 0
    cases = [case for case in [*files.cases(), *hostile.cases()] if len(case.content) <= LARGEST]
    print(f"from seed {first}, {len(cases)} files", flush=True)
    found, number, until = 0, first, time.monotonic() + seconds
    with TemporaryDirectory() as folder:
        while time.monotonic() < until:
            name, content = mutated(cases, number)
            if wrong := tried(name, content, Path(folder)):
                found += 1
                print(f"seed {number}, {name}: {wrong}", flush=True)
                FOUND.mkdir(parents=True, exist_ok=True)
                (FOUND / f"{number}-{name}").write_bytes(content)
            number += 1
    print(f"{number - first} files tried, {found} found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

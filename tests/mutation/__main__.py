"""`python -m tests.mutation [module ...]`: change the code of pay, one small thing at a time; does a test notice?

The modules of `apps/incentives/domain` (all, or those named: `pool run`) are copied with their tests into a folder of
their own, without Django; `mutmut` writes the changes (`uv pip install --group mutation` brings it) and `trying` runs
each against the tests that reach it. Laws are tried on 8 examples: a change that only a rare example finds counts as
one that nobody noticed. `signed.toml` says by name which changes cannot be told apart from the code.

A name can be that of a function (`run.calculate_one`). With `LODESTAR_MUTATION_AGAIN=<what an earlier run printed>`
only the changes that stand in it are tried; `LODESTAR_MUTATION_SECONDS=0.5` looks at few tests of other modules.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = Path("apps") / "incentives" / "domain"
WHOLE = ("apps/kernel", "apps/incentives", "apps/metrics/domain", "tests/unit/incentives", "tests/mutation")
SINGLE = ("apps/__init__.py", "apps/metrics/__init__.py", "tests/__init__.py", "tests/architecture/extraction.py")
SETTINGS = """
[tool.pytest.ini_options]
addopts = "--import-mode=importlib -p no:cacheprovider -p no:django --assert=plain --tb=native"
pythonpath = ["."]
[tool.mutmut]
source_paths = ["apps/"]
track_dependencies = false
"""


def main(names: list[str]) -> int:
    """Try every change; print what no test noticed and the share that was."""
    every = sorted(path.stem for path in (ROOT / DOMAIN).glob("*.py") if path.stem != "__init__")
    if unknown := {name.partition(".")[0] for name in names} - set(every):
        print(f"There is no {', '.join(sorted(unknown))}. There are: {', '.join(every)}.")
        return 2
    if find_spec("mutmut") is None:
        print("mutmut is not installed. Install it:  .venv/bin/uv pip install --group mutation")
        return 2
    with TemporaryDirectory(prefix="lodestar-mutation-") as folder:
        place = Path(folder)
        for each in WHOLE:
            shutil.copytree(ROOT / each, place / each, ignore=_with_django)
        for each in SINGLE:
            if (ROOT / each).exists():
                (place / each).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / each, place / each)
        if (fonts := ROOT / "static" / "print").is_dir():
            (place / "static").mkdir()
            (place / "static" / "print").symlink_to(fonts)
        (place / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
        env = {**os.environ, "LODESTAR_EXAMPLES": "8", "PYTHONDONTWRITEBYTECODE": "1"}
        program = [sys.executable, "-m", "tests.mutation.trying", *(names or every)]
        return subprocess.run(program, cwd=place, env=env, check=False).returncode


def _with_django(folder: str, names: list[str]) -> list[str]:
    """The tests of a folder that need more of the product than what is copied."""
    tests = [name for name in names if name.startswith("test_") and name.endswith(".py")]
    return [name for name in tests if "apps.incentives.presentation" in (Path(folder) / name).read_text("utf-8")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

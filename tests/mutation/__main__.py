"""`python -m tests.mutation [module ...]`: change the code of pay, one small thing at a time; does a test notice?

The modules of `apps/incentives/domain` (all, or those named: `pool run`) are copied with their tests into a folder of
their own, without Django, and `mutmut` runs there with one process. `uv pip install --group mutation` brings it. Laws
are tried on 8 examples: a mutant that only a rare example finds counts as a survivor. What survives is printed; the
room's README says by name which of them cannot be told apart from the code.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = Path("apps") / "incentives" / "domain"
WHOLE = ("apps/kernel", "apps/incentives", "tests/unit/incentives")
SINGLE = ("apps/__init__.py", "tests/architecture/extraction.py")
SETTINGS = """
[tool.pytest.ini_options]
addopts = "--import-mode=importlib"
pythonpath = ["."]
[tool.mutmut]
source_paths = ["apps/"]
only_mutate = [{modules}]
pytest_add_cli_args_test_selection = ["tests/unit/incentives"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:django"]
also_copy = ["tests"]
use_git_change_detection = false
track_dependencies = false
"""


def main(names: list[str]) -> int:
    """Run, print the count and the survivors with what was changed."""
    every = sorted(path.stem for path in (ROOT / DOMAIN).glob("*.py") if path.stem != "__init__")
    if unknown := set(names) - set(every):
        print(f"There is no {', '.join(sorted(unknown))}. There are: {', '.join(every)}.")
        return 2
    program = Path(sys.executable).with_name("mutmut")
    if not program.exists():
        print("mutmut is not installed. Install it:  .venv/bin/uv pip install --group mutation")
        return 2
    with TemporaryDirectory(prefix="lodestar-mutation-") as folder:
        place = Path(folder)
        for each in WHOLE:
            shutil.copytree(ROOT / each, place / each, ignore=_with_django)
        for each in SINGLE:
            (place / each).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / each, place / each)
        modules = ", ".join(f'"{DOMAIN.as_posix()}/{name}.py"' for name in names or every)
        (place / "pyproject.toml").write_text(SETTINGS.format(modules=modules), encoding="utf-8")
        env = {**os.environ, "LODESTAR_EXAMPLES": "8"}
        ended = subprocess.run([program, "run", "--max-children", "1"], cwd=place, env=env, check=False)
        listed = subprocess.run([program, "results"], cwd=place, capture_output=True, text=True, check=False).stdout
        for line in listed.splitlines():
            mutant, _, verdict = line.strip().partition(": ")
            if verdict == "survived":
                shown = subprocess.run(
                    [program, "show", mutant], cwd=place, capture_output=True, text=True, check=False
                )
                changed = [each for each in shown.stdout.splitlines() if each[:2] in ("- ", "+ ")]
                print("", mutant, *changed, sep="\n")
    return ended.returncode


def _with_django(folder: str, names: list[str]) -> list[str]:
    """The tests of a folder that need more of the product than what is copied."""
    tests = [name for name in names if name.startswith("test_") and name.endswith(".py")]
    return [name for name in tests if "apps.incentives.presentation" in (Path(folder) / name).read_text("utf-8")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

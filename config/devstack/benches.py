"""What only benches need: nobody else has it installed."""

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

BENCH_LOCK = ROOT / "config" / "locks" / "bench.lock"


def bench_packages(console: Console | None = None, run: Run = plain_run, env: Mapping[str, str] | None = None) -> Path:
    """The folder with what bench.lock names, installed into .tools/ once. Raises DevstackError without a package
    index."""
    console, env = console or Console(), os.environ if env is None else env
    folder = tools_dir() / f"bench-{digest([BENCH_LOCK])[:12]}"
    with alone(console, time.sleep):
        if not (folder / "ready").exists():
            with console.step("Packages of the benches"):
                shutil.rmtree(folder, ignore_errors=True)
                argv = [*package_installer(), "--no-cache-dir", "--no-deps", "--target", str(folder)]
                argv += ["--require-hashes", "-r", str(BENCH_LOCK)]
                command = Command("bench", argv, tools_dir() / "logs" / "bench.log", uv_environment(env), ROOT, grace=5)
                run_or_explain(run, command, "The packages of the benches could not be installed")
                replace_text(folder / "ready", "")
    return folder

"""A real Spark for the tests of clusters: some 450 MB, so only who asks for it gets it. `.ci/run` does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from config.devstack.assets import Run, digest, package_installer, run_or_explain
from config.devstack.bootstrap import uv_environment
from config.devstack.console import Console
from config.devstack.paths import ROOT, replace_text, tools_dir
from config.devstack.problems import DevstackError
from config.devstack.process import Command
from config.devstack.setup import alone, plain_run

OLDEST_JAVA = 17
SPARK_LOCK = ROOT / "config" / "locks" / "spark.lock"


def run_spark(console: Console | None = None, run: Run = plain_run, env: Mapping[str, str] | None = None) -> int:
    """Install what spark.lock names into .tools/, once. Raises DevstackError without Java or a package index."""
    console, env = console or Console(), os.environ if env is None else env
    have = java_version(env)
    if have < OLDEST_JAVA:
        found = f"Java {have} is here" if have else "there is no java on PATH"
        raise DevstackError(
            f"Spark needs Java {OLDEST_JAVA} or newer; {found}.", "Without it Sail stands in for Spark."
        )
    folder = _folder()
    with alone(console, time.sleep):
        if spark_home():
            return 0
        with console.step("Spark (some 450 MB)"):
            shutil.rmtree(folder, ignore_errors=True)
            argv = [*package_installer(), "--no-cache-dir", "--no-deps", "--target", str(folder)]
            argv += ["--require-hashes", "-r", str(SPARK_LOCK)]
            log = tools_dir() / "logs" / "spark.log"
            command = Command("spark", argv, log, uv_environment(env), ROOT, grace=5.0)
            run_or_explain(run, command, "Spark could not be installed")
            replace_text(folder / "ready", "")
    return 0


def spark_home(env: Mapping[str, str] | None = None) -> Path | None:
    """A whole Spark, with its jars: the one that LODESTAR_SPARK_HOME names, else that of `make spark`."""
    named = (os.environ if env is None else env).get("LODESTAR_SPARK_HOME", "").strip()
    if named:
        return Path(named)
    folder = _folder()
    return folder / "pyspark" if (folder / "ready").exists() else None


def java_version(env: Mapping[str, str] | None = None) -> int:
    """The major version of the java on PATH; 0 if there is none that answers."""
    program = shutil.which("java", path=(os.environ if env is None else env).get("PATH"))
    if program is None:
        return 0
    try:
        answer = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    return int(found[1]) if found else 0


def _folder() -> Path:
    return tools_dir() / f"spark-{digest([SPARK_LOCK])[:12]}"

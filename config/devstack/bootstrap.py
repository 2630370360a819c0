"""The virtual environment: made from the lock file, by a bare Python with nothing installed.

Run by the system's Python, so only the standard library may be imported here. Three ways, the first that works:
uv from PATH; uv fetched by the system's pip; the environment's own pip.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as ConfigError
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "config" / "locks" / "development.lock"
UV_LOCK = ROOT / "config" / "locks" / "bootstrap.lock"
STAMP = VENV / "packages.stamp"
OLDEST, NEWEST = (3, 11), (3, 13)
_NETWORK = ("error sending request", "dns error", "connect", "timed out", "NewConnectionError", "Failed to fetch")


class Unable(Exception):
    """Why the environment cannot be made, for the person at the keyboard."""


def main() -> int:
    """Make or renew .venv if it does not match the lock file; returns the exit code."""
    stamp = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    with suppress(OSError):
        if STAMP.read_text(encoding="ascii") == stamp and os.access(PYTHON, os.X_OK):
            return 0
    started = time.monotonic()
    print("Python packages (the first time takes a while) ...", flush=True)
    try:
        _check_python()
        _check_disk()
        _make_environment()
        _install()
    except Unable as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nBroken off; the next start goes on from here.", file=sys.stderr)
        return 130
    STAMP.write_text(stamp, encoding="ascii")
    print(f"  done in {time.monotonic() - started:.1f} s", flush=True)
    return 0


def _check_python() -> None:
    have = sys.version_info[:2]
    if not OLDEST <= have <= NEWEST:
        raise Unable(f"This is Python {have[0]}.{have[1]}; Lodestar needs 3.11, 3.12 or 3.13.")


def _check_disk() -> None:
    free = shutil.disk_usage(ROOT).free
    if free < 1_500_000_000:
        raise Unable(f"The disk of {ROOT} has {free // 1_000_000} MB free; the packages need about 1.5 GB.")


def _make_environment() -> None:
    """An empty environment with this Python; ``venv`` without pip works on every system, Debian's bare one too."""
    if _version_of(PYTHON) == sys.version_info[:2]:
        return
    STAMP.unlink(missing_ok=True)
    result = _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    if result.returncode:
        raise Unable(f"The virtual environment could not be made:\n{_end(result)}")


def _install() -> None:
    uv = shutil.which("uv") or _fetch_uv()
    if uv:
        argv = [uv, "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes", str(LOCK)]
        result = _run(argv, uv_environment(os.environ))
    else:
        result = _run([*_own_pip(), "install", "--quiet", "--require-hashes", "-r", str(LOCK)])
    if result.returncode:
        raise _explain(result)


def _fetch_uv() -> str | None:
    """uv in the environment, put there by the system's pip; None if there is no pip."""
    uv = VENV / "bin" / "uv"
    if uv.exists():
        return str(uv)
    if _run([sys.executable, "-m", "pip", "--version"]).returncode:
        return None
    target = ["--python", str(PYTHON)]
    install = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(UV_LOCK)]
    result = _run([sys.executable, "-m", "pip", *target, *install])
    if result.returncode and "no such option" in result.stderr:
        return None  # a pip older than 22.3
    if result.returncode:
        raise _explain(result)
    return str(uv)


def _own_pip() -> Sequence[str]:
    """The environment's own pip, from the copy that Python carries with it."""
    result = _run([str(PYTHON), "-m", "ensurepip"])
    if result.returncode:
        raise Unable(
            "This Python has neither pip nor venv's copy of it, and there is no uv.\n"
            "One of them is needed: uv, or on Debian and Ubuntu the package python3-pip or python3-venv."
        )
    return [str(PYTHON), "-m", "pip"]


def uv_environment(base: Mapping[str, str]) -> dict[str, str]:
    """The environment `base` for uv, with the package indexes of pip's configuration, which uv does not read."""
    env = dict(base)
    if not {"UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX"} & set(env):
        for key, name in (("index-url", "UV_DEFAULT_INDEX"), ("extra-index-url", "UV_EXTRA_INDEX_URL")):
            value = _pip_setting(key)
            if value:
                env[name] = value
        # pip takes the best version of all its indexes; the lock file's hashes say what may come in.
        env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    env.setdefault("UV_NATIVE_TLS", "1")  # certificates of the system, as pip takes them
    return env


def _pip_setting(key: str) -> str:
    """A value of pip's environment variables or configuration files, the nearest first; empty if there is none."""
    from_variable = os.environ.get("PIP_" + key.upper().replace("-", "_"), "").strip()
    if from_variable:
        return from_variable
    home = Path.home()
    named = os.environ.get("PIP_CONFIG_FILE")
    places = [home / ".config/pip/pip.conf", home / ".pip/pip.conf", Path("/etc/pip.conf")]
    for path in [Path(named)] if named else places:
        parser = ConfigParser(interpolation=None)
        with suppress(OSError, ConfigError, UnicodeDecodeError):
            parser.read(path, encoding="utf-8")
        value = parser.get("install", key, fallback="") or parser.get("global", key, fallback="")
        if value:
            return " ".join(value.split())
    return ""


def _version_of(python: Path) -> tuple[int, ...] | None:
    if not python.exists():
        return None
    result = _run([str(python), "-c", "import sys; print(*sys.version_info[:2])"])
    return tuple(int(part) for part in result.stdout.split()) if result.returncode == 0 else None


def _run(argv: Sequence[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def _explain(result: subprocess.CompletedProcess[str]) -> Unable:
    output = result.stdout + result.stderr
    if "No space left" in output or "os error 28" in output:
        return Unable("The disk is full. Free about 1.5 GB and start again.")
    if any(word in output for word in _NETWORK):
        return Unable(
            "The Python packages could not be fetched: the package index cannot be reached.\n"
            "Check the network; behind a proxy set HTTPS_PROXY, for an index of your own PIP_INDEX_URL.\n"
            f"The end of the output:\n{_end(result)}"
        )
    return Unable(f"The Python packages could not be installed:\n{_end(result)}")


def _end(result: subprocess.CompletedProcess[str]) -> str:
    lines = (result.stdout + result.stderr).strip().splitlines()
    return "\n".join(f"    {line}" for line in lines[-12:])


if __name__ == "__main__":
    sys.exit(main())

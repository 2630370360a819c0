"""The environment that every program of the house is started with."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from config.devstack.paths import ROOT, private_dir, replace_text

HOST = "localhost"


def secret_key(data: Path) -> str:
    """The signing key of this data folder: made once, kept in a file that only its owner reads."""
    path = data / "secret-key"
    try:
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        key = ""
    if not key:
        key = secrets.token_urlsafe(48)
        replace_text(path, key + "\n")
    return key


def house_environment(
    data: Path, base: Mapping[str, str], addresses: Mapping[str, str], web_port: int
) -> dict[str, str]:
    """``base`` plus all that the settings read. What the person at the keyboard has set stays as it is."""
    mail = private_dir(data / "mail")
    defaults = {
        "LODESTAR_SECRET_KEY": base.get("LODESTAR_SECRET_KEY") or secret_key(data),
        "LODESTAR_DEBUG": "0",
        "LODESTAR_BASE_HOST": HOST,
        "LODESTAR_SCHEME": "http",
        "LODESTAR_MAIL_URL": mail.as_uri(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }
    fixed = {**addresses, "LODESTAR_DATA": str(data), "LODESTAR_PORT": str(web_port), "PYTHONPATH": str(ROOT)}
    return {**defaults, **{name: value for name, value in base.items() if value != ""}, **fixed}


def without_servers(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without addresses of servers: tests never touch what DATABASE_URL and its like point to."""
    foreign = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "STORAGE_URL", "ENGINE_URL")
    taken = os.environ if base is None else base
    own = ("LODESTAR_", "DJANGO_SETTINGS_MODULE")
    kept = ("LODESTAR_CHROMIUM", "LODESTAR_SPARK_HOME", "LODESTAR_EXAMPLES")  # they say nothing about servers
    return {
        name: value
        for name, value in taken.items()
        if name in kept or (name not in foreign and not name.startswith(own))
    }

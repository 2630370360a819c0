"""Where things lie: the repository and the data folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def data_dir(env: Mapping[str, str] | None = None) -> Path:
    """The folder for everything that is kept between starts: ``LODESTAR_DATA``, else ``.data`` in the repository."""
    chosen = (os.environ if env is None else env).get("LODESTAR_DATA", "").strip()
    return (Path(chosen).expanduser() if chosen else ROOT / ".data").resolve()


def tools_dir() -> Path:
    """The folder for downloaded tools and the stamps of finished set-up steps."""
    return ROOT / ".tools"


def private_dir(path: Path) -> Path:
    """Make the folder, readable by its owner only, if it is not there yet."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    return path


def replace_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a small file in one piece: readers see the old text or the new one, never half of it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as handle:
        handle.write(text)
    draft.replace(path)

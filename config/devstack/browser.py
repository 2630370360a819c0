"""Finding a Chromium for the browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLAYWRIGHT = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium")


def find_browser(env: Mapping[str, str] | None = None) -> Path | None:
    """``LODESTAR_CHROMIUM``, else the first Chromium or Chrome on PATH, else one that Playwright has downloaded."""
    env = os.environ if env is None else env
    named = env.get("LODESTAR_CHROMIUM", "").strip()
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    for name in _NAMES:
        found = shutil.which(name, path=env.get("PATH"))
        if found:
            return Path(found)
    caches = [Path(env.get("PLAYWRIGHT_BROWSERS_PATH") or "/nonexistent")]
    caches += [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    candidates = (path for cache in caches for pattern in _PLAYWRIGHT for path in cache.glob(pattern))
    return max(candidates, default=None)

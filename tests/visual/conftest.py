"""One Chromium for the browser tests of this folder, and the gallery's server."""

import os
from collections.abc import Iterator

import pytest

from tests.visual.gallery.server import serving

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    from config.devstack.browser import find_browser

    found = find_browser(os.environ)
    if found is None:
        pytest.skip("no Chromium or Chrome here")
    return {**browser_type_launch_args, "executable_path": str(found), "args": FLAGS}


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The address of the gallery."""
    with serving() as address:
        yield address

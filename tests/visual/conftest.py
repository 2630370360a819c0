"""One Chromium for the browser tests of this folder, and the gallery's server."""

from collections.abc import Iterator

import pytest

from tests.chromium import launch_arguments
from tests.visual.gallery.server import serving


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return launch_arguments(browser_type_launch_args)


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The address of the gallery."""
    with serving() as address:
        yield address

"""The Chromium of the browser tests: found on this machine, or the test is skipped with one line."""

import os

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => {
  window.violations.push(`${e.violatedDirective} ${e.blockedURI}`);
});
"""


def launch_arguments(proposed: dict) -> dict:
    """pytest-playwright's launch arguments, with the browser that is here."""
    from config.devstack.browser import find_browser

    found = find_browser(os.environ)
    if found is None:
        pytest.skip("no Chromium or Chrome here")
    return {**proposed, "executable_path": str(found), "args": FLAGS}

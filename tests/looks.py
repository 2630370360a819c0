"""What axe, the accessibility checker, has to say about a page that is open in Chromium."""

from __future__ import annotations

import json

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that look at colours: all that can change with the theme."""


def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """One text for each rule that is broken. axe comes into a page once; only what is wrong is sent back."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if colours_only:
        options["runOnly"] = {"type": "rule", "values": COLOURS}
    found = page.evaluate(f"axe.run({json.dumps(options)}).then((said) => said.violations)")
    return [f"{each['id']} {[node['html'][:200] for node in each['nodes']][:3]}" for each in found]


def change_theme(page: Page, theme: str) -> None:
    """As the button of the menu does: an attribute, and the charts are painted anew."""
    page.evaluate(
        """(theme) => {
            document.documentElement.dataset.bsTheme = theme;
            document.dispatchEvent(new CustomEvent("themechange"));
        }""",
        theme,
    )


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than its window, once charts have followed its size."""
    wider: int = page.evaluate(
        """() => new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(
            () => told(document.documentElement.scrollWidth - document.documentElement.clientWidth))))"""
    )
    return wider

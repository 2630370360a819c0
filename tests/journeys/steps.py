"""What journeys do on every page: find a field, read a number, look whether the page is clean."""

import re
from decimal import Decimal

from playwright.sync_api import Locator, Page, expect

from tests.looks import too_wide, violations


def at(page: Page, path: str) -> str:
    return re.match(r"https?://[^/]+", page.url)[0] + path


def field(scope: Page | Locator, label: str) -> Locator:
    """The field with exactly this label; the star of a required one does not count."""
    return scope.get_by_label(re.compile(rf"^{re.escape(label)}\*?$"))


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.]", "", text))


def clean(page: Page) -> None:
    """Nothing refused by the policy, nothing wider than the window, nothing in the way of a screen reader."""
    assert page.evaluate("window.violations") == [], page.url
    assert too_wide(page) == 0, page.url
    assert not (found := violations(page)), (page.url, found)


def see_the_first_step(page: Page, button: str) -> None:
    page.goto(at(page, "/"))
    steps = page.get_by_role("region", name="First steps")
    expect(steps.locator("[aria-current=step]").get_by_role("link", name=button)).to_be_visible()
    clean(page)

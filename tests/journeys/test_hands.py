"""What a page does under somebody's hands: the keyboard alone, a form sent with a fault, a value typed and slid."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import PATIENCE
from tests.journeys.looking import faults

pytestmark = pytest.mark.browser


def test_the_board_of_actions_works_by_keyboard_alone(demo: str, signed_in: Callable[..., Page]) -> None:
    """From card to card by arrows, a move by Alt and an arrow, taken back by Ctrl and Z; every card is where it was."""
    page = signed_in(1440, "en", "light")
    page.goto(f"{demo}/actions/?as=board")
    name = page.locator(".board-column[data-column=planned] .board-title").first.get_attribute("id")
    here = page.locator(".board-card", has=page.locator(f"#{name}"))
    column = page.locator(".board-column", has=here)
    here.locator(".board-title").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(".board-moved")).to_be_visible()
    expect(column).to_have_attribute("data-column", "running")
    expect(here.locator(".board-title")).to_be_focused()
    assert not faults(page)
    page.keyboard.press("Control+z")
    expect(page.locator(".board-moved")).to_have_count(0)
    expect(column).to_have_attribute("data-column", "planned")
    expect(here.locator(".board-title")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".board-column[data-column=running] .board-title").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    here.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(here.get_by_role("button", name="Running")).to_be_visible()
    page.keyboard.press("Escape")
    expect(here.get_by_role("button", name="Running")).to_be_hidden()


def test_the_way_with_the_keyboard_alone(demo: str, signed_in: Callable[..., Page]) -> None:
    page = signed_in(1440, "en", "light")
    page.goto(f"{demo}/metrics/arpu/")
    page.keyboard.press("Tab")
    assert _focused(page).inner_text() == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

    page.goto(f"{demo}/tree/")
    page.get_by_role("treeitem").first.focus()
    page.keyboard.press("ArrowDown")
    child = page.evaluate("document.activeElement.dataset.key")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("(e) => e.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.key") == child

    page.goto(f"{demo}/metrics/new-metric/manual/")
    page.get_by_label("Name in English").focus()
    page.keyboard.type("Trees planted")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Trees planted")


def _focused(page: Page) -> Locator:
    return page.locator(":focus")


def test_a_form_keeps_what_was_typed_and_leads_to_the_fault(demo: str, signed_in: Callable[..., Page]) -> None:
    page = signed_in(1440, "en", "light")
    page.goto(f"{demo}/targets/new/?metric=arpu&grain=month")
    page.get_by_label("From the value").fill("many")
    page.get_by_label("To the value").fill("5,500")
    page.get_by_label("To the value").press("Enter")
    field = page.get_by_label("From the value")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("many")
    expect(page.get_by_label("To the value")).to_have_value("5,500")
    link = page.locator("main a[href='#id_baseline']")
    link.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_baseline"
    assert not faults(page)


def test_a_what_if_follows_what_is_typed_and_slid(demo: str, signed_in: Callable[..., Page]) -> None:
    page = signed_in(1440, "en", "light")
    page.goto(f"{demo}/scenarios/new/")
    now = page.locator(".what-if-now").inner_text()
    field, then = page.locator("input[name^='move:']").first, page.locator(".what-if-hero .hero-value")
    field.fill("+10%")
    expect(then).not_to_contain_text(now, timeout=PATIENCE)
    moved = then.inner_text()
    slide = page.locator(f"input[data-slides='{field.get_attribute('id')}']")
    assert slide.input_value() == "10"
    slide.fill("-20")
    assert field.input_value() == "-20%"
    expect(then).not_to_contain_text(moved, timeout=PATIENCE)
    assert page.evaluate("window.violations") == []

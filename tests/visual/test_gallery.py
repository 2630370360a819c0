"""Every page piece, in both languages and themes, at phone, desktop and screen width: no policy violation, no
accessibility violation, nothing wider than the window. `tests/visual/gallery/` holds what is shown.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import WATCH
from tests.looks import change_theme, too_wide, violations
from tests.visual.gallery.server import Handler

pytestmark = pytest.mark.browser

PAGES = ["home", "pieces", "setup", "public", "error"]
WIDTHS = [390, 1440, 1920]


@pytest.fixture
def open_page(browser: Browser, gallery: str):
    """`open_page(path, width)`: a page of the gallery in its own browser context, with everything that went wrong."""
    contexts = []

    def make(path: str, width: int = 1440, **options: object) -> Page:
        options = {"viewport": {"width": width, "height": 900}, "reduced_motion": "reduce", **options}
        context = browser.new_context(**options)
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.failures = []
        page.on("pageerror", lambda error: page.failures.append(str(error)))
        page.on("requestfailed", lambda request: page.failures.append(request.url))
        page.on("response", lambda response: response.status >= 400 and page.failures.append(response.url))
        page.goto(f"{gallery}/{path}")
        page.wait_for_function("document.readyState === 'complete'")
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("language", "theme", "other"), [("en", "light", "dark"), ("zh-hans", "dark", "light")])
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_clean(open_page, name: str, language: str, theme: str, other: str) -> None:
    """As the server sends it, and then in the other theme, on which only colours depend."""
    page = open_page(f"{name}/{language}/{theme}")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == theme
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert too_wide(page) == 0, f"{too_wide(page)} px too wide at {width}"
        assert not violations(page), width
        change_theme(page, other)
        assert too_wide(page) == 0, f"{too_wide(page)} px too wide at {width}, {other}"
        assert not violations(page, colours_only=True), (width, other)
        change_theme(page, theme)
    assert page.evaluate("window.violations") == []
    assert page.failures == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_big_screen_fits(open_page, language: str) -> None:
    page = open_page(f"screen/{language}/dark", 1920, viewport={"width": 1920, "height": 1080})
    page.wait_for_timeout(150)
    assert page.evaluate("document.documentElement.scrollWidth") == 1920
    assert page.evaluate("document.documentElement.scrollHeight") == 1080
    figures = page.locator(".screen-value, .screen-tile b, .goal").all()
    assert all(figure.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1") for figure in figures)
    assert not violations(page)
    assert page.evaluate("window.violations") == []


def test_charts_are_painted_and_repainted(open_page) -> None:
    page = open_page("home/en/light")
    page.wait_for_selector("[data-chart] canvas")
    before = page.locator("[data-chart] canvas").first.screenshot()
    page.evaluate("document.querySelector('.menu-user').open = true")
    page.locator(".side button[data-theme-choice=dark]").click()
    page.wait_for_timeout(200)
    assert page.locator("[data-chart] canvas").first.screenshot() != before


def test_the_choice_of_theme_lasts_and_reaches_the_server(open_page) -> None:
    page = open_page("home/en/auto", color_scheme="dark")
    root = page.locator("html")
    assert root.get_attribute("data-bs-theme") == "dark"  # as the system
    page.locator(".menu-user summary").click()
    page.locator(".side button[data-theme-choice=light]").click()
    assert root.get_attribute("data-bs-theme") == "light"
    assert page.locator(".side button[data-theme-choice=light]").get_attribute("aria-pressed") == "true"
    assert {"theme": "light"}.items() <= {each["name"]: each["value"] for each in page.context.cookies()}.items()
    page.reload()
    assert root.get_attribute("data-bs-theme") == "light"
    page.locator(".menu-user summary").click()
    page.locator(".side button[data-theme-choice=auto]").click()
    assert root.get_attribute("data-bs-theme") == "dark"


def test_a_branch_folds_by_keyboard_and_stays_folded(open_page) -> None:
    page = open_page("home/en/light")
    button = page.get_by_role("button", name="Drivers of Visits per year")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "false"
    assert page.get_by_text("12-month retention").is_hidden()
    page.reload()
    assert page.get_by_text("12-month retention").is_hidden()
    page.get_by_role("button", name="Drivers of Visits per year").press("Space")
    assert page.get_by_text("12-month retention").is_visible()


def test_menus_close_by_escape_and_by_a_click_elsewhere(open_page) -> None:
    page = open_page("home/en/light")
    summary = page.locator(".page-head .menu summary")
    summary.click()
    assert page.get_by_role("link", name="May 2026").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("link", name="May 2026").is_hidden()
    assert summary.evaluate("(e) => e === document.activeElement")
    summary.click()
    page.locator("h1").click()
    assert page.get_by_role("link", name="May 2026").is_hidden()


def test_the_phone_has_five_tabs_and_the_rest_under_more(open_page) -> None:
    page = open_page("home/zh-hans/light", 390, has_touch=True)
    tabs = page.locator(".tabbar .tab")
    assert tabs.count() == 5
    assert all(box["height"] >= 44 for box in (tab.bounding_box() for tab in tabs.all()))
    tabs.last.click()
    sheet = page.locator(".sheet")
    for word in ("北极星", "数据", "团队与成员", "设置"):
        assert sheet.get_by_role("link", name=word, exact=True).is_visible()
    assert not violations(page)


def test_a_dialog_asks_first_and_can_be_left(open_page) -> None:
    page = open_page("pieces/en/light")
    page.locator("[data-opens=remove-3]").first.click()
    dialog = page.get_by_role("dialog", name="Remove this target?")
    assert dialog.is_visible()
    assert page.get_by_role("button", name="Cancel").evaluate("(e) => e === document.activeElement")
    assert not violations(page)
    page.get_by_role("button", name="Cancel").click()
    assert dialog.is_hidden()
    page.locator("[data-opens=remove-3]").first.click()
    page.mouse.click(5, 5)
    assert dialog.is_hidden()


def test_a_file_is_shown_before_it_is_sent_and_refused_when_too_large(open_page, tmp_path: Path) -> None:
    small, large = tmp_path / "orders.csv", tmp_path / "large.csv"
    small.write_bytes(b"a" * 2048)
    large.write_bytes(b"a" * 1_100_000)
    page = open_page("setup/en/light")
    field = page.locator("input[type=file]")
    field.set_input_files(small)
    assert page.locator("[data-drop-file]").inner_text().split("\n") == ["orders.csv", "2 KB"]
    assert field.evaluate("(e) => e.checkValidity()")
    field.set_input_files(large)
    assert "larger than 1.0 MB" in field.evaluate("(e) => e.validationMessage")


def test_a_text_is_copied_and_said_to_be(open_page) -> None:
    page = open_page("pieces/en/light", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    page.locator("[data-copy-label]", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("https://hengtong")


def test_progress_is_asked_for_until_it_is_done_and_survives_a_server_that_is_away(open_page) -> None:
    Handler.polls.clear()
    page = open_page("work/en/light")
    work, lost = page.locator("#work-progress"), page.locator("#connection-lost")
    assert lost.is_hidden()
    work.get_by_text("Half of the rows").wait_for()
    lost.wait_for()  # the second answer is a 503
    assert work.get_by_text("Half of the rows").is_visible()
    work.get_by_text("Finished").wait_for()
    assert lost.is_hidden()
    assert Handler.polls == [200, 503, 200, 200]
    page.wait_for_timeout(2500)
    assert len(Handler.polls) == 4
    assert page.locator("main h1").count() == 1
    assert page.evaluate("window.violations") == []


def test_a_session_that_ended_leads_to_the_sign_in_page_and_not_into_the_fragment(open_page, monkeypatch) -> None:
    page = open_page("work/en/light")
    monkeypatch.setattr(Handler, "signed_out", True)
    with page.expect_navigation(timeout=6000):
        pass
    assert page.url.endswith("/work/en/light")  # asked for whole: the server answers with its sign-in page
    assert page.locator("#work-progress").is_visible()


def test_pages_work_without_scripts(open_page) -> None:
    page = open_page("home/en/light", java_script_enabled=False)
    page.locator(".page-head .menu summary").click()
    assert page.get_by_role("link", name="May 2026").is_visible()
    page.locator(".data-table summary").first.click()
    assert page.locator(".data-table td", has_text="¥4,800").first.is_visible()


def test_the_print_has_neither_menu_nor_buttons(open_page) -> None:
    page = open_page("home/en/light")
    page.emulate_media(media="print")
    assert page.locator(".side").is_hidden()
    assert page.locator(".page-head-actions").is_hidden()
    assert page.locator(".node").first.is_visible()

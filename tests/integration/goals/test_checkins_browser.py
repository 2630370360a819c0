"""A check-in in a browser: by keys alone, on a phone, and what was typed survives a session that ended."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from apps.goals import services
from apps.goals.domain.cadence import Rule
from apps.goals.models import CheckIn
from apps.workspaces.scope import inside
from tests.chromium import WATCH, launch_arguments
from tests.integration.goals.conftest import key_result

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return launch_arguments(browser_type_launch_args)


@pytest.fixture
def phone(browser: Browser, live_server, client_of, mia, monkeypatch) -> Iterator[Callable[[str], Page]]:
    """`phone(path)`: Mia's phone, signed in, on a page."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread
    base = live_server.url.replace("localhost", "acme.localhost").replace("127.0.0.1", "acme.localhost")
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    context.add_init_script(WATCH)
    jar = client_of(mia).cookies
    context.add_cookies([{"name": name, "value": morsel.value, "url": base} for name, morsel in jar.items()])
    page = context.new_page()

    def open_at(path: str) -> Page:
        page.goto(base + path)
        return page

    yield open_at
    context.close()


def test_a_check_in_takes_the_keyboard_alone_and_loses_nothing(phone, acme, objective, mia, today, now) -> None:
    services.set_cadence(
        actor=mia.actor, team_id=objective.team_id, rule=Rule(1, today.weekday(), today, 3, 2), today=today, now=now
    )
    page = phone("/check-ins/")
    expect(page.get_by_role("link", name="Begin")).to_be_focused()  # which comes with the first picture, after the load
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Churned customers")
    expect(page.get_by_label("Value now")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("150")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("At risk")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("Two stores have nobody to call.")
    assert page.evaluate("window.violations") == []
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
    cookies = page.context.cookies()
    page.context.clear_cookies(name="lodestar_session")  # the session ends while she types
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_contain_text("Save")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/login/**")
    page.context.add_cookies(cookies)
    row = key_result_of(acme, objective)
    phone(f"/check-ins/{row}/")
    expect(page.get_by_text("What you typed before is back.")).to_be_visible()
    expect(page.get_by_label("Value now")).to_have_value("150")
    expect(page.get_by_label("What is in the way")).to_have_value("Two stores have nobody to call.")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Churned customers")
    phone(f"/check-ins/{row}/")
    expect(page.get_by_text("What you typed before is back.")).to_be_hidden()
    with inside(acme):
        made = CheckIn.objects.get()
    assert (made.value, made.confidence, made.blockers) == (150, "at_risk", "Two stores have nobody to call.")


def key_result_of(acme, objective) -> object:
    with inside(acme):
        return key_result(objective, "Churned customers").pk

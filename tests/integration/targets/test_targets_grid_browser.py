"""The grid of targets in a browser: moved through by keys, pasted into, taken back, and what was typed comes back."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.kernel.period import Grain
from apps.targets import selectors, services
from apps.targets.domain.kinds import Kind
from apps.workspaces.scope import inside
from tests.chromium import WATCH, launch_arguments

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TIME = {"grain": Grain.MONTH, "start": date(2026, 1, 1), "due": date(2026, 12, 31)}
PASTE = """([cell, text]) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return launch_arguments(browser_type_launch_args)


@pytest.fixture
def grid(browser: Browser, live_server, client_of, ada, typed_metric, actor, monkeypatch) -> Iterator[Page]:
    """Ada before the grid: a level of one metric, and a limit of another below it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread
    arpu, cost = typed_metric("arpu", [4200, 4300]), typed_metric("cost", [90, 95], direction="down")
    services.set_target(actor=actor, metric_id=arpu.id, baseline=Decimal(4200), goal=Decimal(5500), **TIME)
    services.set_target(actor=actor, metric_id=cost.id, kind=Kind.BELOW, goal=Decimal(100), **TIME)
    base = live_server.url.replace("localhost", "acme.localhost").replace("127.0.0.1", "acme.localhost")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    context.add_init_script(WATCH)
    jar = client_of(ada).cookies
    context.add_cookies([{"name": name, "value": morsel.value, "url": base} for name, morsel in jar.items()])
    page = context.new_page()
    page.goto(base + "/targets/grid/")
    yield page
    context.close()


def test_the_grid_is_a_spreadsheet_that_loses_nothing(grid: Page, acme) -> None:
    goal, limit = (grid.locator(f'input[name$=":goal"][aria-label$="{name}"]') for name in ("Arpu", "Cost"))
    begin = grid.locator('input[name$=":baseline"][aria-label$="Arpu"]')
    goal.focus()
    goal.select_text()
    grid.keyboard.type("6000")
    grid.keyboard.press("Enter")  # down
    expect(limit).to_be_focused()
    expect(goal).to_have_class("grid-cell is-changed")
    grid.keyboard.press("ArrowUp")
    grid.keyboard.press("ArrowLeft")
    expect(begin).to_be_focused()
    grid.evaluate(PASTE, [begin.element_handle(), "4000\t5800\n\t97"])  # a block of four cells, one of them no field
    expect(begin).to_have_value("4000")
    expect(goal).to_have_value("5800")
    expect(limit).to_have_value("97")
    grid.keyboard.press("Control+z")  # the whole block at once
    expect(begin).to_have_value("4200")
    expect(goal).to_have_value("6000")
    expect(limit).to_have_value("100")
    grid.get_by_role("button", name="Undo").click()
    expect(goal).to_have_value("5500")
    expect(grid.get_by_role("button", name="Undo")).to_be_disabled()
    limit.fill("96")
    limit.press("Tab")
    grid.get_by_label("Why").fill("a better plan")
    grid.reload()  # the tab was closed, or the session had ended
    expect(grid.get_by_text("What you typed before is back")).to_be_visible()
    expect(limit).to_have_value("96")
    expect(limit).to_have_class("grid-cell is-changed")
    grid.get_by_role("button", name="Save the changes").click()
    expect(grid.locator(".flashes .notice-good")).to_be_visible()
    expect(grid.get_by_text("What you typed before is back")).to_be_hidden()
    expect(grid.get_by_label("Why")).to_have_value("")
    with inside(acme):
        assert {row.metric.key: row.goal for row in selectors.in_force().select_related("metric")} == {
            "arpu": 5500, "cost": 96,
        }  # fmt: skip
    assert grid.evaluate("window.violations") == []

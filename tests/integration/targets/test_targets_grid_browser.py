"""Grids in a browser, and pasted rows: moved through by keys, pasted into, taken back; what was typed comes back."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.datasets.models import Upload, path_of
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
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


def test_the_grid_is_a_spreadsheet_that_loses_nothing(grid: Page, acme, settings, tmp_path) -> None:
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

    # the same grid for values, and rows that are pasted instead of a file: the browser is here already
    settings.STORAGE_ROOT = tmp_path / "storage"
    _type_values(grid)
    with inside(acme):
        typed = {key: metrics.typed_values(key, Grain.MONTH) for key in ("arpu", "cost")}
        newest = sorted(typed["cost"])[-2:]
        assert [[row[month].value for month in newest] for row in typed.values()] == [[4400, 4500], [97, 98]]
    _paste_rows(grid)
    with inside(acme):
        upload = Upload.objects.get()
        assert (upload.filename[:11], path_of(upload.storage_key).read_text()) == ("Pasted rows", ROWS)


ROWS = 'order_no\tday\tamount\nA1\t2026-01-02\t"1,234.50"\nA2\t2026-01-03\t7\n'


def _type_values(page: Page) -> None:
    page.goto(page.url.replace("/targets/grid/", "/metrics/type-values/?grain=month"))
    arpu, cost = (page.locator(f'input.grid-cell[aria-label^="{name}"]') for name in ("Arpu", "Cost"))
    before = arpu.nth(-2)
    before.focus()
    page.evaluate(PASTE, [before.element_handle(), "4400\t4500\n97\t98"])
    for cell, text in ((before, "4400"), (arpu.last, "4500"), (cost.nth(-2), "97"), (cost.last, "98")):
        expect(cell).to_have_value(text)
    page.keyboard.press("Control+z")  # the whole block at once
    expect(cost.last).to_have_value("")
    page.evaluate(PASTE, [before.element_handle(), "4400\t4500\t4600\n97\t98"])
    expect(page.get_by_text("Not all of it fits")).to_be_visible()
    page.reload()
    expect(page.get_by_text("What you typed before is back")).to_be_visible()
    page.get_by_role("button", name="Save all").click()
    expect(page.get_by_text("4 values are saved.")).to_be_visible()
    assert page.evaluate("window.violations") == []


def _paste_rows(page: Page) -> None:
    page.goto(page.url.split("/metrics/")[0] + "/data/new/")
    page.evaluate(PASTE, [page.locator("main").element_handle(), ROWS])
    expect(page.get_by_label("Rows out of a spreadsheet")).to_have_value(ROWS)
    expect(page.get_by_text("2 rows and 3 columns under a header")).to_be_visible()
    page.locator("form[data-arrive] .btn-primary").click()
    expect(page.get_by_role("heading", name="Pasted rows")).to_be_visible()
    assert page.evaluate("window.violations") == []

"""A newcomer's data: a first file, a second one, a connection that is lost; and what they had to decide for it."""

import json
from itertools import islice
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import PATIENCE
from tests.journeys.steps import at, clean, field


def upload(page: Page, purchases: Path) -> None:
    page.get_by_role("region", name="First steps").get_by_role("link", name="Upload a file").click()
    page.locator("input[type=file]").set_input_files(purchases)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Name the columns", timeout=PATIENCE)
    expect(page.get_by_text("69,659 rows, 5 columns")).to_be_visible()


def name_the_columns(page: Page) -> None:
    """What the columns are is guessed; the newcomer looks at it, and says only what the data is called."""
    field(page, "Name of the data").fill("Purchases")
    field(page, "Key").fill("purchases")
    roles = {
        "transaction_no": "attribute", "customer_id": "entity", "date": "time",
        "number_of_cds": "measure", "dollar_value": "measure",
    }  # fmt: skip
    for column, role in roles.items():
        expect(field(page, f"What “{column}” is for")).to_have_value(role)
    for column, kind in (("date", "date"), ("dollar_value", "decimal"), ("number_of_cds", "integer")):
        expect(field(page, f"Type of “{column}”")).to_have_value(kind)
    expect(field(page, "Type of “customer_id”")).to_have_value("text")  # or 00001 would become 1
    expect(field(page, "“transaction_no” is part of the row key")).to_be_checked()
    clean(page)
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_text("What this file does to Purchases")).to_be_visible(timeout=PATIENCE)
    clean(page)
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_text("Loaded into Purchases as version 1")).to_be_visible(timeout=PATIENCE)
    counts = page.get_by_role("region", name="Rows", exact=True)
    assert [each.inner_text() for each in counts.locator("dd").all()] == ["69,659", "69,659", "0", "0"]


def send_a_second_file(page: Page, purchases: Path, folder: Path) -> None:
    """Rows that are there already: nothing is asked. Then the load is taken back."""
    second = folder / "second.csv"
    with purchases.open(encoding="utf-8") as file:
        second.write_text("".join(islice(file, 5_001)))
    page.goto(at(page, "/data/new/"))
    page.locator("input[type=file]").set_input_files(second)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("What this file does to Purchases")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("row", name="In the file as they are already 5,000")).to_be_visible()
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_text("Loaded into Purchases as version 2")).to_be_visible(timeout=PATIENCE)


def take_it_back(page: Page) -> None:
    page.get_by_role("button", name="Take this load back").click()
    expect(page.get_by_text("Version 1 is back, as version 3.")).to_be_visible()


def lose_the_connection(page: Page, folder: Path) -> None:
    """In the middle of a file of three pieces. It goes on by itself, and when chosen again; no byte comes twice."""
    large = folder / "large.csv"
    large.write_text("day,note\n" + "".join(f"2026-01-02,{number:0100}\n" for number in range(90_000)))
    pieces: list[int] = []

    def pass_on(route: Route) -> None:
        at = int(route.request.url.partition("offset=")[2] or -1)
        if at > 0 and at not in pieces:
            page.context.set_offline(True)
        if at >= 0:
            pieces.append(at)
        route.continue_()

    page.context.route("**/data/arriving/**", pass_on)
    page.goto(at(page, "/data/new/"))
    page.locator("input[type=file]").set_input_files(large)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("The connection is lost. 41% has arrived and stays")).to_be_visible()
    page.context.set_offline(False)  # it goes on, and is lost again
    expect(page.get_by_text("The connection is lost. 83% has arrived and stays")).to_be_visible()
    clean(page)
    page.get_by_role("button", name="Stop").click()
    page.context.set_offline(False)
    page.reload()
    page.locator("input[type=file]").set_input_files(large)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Name the columns", timeout=PATIENCE)
    expect(page.get_by_text("90,000 rows, 2 columns")).to_be_visible()
    step = 4 * 1024 * 1024
    assert sorted(set(pieces)) == [0, step, 2 * step]
    assert pieces.count(0) == 1, "what had arrived was not sent again"
    page.context.unroute("**/data/arriving/**")
    page.get_by_role("link", name="large.csv").click()
    page.get_by_role("button", name="Remove this file").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("The file was removed.")).to_be_visible()


NOTE = """(() => {
  const said = () => JSON.parse(sessionStorage.getItem("said") || '{"fields": [], "presses": [], "onward": []}');
  const note = (list, what) => {
    const all = said();
    if (list !== "fields" || !all[list].includes(what)) all[list].push(what);
    sessionStorage.setItem("said", JSON.stringify(all));
  };
  for (const kind of ["input", "change"]) addEventListener(kind, (event) => {
    if (event.target.name && event.target.type !== "file") note("fields", event.target.name);
  }, true);
  addEventListener("click", (event) => {
    const pressed = event.target.closest("a, button, summary, input[type=checkbox], input[type=radio]");
    if (pressed) note(pressed.matches("button.btn-primary") ? "onward" : "presses", pressed.innerText.trim());
  }, true);
})()"""


def noted(page: Page) -> dict[str, list[str]]:
    """What was decided since the last time: fields that were set; links, boxes and buttons that were pressed, but for
    the one large button of each screen, by which one only goes on (`onward`). Choosing the file is not in it."""
    said = page.evaluate("sessionStorage.getItem('said')")
    page.evaluate("sessionStorage.removeItem('said')")
    return json.loads(said or '{"fields": [], "presses": [], "onward": []}')

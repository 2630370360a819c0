"""A newcomer, in a browser, from the front door to a live North Star on 69,659 real purchases; only pages are used.

The expected figures are independent of the product: published counts of the CDNOW file, and for revenue per customer
the file itself, added up here in plain Python.
"""

import calendar
import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from config.devstack.stack import Stack
from tests.journeys.conftest import PATIENCE
from tests.looks import too_wide, violations

pytestmark = pytest.mark.browser

EMAIL, PASSWORD, SLUG = "nell@northwind.test", "a-music-shop-of-1997", "northwind-records"
MOST_DECISIONS = 5
"""For a clean file, by somebody who is new here; for the second file none."""
ROWS, ROWS_IN_JANUARY, TOTAL = 69_659, 8_928, "2,500,315.63"
ACTIVE = {
    "Jan 1997": 7846, "Feb 1997": 9633, "Mar 1997": 9524, "Apr 1997": 2822, "May 1997": 2214,
    "Jun 1997": 2339, "Jul 1997": 2180, "Aug 1997": 1772, "Sep 1997": 1739, "Oct 1997": 1839,
    "Nov 1997": 2028, "Dec 1997": 1864, "Jan 1998": 1537, "Feb 1998": 1551, "Mar 1998": 2060,
    "Apr 1998": 1437, "May 1998": 1488, "Jun 1998": 1506,
}  # fmt: skip


def test_a_newcomer_reaches_a_live_north_star(
    house: Stack, person: Callable[..., Page], mail: Callable[..., str], purchases: Path, tmp_path: Path
) -> None:
    page = person()
    _sign_up(page, house, mail)
    _see_the_first_step(page, "Upload a file")
    page.add_init_script(NOTE)
    page.reload()
    _upload(page, purchases)
    _name_the_columns(page)
    first = _noted(page)
    assert (first["fields"], first["presses"]) == (["name", "key"], ["Upload a file"]), first
    assert len(first["fields"] + first["presses"]) <= MOST_DECISIONS
    assert first["onward"] == ["Upload", "See what it does", "Load it"]
    _send_a_second_file(page, purchases, tmp_path)
    assert _noted(page) == {"fields": [], "presses": [], "onward": ["Upload", "Load it"]}
    _take_it_back(page)
    _lose_the_connection(page, tmp_path)
    _define_everything(page, purchases)
    _choose_the_north_star(page)
    _build_the_tree(page)
    _set_a_target(page)
    _look_at_home(page)
    _follow_a_value_to_its_rows(page, purchases)


# --- the door -------------------------------------------------------------------------------------------------------


def _sign_up(page: Page, house: Stack, mail: Callable[..., str]) -> None:
    page.goto(house.web_url)
    page.get_by_role("link", name="Open a workspace").first.click()
    _field(page, "Company").fill("Northwind Records")
    _field(page, "Address of your workspace").fill(SLUG)
    expect(page.locator("output[data-echo]")).to_have_text(SLUG)
    _field(page, "Your name").fill("Nell")
    _field(page, "E-mail").fill(EMAIL)
    _field(page, "Password").fill(PASSWORD)
    _field(page, "Currency").select_option("USD")
    _clean(page)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_text(EMAIL)).to_be_visible()

    page.goto(mail(EMAIL, r"http://\S+/confirm/\S+"))
    expect(page.get_by_text(f"{SLUG}.localhost")).to_be_visible()
    page.get_by_role("button", name="Confirm and open").click()
    page.wait_for_url(re.compile(rf"http://{SLUG}\.localhost:{house.web_port}/$"), timeout=PATIENCE)
    expect(page.get_by_role("heading", level=1)).to_have_text("North Star")


def _see_the_first_step(page: Page, button: str) -> None:
    page.goto(_at(page, "/"))
    steps = page.get_by_role("region", name="First steps")
    expect(steps.locator("[aria-current=step]").get_by_role("link", name=button)).to_be_visible()
    _clean(page)


# --- the data -------------------------------------------------------------------------------------------------------


def _upload(page: Page, purchases: Path) -> None:
    page.get_by_role("region", name="First steps").get_by_role("link", name="Upload a file").click()
    page.locator("input[type=file]").set_input_files(purchases)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Name the columns", timeout=PATIENCE)
    expect(page.get_by_text("69,659 rows, 5 columns")).to_be_visible()


def _name_the_columns(page: Page) -> None:
    """What the columns are is guessed; the newcomer looks at it, and says only what the data is called."""
    _field(page, "Name of the data").fill("Purchases")
    _field(page, "Key").fill("purchases")
    roles = {
        "transaction_no": "attribute", "customer_id": "entity", "date": "time",
        "number_of_cds": "measure", "dollar_value": "measure",
    }  # fmt: skip
    for column, role in roles.items():
        expect(_field(page, f"What “{column}” is for")).to_have_value(role)
    for column, kind in (("date", "date"), ("dollar_value", "decimal"), ("number_of_cds", "integer")):
        expect(_field(page, f"Type of “{column}”")).to_have_value(kind)
    expect(_field(page, "Type of “customer_id”")).to_have_value("text")  # or 00001 would become 1
    expect(_field(page, "“transaction_no” is part of the row key")).to_be_checked()
    _clean(page)
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_text("What this file does to Purchases")).to_be_visible(timeout=PATIENCE)
    _clean(page)
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_text("Loaded into Purchases as version 1")).to_be_visible(timeout=PATIENCE)
    counts = page.get_by_role("region", name="Rows", exact=True)
    assert [each.inner_text() for each in counts.locator("dd").all()] == ["69,659", "69,659", "0", "0"]


def _send_a_second_file(page: Page, purchases: Path, folder: Path) -> None:
    """Rows that are there already: nothing is asked. Then the load is taken back."""
    second = folder / "second.csv"
    with purchases.open(encoding="utf-8") as file:
        second.write_text("".join(islice(file, 5_001)))
    page.goto(_at(page, "/data/new/"))
    page.locator("input[type=file]").set_input_files(second)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("What this file does to Purchases")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("row", name="In the file as they are already 5,000")).to_be_visible()
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_text("Loaded into Purchases as version 2")).to_be_visible(timeout=PATIENCE)


def _take_it_back(page: Page) -> None:
    page.get_by_role("button", name="Take this load back").click()
    expect(page.get_by_text("Version 1 is back, as version 3.")).to_be_visible()


def _lose_the_connection(page: Page, folder: Path) -> None:
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
    page.goto(_at(page, "/data/new/"))
    page.locator("input[type=file]").set_input_files(large)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("The connection is lost. 41% has arrived and stays")).to_be_visible()
    page.context.set_offline(False)  # it goes on, and is lost again
    expect(page.get_by_text("The connection is lost. 83% has arrived and stays")).to_be_visible()
    _clean(page)
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


# --- what was decided -----------------------------------------------------------------------------------------------

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


def _noted(page: Page) -> dict[str, list[str]]:
    """What was decided since the last time: fields that were set; links, boxes and buttons that were pressed, but for
    the one large button of each screen, by which one only goes on (`onward`). Choosing the file is not in it."""
    said = page.evaluate("sessionStorage.getItem('said')")
    page.evaluate("sessionStorage.removeItem('said')")
    return json.loads(said or '{"fields": [], "presses": [], "onward": []}')


# --- the metrics ----------------------------------------------------------------------------------------------------


def _define_everything(page: Page, purchases: Path) -> None:
    _see_the_first_step(page, "Begin")
    page.get_by_role("region", name="First steps").get_by_role("link", name="Begin").click()
    page.get_by_role("link", name="Choose it yourself").click()
    page.get_by_role("link", name="Define it as a metric").click()
    expect(page.get_by_role("link", name="A total or a count")).to_be_visible()
    _define_total(page, "Monthly active customers", "monthly_active_customers", "distinct", "customer_id", "count", 0)
    assert _values(page) == {month: f"{active:,}" for month, active in ACTIVE.items()}
    _clean(page)
    _define_total(page, "Revenue", "revenue", "sum", "dollar_value", "currency", 2)
    revenue = {month: _number(text) for month, text in _values(page).items()}
    assert f"{sum(revenue.values()):,}" == TOTAL
    _define_total(page, "Orders", "orders", "count", "", "count", 0)
    assert sum(_number(text) for text in _values(page).values()) == ROWS
    _define_ratio(page, "Orders per customer", "orders_per_customer", ("count", ""), "number")
    _define_ratio(page, "Revenue per order", "revenue_per_order", ("sum", "dollar_value"), "currency")
    _define_arpu(page)
    assert _values(page) == _revenue_per_customer(purchases)


def _define_total(page: Page, name: str, key: str, how: str, column: str, unit: str, decimals: int) -> None:
    _start_metric(page, "A total or a count")
    _fill_side(page, "What is counted", how, column)
    _finish_metric(page, name, key, unit, decimals)


def _define_ratio(page: Page, name: str, key: str, top: tuple[str, str], unit: str) -> None:
    """Something per order, or per customer when orders are on top."""
    _start_metric(page, "A ratio")
    _fill_side(page, "What is divided", *top)
    bottom = ("distinct", "customer_id") if top[0] == "count" else ("count", "")
    _fill_side(page, "What it is divided by", *bottom)
    _finish_metric(page, name, key, unit, 2)


def _define_arpu(page: Page) -> None:
    """First with a slip of the pen, to see what is said."""
    _start_metric(page, "A formula")
    _field(page, "Formula").fill("orders_per_customer * revenue_per_ordr")
    _fill_name(page, "Revenue per customer", "arpu", "currency", 2)
    page.get_by_role("button", name="Save and compute").click()
    expect(page.locator(".field-errors").first).to_contain_text("revenue_per_ordr")
    _clean(page)
    _field(page, "Formula").fill("orders_per_customer * revenue_per_order")
    page.get_by_role("button", name="Save and compute").click()
    _wait_for_values(page, "Revenue per customer")


def _start_metric(page: Page, kind: str) -> None:
    page.goto(_at(page, "/metrics/"))
    page.get_by_role("link", name=re.compile("New metric|Define the first metric")).first.click()
    page.get_by_role("link", name=kind).click()


def _fill_side(page: Page, title: str, how: str, column: str) -> None:
    """The only data set there is is chosen already."""
    side = page.locator("section.card", has=page.get_by_role("heading", name=title, exact=True))
    expect(_field(side, "Data set").locator("option:checked")).to_have_text("Purchases")
    _field(side, "Computed as").select_option(how)
    if column:
        _field(side, "Column").select_option(column)


def _fill_name(page: Page, name: str, key: str, unit: str, decimals: int) -> None:
    _field(page, "Name in English").fill(name)
    if name.lower().replace(" ", "_") != key:
        _field(page, "Key").fill(key)
    _field(page, "Unit").select_option(unit)
    _field(page, "Digits after the point").fill(str(decimals))


def _finish_metric(page: Page, name: str, key: str, unit: str, decimals: int) -> None:
    _fill_name(page, name, key, unit, decimals)
    page.get_by_role("button", name="Save and compute").click()
    _wait_for_values(page, name)


def _wait_for_values(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("heading", name="Jun 1998")).to_be_visible(timeout=PATIENCE)


def _values(page: Page) -> dict[str, str]:
    """The table of values, by period."""
    rows = page.get_by_role("table", name="Values").locator("tbody tr")
    pairs = rows.evaluate_all(
        "(rows) => rows.map((r) => [r.querySelector('th').innerText.trim(), r.querySelector('td').innerText.trim()])"
    )
    return dict(pairs)


# --- the tree and the target ----------------------------------------------------------------------------------------


def _choose_the_north_star(page: Page) -> None:
    _see_the_first_step(page, "Begin")
    page.get_by_role("region", name="First steps").get_by_role("link", name="Begin").click()
    page.get_by_role("link", name="Choose it yourself").click()
    _field(page, "Metric").select_option(label="Monthly active customers")
    _field(page, "Why this number").fill("A customer who comes back has found music worth paying for.")
    page.get_by_role("button", name="Make it the North Star").click()
    expect(page.locator(".star-name")).to_have_text("Monthly active customers")


def _build_the_tree(page: Page) -> None:
    """Revenue per customer is believed to move with the number of active ones; its own factors are arithmetic."""
    _see_the_first_step(page, "Build the tree")
    page.get_by_role("region", name="First steps").get_by_role("link", name="Build the tree").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit the metric tree")
    page.get_by_role("link", name="Add a driver below", exact=True).click()
    _field(page, "Metric").select_option(label="Revenue per customer")
    _field(page, "Link").select_option("influence")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Orders per customer × Revenue per order")).to_be_visible()
    page.get_by_role("button", name="Add them all").click()
    outline = page.get_by_label("Metric tree").first
    for name in ("Monthly active customers", "Revenue per customer", "Orders per customer", "Revenue per order"):
        expect(outline.get_by_role("link", name=name).first).to_be_visible()
    _clean(page)
    page.get_by_role("link", name="Check and publish").click()
    expect(page.get_by_text("Nothing to mend")).to_be_visible()
    _clean(page)
    _field(page, "What changed and why").fill("What a customer is worth, and how often they come.")
    page.get_by_role("button", name="Publish the tree").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Metric tree")


def _set_a_target(page: Page) -> None:
    """From 1,864 in December 1997 to 2,200 by the end of 1998; first with nothing to reach, to see what is said."""
    _see_the_first_step(page, "Set a target")
    page.get_by_role("region", name="First steps").get_by_role("link", name="Set a target").click()
    _field(page, "From the value").fill("1,864")
    _field(page, "To the value").fill("1864")
    _field(page, "From the day").fill("1998-01-01")
    _field(page, "By when").fill("1998-12-31")
    page.get_by_role("button", name="Set the target").click()
    expect(page.locator(".field-errors").first).to_contain_text("nothing to reach")
    _clean(page)
    _field(page, "To the value").fill("2200")
    page.get_by_role("button", name="Set the target").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Targets")


def _look_at_home(page: Page) -> None:
    page.goto(_at(page, "/"))
    hero = page.locator(".hero")
    expect(hero.locator(".hero-value")).to_have_text("1,506")
    for words in ("Data is old", "−106.5% of the way, 50% of the time", "Start 1,864", "Due now 2,032", "Target 2,200"):
        expect(hero).to_contain_text(words)
    expect(page.get_by_role("region", name="First steps")).to_have_count(0)
    figures = {"Revenue per customer": "$50.54", "Orders per customer": "1.36", "Revenue per order": "$37.25"}
    for name, figure in figures.items():
        expect(page.get_by_role("article").filter(has=page.get_by_role("link", name=name))).to_contain_text(figure)
    expect(page.get_by_role("link", name="Purchases").first).to_be_visible()
    _clean(page)


# --- where it comes from --------------------------------------------------------------------------------------------


def _follow_a_value_to_its_rows(page: Page, purchases: Path) -> None:
    """From 7,846 active customers of the first month to its rows; each of the first page is compared with the file."""
    page.locator(".hero").get_by_role("link", name="Definition").click()
    page.get_by_role("link", name="Source Jan 1997").click()
    page.get_by_role("link", name="Its rows").click()
    rows = page.get_by_role("region", name="The uploaded rows").locator("tbody tr")
    expect(rows.first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text(f"of {ROWS_IN_JANUARY:,}")).to_be_visible()
    head = page.get_by_role("region", name="The uploaded rows").locator("thead th").all_inner_texts()
    shown = [dict(zip(head, row.locator("th, td").all_inner_texts(), strict=True)) for row in rows.all()]
    with purchases.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    for row in shown:
        assert row["File"] == purchases.name
        line = lines[int(row["Row"].replace(",", "")) - 2]  # the header is row 1
        assert line["date"].startswith("1997-01")
        assert all(row[name] == line[name] for name in ("transaction_no", "customer_id", "date", "number_of_cds"))
        assert Decimal(row["dollar_value"]) == Decimal(line["dollar_value"])
    _clean(page)
    page.get_by_role("link", name="Next").click()
    expect(rows.first).to_be_visible(timeout=PATIENCE)
    assert rows.first.locator("th").inner_text() not in {row["Row"] for row in shown}


# --- small things ---------------------------------------------------------------------------------------------------


def _at(page: Page, path: str) -> str:
    return re.match(r"https?://[^/]+", page.url)[0] + path


def _field(scope: Page | Locator, label: str) -> Locator:
    """The field with exactly this label; the star of a required one does not count."""
    return scope.get_by_label(re.compile(rf"^{re.escape(label)}\*?$"))


def _number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.]", "", text))


def _revenue_per_customer(purchases: Path) -> dict[str, str]:
    """Revenue of a month divided by its customers, from the file."""
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    customers: dict[str, set[str]] = defaultdict(set)
    with purchases.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            month = f"{calendar.month_abbr[int(row['date'][5:7])]} {row['date'][:4]}"
            revenue[month] += Decimal(row["dollar_value"])
            customers[month].add(row["customer_id"])
    return {
        month: f"${(total / len(customers[month])).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
        for month, total in revenue.items()
    }


def _clean(page: Page) -> None:
    """Nothing refused by the policy, nothing wider than the window, nothing in the way of a screen reader."""
    assert page.evaluate("window.violations") == [], page.url
    assert too_wide(page) == 0, page.url
    assert not (found := violations(page)), (page.url, found)

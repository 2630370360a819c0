"""A newcomer, in a browser, from the front door to a live North Star on 69,659 real purchases; only pages are used.

The expected figures are independent of the product: published counts of the CDNOW file, and for revenue per customer
the file itself, added up here in plain Python.
"""

import csv
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from config.devstack.stack import Stack
from tests.journeys.conftest import PATIENCE
from tests.journeys.newcomer_data import (
    NOTE,
    lose_the_connection,
    name_the_columns,
    noted,
    send_a_second_file,
    take_it_back,
    upload,
)
from tests.journeys.newcomer_metrics import define_everything
from tests.journeys.steps import at, clean, field, see_the_first_step

pytestmark = pytest.mark.browser

EMAIL, PASSWORD, SLUG = "nell@northwind.test", "a-music-shop-of-1997", "northwind-records"
MOST_DECISIONS = 5
"""For a clean file, by somebody who is new here; for the second file none."""
ROWS_IN_JANUARY = 8_928


def test_a_newcomer_reaches_a_live_north_star(
    house: Stack, person: Callable[..., Page], mail: Callable[..., str], purchases: Path, tmp_path: Path
) -> None:
    page = person()
    _sign_up(page, house, mail)
    see_the_first_step(page, "Upload a file")
    page.add_init_script(NOTE)
    page.reload()
    upload(page, purchases)
    name_the_columns(page)
    first = noted(page)
    assert (first["fields"], first["presses"]) == (["name", "key"], ["Upload a file"]), first
    assert len(first["fields"] + first["presses"]) <= MOST_DECISIONS
    assert first["onward"] == ["Upload", "See what it does", "Load it"]
    send_a_second_file(page, purchases, tmp_path)
    assert noted(page) == {"fields": [], "presses": [], "onward": ["Upload", "Load it"]}
    take_it_back(page)
    lose_the_connection(page, tmp_path)
    define_everything(page, purchases)
    _choose_the_north_star(page)
    _build_the_tree(page)
    _set_a_target(page)
    _look_at_home(page)
    _follow_a_value_to_its_rows(page, purchases)


def _sign_up(page: Page, house: Stack, mail: Callable[..., str]) -> None:
    page.goto(house.web_url)
    page.get_by_role("link", name="Open a workspace").first.click()
    field(page, "Company").fill("Northwind Records")
    field(page, "Address of your workspace").fill(SLUG)
    expect(page.locator("output[data-echo]")).to_have_text(SLUG)
    field(page, "Your name").fill("Nell")
    field(page, "E-mail").fill(EMAIL)
    field(page, "Password").fill(PASSWORD)
    field(page, "Currency").select_option("USD")
    clean(page)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_text(EMAIL)).to_be_visible()

    page.goto(mail(EMAIL, r"http://\S+/confirm/\S+"))
    expect(page.get_by_text(f"{SLUG}.localhost")).to_be_visible()
    page.get_by_role("button", name="Confirm and open").click()
    page.wait_for_url(re.compile(rf"http://{SLUG}\.localhost:{house.web_port}/$"), timeout=PATIENCE)
    expect(page.get_by_role("heading", level=1)).to_have_text("North Star")


def _choose_the_north_star(page: Page) -> None:
    see_the_first_step(page, "Begin")
    page.get_by_role("region", name="First steps").get_by_role("link", name="Begin").click()
    page.get_by_role("link", name="Choose it yourself").click()
    field(page, "Metric").select_option(label="Monthly active customers")
    field(page, "Why this number").fill("A customer who comes back has found music worth paying for.")
    page.get_by_role("button", name="Make it the North Star").click()
    expect(page.locator(".star-name")).to_have_text("Monthly active customers")


def _build_the_tree(page: Page) -> None:
    """Revenue per customer is believed to move with the number of active ones; its own factors are arithmetic."""
    see_the_first_step(page, "Build the tree")
    page.get_by_role("region", name="First steps").get_by_role("link", name="Build the tree").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit the metric tree")
    page.get_by_role("link", name="Add a driver below", exact=True).click()
    field(page, "Metric").select_option(label="Revenue per customer")
    field(page, "Link").select_option("influence")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Orders per customer × Revenue per order")).to_be_visible()
    page.get_by_role("button", name="Add them all").click()
    outline = page.get_by_label("Metric tree").first
    for name in ("Monthly active customers", "Revenue per customer", "Orders per customer", "Revenue per order"):
        expect(outline.get_by_role("link", name=name).first).to_be_visible()
    clean(page)
    page.get_by_role("link", name="Check and publish").click()
    expect(page.get_by_text("Nothing to mend")).to_be_visible()
    clean(page)
    field(page, "What changed and why").fill("What a customer is worth, and how often they come.")
    page.get_by_role("button", name="Publish the tree").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Metric tree")


def _set_a_target(page: Page) -> None:
    """From 1,864 in December 1997 to 2,200 by the end of 1998; first with nothing to reach, to see what is said."""
    see_the_first_step(page, "Set a target")
    page.get_by_role("region", name="First steps").get_by_role("link", name="Set a target").click()
    field(page, "From the value").fill("1,864")
    field(page, "To the value").fill("1864")
    field(page, "From the day").fill("1998-01-01")
    field(page, "By when").fill("1998-12-31")
    page.get_by_role("button", name="Set the target").click()
    expect(page.locator(".field-errors").first).to_contain_text("nothing to reach")
    clean(page)
    field(page, "To the value").fill("2200")
    page.get_by_role("button", name="Set the target").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Targets")


def _look_at_home(page: Page) -> None:
    page.goto(at(page, "/"))
    hero = page.locator(".hero")
    expect(hero.locator(".hero-value")).to_have_text("1,506")
    for words in ("Data is old", "−106.5% of the way, 50% of the time", "Start 1,864", "Due now 2,032", "Target 2,200"):
        expect(hero).to_contain_text(words)
    expect(page.get_by_role("region", name="First steps")).to_have_count(0)
    figures = {"Revenue per customer": "$50.54", "Orders per customer": "1.36", "Revenue per order": "$37.25"}
    for name, figure in figures.items():
        expect(page.get_by_role("article").filter(has=page.get_by_role("link", name=name))).to_contain_text(figure)
    expect(page.get_by_role("link", name="Purchases").first).to_be_visible()
    clean(page)


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
    clean(page)
    page.get_by_role("link", name="Next").click()
    expect(rows.first).to_be_visible(timeout=PATIENCE)
    assert rows.first.locator("th").inner_text() not in {row["Row"] for row in shown}

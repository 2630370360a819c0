"""A newcomer's metrics, whose values are compared with published counts and with the file, added up in plain Python."""

import calendar
import csv
import re
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import PATIENCE
from tests.journeys.steps import at, clean, field, number, see_the_first_step

ROWS, TOTAL = 69_659, "2,500,315.63"
ACTIVE = {
    "Jan 1997": 7846, "Feb 1997": 9633, "Mar 1997": 9524, "Apr 1997": 2822, "May 1997": 2214,
    "Jun 1997": 2339, "Jul 1997": 2180, "Aug 1997": 1772, "Sep 1997": 1739, "Oct 1997": 1839,
    "Nov 1997": 2028, "Dec 1997": 1864, "Jan 1998": 1537, "Feb 1998": 1551, "Mar 1998": 2060,
    "Apr 1998": 1437, "May 1998": 1488, "Jun 1998": 1506,
}  # fmt: skip


def define_everything(page: Page, purchases: Path) -> None:
    see_the_first_step(page, "Begin")
    page.get_by_role("region", name="First steps").get_by_role("link", name="Begin").click()
    page.get_by_role("link", name="Choose it yourself").click()
    page.get_by_role("link", name="Define it as a metric").click()
    expect(page.get_by_role("link", name="A total or a count")).to_be_visible()
    _define_total(page, "Monthly active customers", "monthly_active_customers", "distinct", "customer_id", "count", 0)
    assert _values(page) == {month: f"{active:,}" for month, active in ACTIVE.items()}
    clean(page)
    _define_total(page, "Revenue", "revenue", "sum", "dollar_value", "currency", 2)
    revenue = {month: number(text) for month, text in _values(page).items()}
    assert f"{sum(revenue.values()):,}" == TOTAL
    _define_total(page, "Orders", "orders", "count", "", "count", 0)
    assert sum(number(text) for text in _values(page).values()) == ROWS
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
    field(page, "Formula").fill("orders_per_customer * revenue_per_ordr")
    _fill_name(page, "Revenue per customer", "arpu", "currency", 2)
    page.get_by_role("button", name="Save and compute").click()
    expect(page.locator(".field-errors").first).to_contain_text("revenue_per_ordr")
    clean(page)
    field(page, "Formula").fill("orders_per_customer * revenue_per_order")
    page.get_by_role("button", name="Save and compute").click()
    _wait_for_values(page, "Revenue per customer")


def _start_metric(page: Page, kind: str) -> None:
    page.goto(at(page, "/metrics/"))
    page.get_by_role("link", name=re.compile("New metric|Define the first metric")).first.click()
    page.get_by_role("link", name=kind).click()


def _fill_side(page: Page, title: str, how: str, column: str) -> None:
    """The only data set there is is chosen already."""
    side = page.locator("section.card", has=page.get_by_role("heading", name=title, exact=True))
    expect(field(side, "Data set").locator("option:checked")).to_have_text("Purchases")
    field(side, "Computed as").select_option(how)
    if column:
        field(side, "Column").select_option(column)


def _fill_name(page: Page, name: str, key: str, unit: str, decimals: int) -> None:
    field(page, "Name in English").fill(name)
    if name.lower().replace(" ", "_") != key:
        field(page, "Key").fill(key)
    field(page, "Unit").select_option(unit)
    field(page, "Digits after the point").fill(str(decimals))


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

"""The chain, in a browser: from a statement's cent to the uploaded row, and from a corrected row to the next statement.

Max sells in the first store. What the plan pays him comes from a file of visits; Ben corrects one row of it by another
file, Hana takes the correction that was found, Adi approves, Ada locks, and Max sees it with its cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.accounts.domain.roles import Role
from apps.accounts.models import Team
from apps.datasets import services as data
from apps.incentives.domain.plan import Component
from apps.incentives.models import Assignment, Correction, IncentivePlan, Participant, Statement
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.metrics.domain.definition import parse
from apps.targets import services as target_services
from apps.targets.domain.kinds import Kind
from tests.chromium import WATCH, launch_arguments
from tests.integration.incentives.conftest import CLASSIC, FIRST, LAST, SEED, Company, published

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COLUMNS = [
    {"source": "visit", "name": "visit", "type": "text", "role": "key"},
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "store", "name": "store", "type": "text", "role": "dimension"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
]
ROWS = {"V1": ("2026-07-01", "S01", "5000"), "V2": ("2026-08-03", "S01", "4200"), "V3": ("2026-09-30", "S02", "7000")}


def csv_of(rows: dict[str, tuple[str, str, str]]) -> bytes:
    lines = ["visit,day,store,amount", *(",".join((visit, *row)) for visit, row in rows.items())]
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return launch_arguments(browser_type_launch_args)


@pytest.fixture
def shop(ada, adi, hana, ben, max, run_work) -> Company:
    """A file of visits, a metric that adds them up, a target, a plan that pays by it, and two people."""
    ben.roles, max.roles = [Role.ANALYST], [Role.MANAGER]
    for user in (ben, max):
        user.save()
    sent = data.receive_upload(actor=ben.actor, filename="visits.csv", chunks=[csv_of(ROWS)], dataset_id=None)
    run_work()
    data.name_columns(
        actor=ben.actor, upload_id=sent.pk, columns=COLUMNS, row_key=("visit",), dataset_id=None, name="Visits",
        key="visits",
    )  # fmt: skip
    run_work()
    definition = parse(
        {
            "kind": "aggregate", "key": "revenue", "name": {"en": "Revenue", "zh": "收入"},
            "unit": {"kind": "currency"}, "direction": "up", "grains": ["quarter"], "dimensions": ["store"],
            "measure": {"dataset": "visits", "how": "sum", "column": "amount"},
        }
    )  # fmt: skip
    metric_services.define(actor=ada.actor, definition=definition)
    run_work()
    target_services.set_target(
        actor=ada.actor, metric_id=metrics.metric_for("revenue").id, grain=Grain.QUARTER, goal=Decimal(10_000),
        start=FIRST, due=LAST, kind=Kind.ABOVE, dimension="store", member="S01", on_purpose=True,
    )  # fmt: skip
    run_work()
    plan = IncentivePlan.objects.create(
        key="service", name="After-sales", currency="CNY", created_by=hana.pk, created_by_name="Hana"
    )
    terms = replace(SEED, components=(Component("revenue", "Revenue", "revenue", Fraction(1), curve=CLASSIC),))
    people = {"ada": ada, "adi": adi, "hana": hana, "ben": ben, "max": max}
    team = Team.objects.create(name="First store", dimension="store", member="S01")
    made = Company(people, {"S01": team}, plan, published(plan, terms, hana, ada), run_work)
    for name, person in (("Max", max), ("Ivo", None)):
        row = Participant.objects.create(
            plan=plan, name=name, person_id=person.pk if person else None, added_by_name="Hana"
        )
        Assignment.objects.create(participant=row, team=team, amount=Decimal(10_000), first=FIRST)
    return made


@pytest.fixture
def desk(browser: Browser, live_server, client_of, shop, monkeypatch) -> Iterator[Callable[..., Page]]:
    """`desk("max", path)`: somebody's browser, signed in, on a page."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    base = live_server.url.replace("localhost", "acme.localhost").replace("127.0.0.1", "acme.localhost")
    contexts = {}

    def open_at(who: str, path: str, width: int = 1440) -> Page:
        if who not in contexts:
            context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
            context.set_default_timeout(20_000)
            context.add_init_script(WATCH)
            jar = client_of(shop.people[who]).cookies
            context.add_cookies([{"name": name, "value": each.value, "url": base} for name, each in jar.items()])
            contexts[who] = context
        page = contexts[who].new_page()
        page.goto(base + path)
        return page

    yield open_at
    for context in contexts.values():
        context.close()


def test_from_a_cent_to_the_row_and_from_a_corrected_row_to_the_next_statement(desk, shop, tmp_path) -> None:
    """Clicks alone lead from one to the other; what a worker does between them is done by the real handlers."""
    run = shop.paid()
    shop.work()
    assert Statement.objects.get(participant__name="Max").pay == 800_000  # 92 % pays 80 % of 10,000.00
    mine = desk("max", "/pay/mine/", width=390)
    mine.locator("main a[href*='/pay/statements/']").first.click()
    expect(mine.locator(".pay-amount")).to_have_text("¥8,000.00")
    expect(mine.get_by_text("Revenue: 9,200 ÷ 10,000 = 92 %.")).to_be_visible()
    assert rows_behind(mine, shop) == {"V1": "5000", "V2": "4200"}

    correct(desk("ben", "/data/new/"), shop, tmp_path, {"V2": ("2026-08-03", "S01", "4400")})

    hana = desk("hana", "/notices/")
    hana.get_by_role("link", name="figures were corrected since it was posted").click()
    expect(hana.get_by_role("row").filter(has_text="First store")).to_contain_text("9,400")
    expect(hana.locator("main")).to_contain_text("+¥1,000.00")
    hana.get_by_role("button", name="Begin the correction").click()
    hana.wait_for_url("**/pay/runs/*/")
    shop.work()
    more = Correction.objects.get().adjustment
    for who, act in (("hana", "submit"), ("adi", "approve"), ("ada", "lock")):
        page = desk(who, f"/pay/runs/{more.pk}/")
        if who == "adi":
            assert not desk("hana", f"/pay/runs/{more.pk}/").locator("a[href$='/act/approve/']").count()
        page.locator(f"a[href$='/act/{act}/']").click()
        page.locator("form.form button.btn-primary").click()
        expect(page.get_by_text("Done. It stands in the run's history.")).to_be_visible()
    shop.work()

    mine = desk("max", "/pay/mine/")
    mine.locator("tr", has_text="Correction").get_by_role("link").click()
    expect(mine.locator(".pay-amount")).to_have_text("¥500.00")
    expect(mine.get_by_text("Revenue was corrected from 9,200 to 9,400.")).to_be_visible()
    expect(mine.locator(".pay-totals")).to_contain_text("−¥8,000.00")
    assert rows_behind(mine, shop) == {"V1": "5000", "V2": "4400"}
    assert (run.first, more.kind) == (more.first, "adjustment")


def rows_behind(page: Page, shop: Company) -> dict[str, str]:
    """From a statement through its value to the uploaded rows, by links: what each visit's amount is. Then back."""
    statement = page.url
    page.get_by_role("link", name="Where the value comes from").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How this value came to be")
    expect(page.locator("main")).to_contain_text("The sum of amount in Visits")
    page.get_by_role("link", name="Its rows").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where does this come from?")
    shop.work()
    page.reload()
    rows = page.get_by_role("table").get_by_role("row")
    found = [line.split("\t") for line in rows.all_inner_texts()[1:]]
    assert page.evaluate("window.violations") == []
    page.goto(statement)
    return {cells[2]: cells[-1] for cells in found}


def correct(page: Page, shop: Company, folder: Path, rows: dict[str, tuple[str, str, str]]) -> None:
    """Upload a file with some rows anew, by hand."""
    file = folder / "visits-corrected.csv"
    file.write_bytes(csv_of(rows))
    page.locator("[name=dataset]").select_option(label="Visits")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url("**/data/uploads/**")
    shop.work()
    page.reload()
    page.get_by_role("button", name="Load it").click()
    shop.work()
    page.reload()
    expect(page.get_by_text("Loaded into Visits as version 2.")).to_be_visible()

"""A director of after-sales, in a browser, in either language: from signing up to work orders that are loaded."""

import csv
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from config.devstack.stack import Stack
from tests.journeys.conftest import PATIENCE

pytestmark = pytest.mark.browser

MONTHS, ORDERS = 27, 120
PASSWORD = "thirty-seconds-for-the-ceo"


@dataclass(frozen=True)
class Words:
    """What the director reads and clicks in one language, and how their file is headed."""

    locale: str
    slug: str
    company: str
    headers: tuple[str, ...]
    yes: str
    no: str
    send: str
    confirm: str
    upload: str
    name_columns: str
    load: str
    data: str


COLUMNS = ("opened_on", "customer", "amount", "cost", "parts_cost", "warranty", "hours", "fixed", "repeat")
ROLES = ("time", "entity", "measure", "measure", "measure", "attribute", "measure", "attribute", "attribute")
ENGLISH = Words(
    locale="en-US", slug="westgate-service", company="Westgate Service",
    headers=(
        "Opened on", "Customer id", "Amount", "Cost", "Parts cost", "Warranty", "Hours", "Fixed first time", "Repeat",
    ),
    yes="yes", no="no", send="Send me the link", confirm="Confirm and open", upload="Upload",
    name_columns="Name the columns", load="Load the rows", data="Work orders",
)  # fmt: skip
CHINESE = Words(
    locale="zh-CN", slug="xijiao-fuwu", company="西郊汽车服务",
    headers=("开单日期", "客户编号", "金额", "成本", "配件成本", "保修", "周转小时", "一次修复", "返修"),
    yes="是", no="否", send="发送链接", confirm="确认并开通", upload="上传",
    name_columns="设置各列", load="导入", data="工单",
)  # fmt: skip


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_a_director_answers_the_chief_executive(
    words: Words, house: Stack, person: Callable[..., Page], mail: Callable[..., str], tmp_path: Path
) -> None:
    page = person(locale=words.locale)
    _sign_up(page, words, house, mail)
    _upload(page, words, _work_orders(tmp_path / f"{words.data}.csv", words))


# --- the rows -------------------------------------------------------------------------------------------------------


def _work_orders(path: Path, words: Words) -> Path:
    """Twenty-seven months of a workshop; in the last one orders waited long and fewer repairs held."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(words.headers)
        writer.writerows(_rows(words))
    return path


def _rows(words: Words) -> Iterator[tuple[object, ...]]:
    rng, said = random.Random(4), {True: words.yes, False: words.no}
    for back in range(MONTHS, 0, -1):
        first = _month_before(datetime.now(UTC).date().replace(day=1), back)
        for number in range(ORDERS):
            day = first + timedelta(days=number * 28 // ORDERS if number < ORDERS - 1 else 27)
            amount, bad = rng.randint(300, 2400) + 4 * (MONTHS - back), back == 1
            yield (
                day, f"C{rng.randrange(260):04d}", amount, round(amount * 0.62, 2), round(amount * 0.31, 2),
                said[number % 5 == 0], rng.randint(5, 9) + 6 * bad, said[number % (5 if bad else 10) != 0],
                said[number % 40 == 0],
            )  # fmt: skip


def _month_before(first: date, back: int) -> date:
    months = first.year * 12 + first.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


# --- the way --------------------------------------------------------------------------------------------------------


def _sign_up(page: Page, words: Words, house: Stack, mail: Callable[..., str]) -> None:
    page.goto(f"{house.web_url}/signup/")
    email = f"director@{words.slug}.test"
    for name, value in {
        "company": words.company, "slug": words.slug, "person_name": "Zhang", "email": email, "password": PASSWORD,
    }.items():  # fmt: skip
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=currency]").select_option("CNY")
    page.get_by_role("button", name=words.send).click()
    expect(page.get_by_text(email)).to_be_visible()
    page.goto(mail(email, r"http://\S+/confirm/\S+"))
    page.get_by_role("button", name=words.confirm).click()
    page.wait_for_url(re.compile(rf"http://{words.slug}\.localhost:{house.web_port}/$"), timeout=PATIENCE)


def _upload(page: Page, words: Words, file: Path) -> None:
    page.goto(_at(page, "/data/new/"))
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name=words.upload, exact=True).click()
    page.get_by_role("link", name=words.name_columns).click(timeout=PATIENCE)
    page.locator("[name=name]").fill(words.data)
    page.locator("[name=key]").fill("visits")
    for at, (column, role) in enumerate(zip(COLUMNS, ROLES, strict=True)):
        page.locator(f"[name=columns-{at}-role]").select_option(role)
        page.locator(f"[name=columns-{at}-name]").fill(column)
    page.get_by_role("button", name=words.load).click()
    expect(page.get_by_text(f"{MONTHS * ORDERS:,}").first).to_be_visible(timeout=PATIENCE)


# --- small things ---------------------------------------------------------------------------------------------------


def _at(page: Page, path: str) -> str:
    return re.match(r"https?://[^/]+", page.url)[0] + path

"""A director of after-sales, in a browser, in either language: from signing up to a paragraph for the chief executive.

Three questions lead to the health score; its tree is laid over the director's own work orders; the weights are changed;
and every figure of the paragraph stands on the page beside it.
"""

import csv
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from config.devstack.stack import Stack
from tests.journeys.conftest import PATIENCE
from tests.looks import too_wide, violations

pytestmark = pytest.mark.browser

MONTHS, ORDERS = 27, 120
USE = "/choose/library/after_sales_health_score/use/"
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
    load="See what it does", data="Work orders",
)  # fmt: skip
CHINESE = Words(
    locale="zh-CN", slug="xijiao-fuwu", company="西郊汽车服务",
    headers=("开单日期", "客户编号", "金额", "成本", "配件成本", "保修", "周转小时", "一次修复", "返修"),
    yes="是", no="否", send="发送链接", confirm="确认并开通", upload="上传",
    load="查看结果", data="工单",
)  # fmt: skip


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_a_director_answers_the_chief_executive(
    words: Words, house: Stack, person: Callable[..., Page], mail: Callable[..., str], tmp_path: Path
) -> None:
    page = person(locale=words.locale)
    _sign_up(page, words, house, mail)
    _answer_three_questions(page)
    file = _work_orders(tmp_path / f"{words.data}.csv", words)
    _upload(page, words, file)
    _lay_the_tree_over_the_data(page)
    _change_the_weights(page)
    _read_the_paragraph(page, file)


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
        first = _month_before(_this_month(), back)
        for number in range(ORDERS):
            day = first + timedelta(days=number * 28 // ORDERS if number < ORDERS - 1 else 27)
            amount, bad = rng.randint(300, 2400) + 4 * (MONTHS - back), back == 1
            yield (
                day, f"C{rng.randrange(260):04d}", amount, round(amount * 0.62, 2), round(amount * 0.31, 2),
                said[number % 5 == 0], rng.randint(5, 9) + 6 * bad, said[number % (5 if bad else 10) != 0],
                said[number % 40 == 0],
            )  # fmt: skip


def _this_month() -> date:
    return datetime.now(UTC).date().replace(day=1)


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
    page.wait_for_url("**/columns/", timeout=PATIENCE)
    page.locator("[name=name]").fill(words.data)
    page.locator("[name=key]").fill("visits")
    for at, (column, role) in enumerate(zip(COLUMNS, ROLES, strict=True)):
        page.locator(f"[name=columns-{at}-role]").select_option(role)
        page.locator(f"[name=columns-{at}-name]").fill(column)
    page.get_by_role("button", name=words.load).click()
    page.locator("main form[action$='/apply/'] .btn-primary").click(timeout=PATIENCE)
    expect(page.get_by_text(f"{MONTHS * ORDERS:,}").first).to_be_visible(timeout=PATIENCE)


def _answer_three_questions(page: Page) -> None:
    """A large mixed group, whose chief executive asks how healthy it is, and whose teams can own a score."""
    page.goto(_at(page, "/choose/guide/"))
    for question, answer in (("business", "group"), ("ask", "whole"), ("act", "score")):
        page.locator(f"input[name={question}][value={answer}]").check()
        _clean(page)
        page.locator("form.form button.btn-primary").click()
    page.locator(".recommended").wait_for()
    _clean(page)
    assert page.locator(".recommended a.btn-primary").get_attribute("href") == USE


def _lay_the_tree_over_the_data(page: Page) -> None:
    """Every column is found by its header; what there is no data for is named and left out."""
    _until(page, USE, "[name='column.visits.customer']")
    for column in COLUMNS:
        expect(page.locator(f"[name='column.visits.{column}']")).to_have_value(column)
    expect(page.locator("[name=with_star]")).to_be_checked()
    _clean(page)
    page.locator("button[name=act][value=preview]").click()
    expect(page.locator(".notice-warn li").first).to_be_visible()
    _clean(page)
    page.locator("button[name=act][value=apply]").click()
    page.wait_for_url(re.compile(r"localhost:\d+/$"))


def _change_the_weights(page: Page) -> None:
    """From last month on stickiness weighs more; 110 % is refused with what is too much."""
    _until(page, "/metrics/health_score/", ".score-bars")
    _clean(page)
    page.goto(_at(page, "/metrics/health_score/edit/"))
    weights = [page.locator(f"[name=group{at}_weight]") for at in range(4)]
    assert [_signed(each.input_value()) for each in weights] == [30, 30, 20, 20]
    weights[0].fill("40")
    page.locator("[name=start]").select_option(_month_before(_this_month(), 1).isoformat())
    page.locator("[name=note]").fill("2026: 客户黏性 / stickiness first")
    _save_the_weights(page)
    expect(page.locator("#define")).to_contain_text(re.compile(r"110.*10", re.DOTALL))
    weights[1].fill("20")
    _save_the_weights(page)
    page.wait_for_url(re.compile("/metrics/health_score/draft/$"))
    _clean(page)
    page.locator("form[action$='/draft/publish/'] button.btn-primary").click()
    page.wait_for_url(re.compile("/metrics/health_score/"))


def _save_the_weights(page: Page) -> None:
    page.locator(".form-actions button[name=save]").click()


def _read_the_paragraph(page: Page, file: Path) -> None:
    """What is said is what is shown; what is shown adds up, down to a leaf that the file itself confirms."""
    _until(page, "/drivers/health_score/", ".said p")
    _clean(page)
    said = page.locator(".said p").inner_text()
    shown = _figures(page.locator("main").inner_text().replace(said, "", 1))
    parts = page.locator("section[aria-labelledby=h-parts]")
    *effects, total = [_signed(each) for each in parts.locator("td:nth-of-type(4)").all_inner_texts()]
    top = [
        effect
        for effect, indented in zip(
            effects, parts.locator("tbody tr").evaluate_all("rows => rows.map(r => !!r.querySelector('.indent'))"),
            strict=True,
        )
        if not indented
    ]  # fmt: skip
    assert sum(top) == total
    rest = {abs(sum(some)) for size in range(2, len(top)) for some in combinations(top, size)}  # "the other two"
    assert _figures(said) <= shown | rest, (said, sorted(_figures(said) - shown - rest))
    assert abs(total) in _figures(said)
    hours = _hours_a_visit(file)
    assert {hours[-1], hours[-2]} <= shown


def _hours_a_visit(file: Path) -> list[Decimal]:
    """From the file itself: the hours of an order on average, by month."""
    months: dict[str, list[int]] = {}
    with file.open(encoding="utf-8") as lines:
        for row in list(csv.reader(lines))[1:]:
            months.setdefault(row[0][:7], []).append(int(row[6]))
    tenth = Decimal("0.1")
    return [(Decimal(sum(all_)) / len(all_)).quantize(tenth, ROUND_HALF_UP) for _, all_ in sorted(months.items())]


# --- small things ---------------------------------------------------------------------------------------------------


def _at(page: Page, path: str) -> str:
    return re.match(r"https?://[^/]+", page.url)[0] + path


def _until(page: Page, path: str, selector: str) -> None:
    """Look again until it is there, as somebody does who waits for the workers."""
    for _ in range(PATIENCE // 1000):
        page.goto(_at(page, path))
        if page.locator(selector).count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"{selector} never came to {path}")


def _figures(text: str) -> set[Decimal]:
    """Every figure of a text, without its sign."""
    return {Decimal(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


def _signed(text: str) -> Decimal:
    found = re.search(r"[−-]?\d[\d,]*(?:\.\d+)?", text)
    return Decimal(found[0].replace("−", "-").replace(",", "")) if found else Decimal(0)


def _clean(page: Page) -> None:
    """Nothing refused by the policy, nothing wider than the window, nothing in the way of a screen reader."""
    assert page.evaluate("window.violations") == [], page.url
    assert too_wide(page) == 0, page.url
    assert not (found := violations(page)), (page.url, found)

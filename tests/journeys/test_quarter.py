"""Goals on a phone: a director's targets, and a quarter of a team from planning to close."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from config.devstack.paths import ROOT
from config.devstack.stack import Stack
from tests.cast import PASSWORD
from tests.looks import too_wide, violations

pytestmark = pytest.mark.browser

SLUG = "lighthouse"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SET_UP = """
import django; django.setup()
from decimal import Decimal
from apps.accounts import services as accounts
from apps.accounts.domain.roles import ROBOT, Role
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.targets.services import set_target
from apps.work.services import run_due
from apps.workspaces.scope import inside
from datetime import timedelta
from tests import cast

NAMES = {"arpu": "Annual revenue per customer", "app_mau": "MAU"}
UNITS = {"arpu": "currency", "app_mau": "count"}
VALUES = {"arpu": [4200, 4260, 4350, 4480, 4600, 4700, 4800], "app_mau": [7400, 7500, 7600, 7700, 7800, 7900, 8000]}

workspace = cast.open_workspace(wanted=cast.new_company("lighthouse", "Lighthouse", "Dana"))
with inside(workspace):
    lin, mei, tao = [
        accounts.add_person(
            actor=ROBOT, email=f"{name.lower()}@lighthouse.test", name=name, password=cast.PASSWORD, roles=[Role.MEMBER]
        )
        for name in ("Lin", "Mei", "Tao")
    ]
    team = accounts.add_team(actor=ROBOT, name="Shanghai store", lead_id=lin.pk)
    calendar = workspace.calendar
    from apps.accounts.selectors import today
    for person in (lin, mei, tao):
        accounts.add_membership(actor=ROBOT, team_id=team.pk, user_id=person.pk, start=today() - timedelta(days=100))
    this_month = calendar.period_of(today(), Grain.MONTH)
    for key, values in VALUES.items():
        services.define(actor=ROBOT, definition=parse({
            "kind": "manual", "key": key, "name": {"en": NAMES[key]}, "unit": {"kind": UNITS[key]}, "grains": ["month"],
            "direction": "up",
        }))
        months = [calendar.shift(this_month, n - len(values)) for n in range(len(values))]
        services.type_values(
            actor=ROBOT, metric_id=metrics.metric_for(key).id, grain=Grain.MONTH,
            values=[services.TypedValue(month.start, Decimal(value)) for month, value in zip(months, values)],
        )
    set_target(
        actor=ROBOT, metric_id=metrics.metric_for("arpu").id, grain=Grain.MONTH, baseline=Decimal(4200),
        goal=Decimal(5500), start=calendar.shift(this_month, -6).start,
        due=calendar.shift(this_month, 5).end - timedelta(days=1),
    )
    while run_due():
        pass
"""


@pytest.fixture(scope="module")
def origin(house: Stack) -> str:
    """A director, a team of three, and two metrics with the values of seven months; where their pages are."""
    subprocess.run([sys.executable, "-c", SET_UP], cwd=ROOT, env=house.env, check=True, timeout=300)
    return f"http://{SLUG}.localhost:{house.web_port}"


@pytest.fixture
def come(origin: str, person: Callable[..., Page]) -> Callable[[str], Page]:
    """`come("Lin")`: somebody of the company on their phone, signed in."""

    def sign_in(name: str) -> Page:
        page = person(**PHONE)
        page.goto(f"{origin}/account/login/")
        page.locator("input[name=login]").fill(f"{name.lower()}@{SLUG}.test")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(f"{origin}/")
        return page

    return sign_in


def test_a_director_sets_the_target_of_the_fourth_quarter(origin: str, come: Callable[[str], Page]) -> None:
    """“MAU from 8,000 to 10,000 (+25%)”: the very sentence while it is typed and in the list, and how it stands."""
    page = come("Dana")
    page.goto(f"{origin}/targets/new/?metric=app_mau&grain=month")
    year = page.evaluate("new Date().getFullYear()")
    expect(page.get_by_label("From the value")).to_have_value("8000")
    page.get_by_label("To the value").fill("10,000")
    page.locator("[name=start]").fill(f"{year}-10-01")
    page.locator("[name=due]").fill(f"{year}-12-31")
    expect(page.locator("#sentence")).to_contain_text(f"MAU: from 8,000 to 10,000 (+25%) in Q4 {year}")
    _clean(page)
    page.locator("main form[method=post] button.btn-primary").click()
    page.wait_for_url(f"{origin}/targets/")
    row = page.get_by_role("row").filter(has_text="MAU")
    expect(row).to_contain_text(f"from 8,000 to 10,000 (+25%) in Q4 {year}")
    _clean(page)
    row.locator("summary").click()
    row.get_by_role("link", name="Pace").click()
    expect(page.locator("header").filter(has=page.locator("h1"))).to_contain_text("from 8,000 to 10,000 (+25%)")
    expect(page.get_by_role("heading", name="Where it stands")).to_be_visible()
    _clean(page)


def test_halfway_to_the_target_is_slightly_behind_and_not_failing(origin: str, come: Callable[[str], Page]) -> None:
    """From 4,200 to 5,500 in twelve months, 4,800 after six: 46.15 % of the way at 50 % of the time."""
    page = come("Dana")
    page.goto(f"{origin}/targets/")
    row = page.get_by_role("row").filter(has_text="Annual revenue")
    expect(row).to_contain_text("from ¥4,200 to ¥5,500 (+31%) in 12 months")
    expect(row).to_contain_text("46.2% of the way")
    expect(row).to_contain_text("Slightly behind")
    expect(row).not_to_contain_text("Off track")
    _clean(page)


# --- a quarter ------------------------------------------------------------------------------------------------------

SERVED, WAITED = "Cars served in the evening", "Minutes until a bay is free"
TOLD_BEFORE = """
import django; django.setup()
import sys
from datetime import datetime, time, timedelta, timezone
from decimal import Decimal
from django.contrib.auth import get_user_model
from apps.accounts.selectors import today
from apps.goals import services
from apps.goals.domain.saying import Said
from apps.goals.models import KeyResult
from apps.workspaces.scope import inside
from apps.workspaces.selectors import workspace_at

with inside(workspace_at("lighthouse")):
    for row in KeyResult.objects.filter(title__in=sys.argv[1:]):
        who, seen = get_user_model().objects.get(pk=row.owner_id).actor, None
        values = (40, None, 80, 120) if row.kind == "reach" else (60, 52, 47, 44)
        for weeks, value in zip((4, 3, 2, 1), values):
            day = today() - timedelta(weeks=weeks)
            if value is not None:
                now = datetime.combine(day, time(9), timezone.utc)
                said = Said(Decimal(value), "on_track")
                seen = services.check_in(
                    actor=who, key_result_id=row.pk, said=said, seen=seen, today=day, now=now
                ).pk
"""


def test_a_quarter_from_planning_to_close(origin: str, house: Stack, come: Callable[[str], Page]) -> None:
    """A lead and two members on their phones; what was said in the weeks before is told with its days."""
    dana, lin, mei, tao = come("Dana"), come("Lin"), come("Mei"), come("Tao")
    _make_a_cycle(dana, origin, "Autumn", -35, 30)
    objective = _set_what_the_team_wants(lin, origin)
    own = _align(mei, origin)
    command = [sys.executable, "-c", TOLD_BEFORE, SERVED, WAITED]
    subprocess.run(command, cwd=ROOT, env=house.env, check=True, timeout=120)
    _check_in(mei, origin, "150", "on_track")
    _check_in(tao, origin, "50", "at_risk", "One lift is broken")
    _see_how_the_team_stands(lin, origin, objective)
    _make_a_cycle(dana, origin, "Winter", 0, 90)
    _end_it_yesterday(dana, origin)
    _judge_carry_and_close(dana)
    _see_it_frozen_and_carried(lin, origin, objective)
    mei.goto(own)
    expect(mei.get_by_text("The cycle is closed: these values are frozen")).to_be_visible()


def _day(page: Page, ahead: int) -> str:
    """The day so many days from now in the company's zone."""
    told: str = page.evaluate(
        "(n) => new Date(Date.now() + n * 864e5).toLocaleDateString('sv', {timeZone: 'Asia/Shanghai'})", ahead
    )
    return told


def _make_a_cycle(page: Page, origin: str, name: str, first: int, last: int) -> None:
    page.goto(f"{origin}/goals/cycles/new/")
    page.locator("[name=name]").fill(name)
    page.locator("[name=start]").fill(_day(page, first))
    page.locator("[name=due]").fill(_day(page, last))
    _clean(page)
    page.locator("main form .btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def _set_what_the_team_wants(page: Page, origin: str) -> str:
    """An objective of the team with a figure to reach and one to stay below, each somebody's; where it is."""
    page.goto(f"{origin}/goals/objectives/new/")
    page.locator("[name=title]").fill("Nobody waits for a bay in the evening")
    page.locator("[name=level]").select_option("team")
    page.locator("[name=team]").select_option(label="Shanghai store")
    page.locator("[name=kr-0-title]").fill(SERVED)
    page.locator("[name=kr-0-start]").fill("0")
    page.locator("[name=kr-0-goal]").fill("200")
    page.locator("[name=kr-0-owner]").select_option(label="Mei")
    page.get_by_role("button", name="Add a key result").click()
    page.locator("[name=kr-1-title]").fill(WAITED)
    page.locator("[name=kr-1-kind]").select_option("below")
    page.locator("[name=kr-1-high]").fill("45")
    page.locator("[name=kr-1-owner]").select_option(label="Tao")
    _clean(page)
    page.locator("main form .form-actions .btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody waits for a bay in the evening")
    _clean(page)
    return page.url


def _align(page: Page, origin: str) -> str:
    """A member's own objective, made of steps, which contributes to the team's; where it is."""
    page.goto(f"{origin}/goals/objectives/new/")
    page.locator("[name=title]").fill("Serve hybrid cars by myself")
    page.locator("[name=kr-0-title]").fill("The course")
    page.locator("[name=kr-0-kind]").select_option("milestones")
    page.locator("[name=kr-0-steps]").fill("Batteries\nDrives\nExam")
    page.get_by_text("What it is for, and what its progress comes from").click()
    parent = page.locator("[name=parent]")
    parent.select_option(parent.locator("option", has_text="Nobody waits").get_attribute("value"))
    page.locator("main form .form-actions .btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Serve hybrid cars by myself")
    expect(page.get_by_role("link", name="Nobody waits for a bay in the evening").first).to_be_visible()
    return page.url


def _check_in(page: Page, origin: str, value: str, sure: str, in_the_way: str = "") -> None:
    """The list, one key result, saved: what takes a minute."""
    page.goto(f"{origin}/check-ins/")
    page.locator("main a.row-link", has_text=SERVED if value == "150" else WAITED).click()
    page.locator("[name=value]").fill(value)
    page.locator(f".big-choice-one:has([value={sure}])").click()
    page.locator("[name=blockers]").fill(in_the_way)
    page.locator("[name=next_step]").fill("Open a second bay on Thursdays")
    _clean(page)
    page.locator(".checkin-actions .btn-primary").click()
    expect(page.get_by_text("Saved:").first).to_be_visible()


def _see_how_the_team_stands(page: Page, origin: str, objective: str) -> None:
    """What they said, with progress apart from how sure they are; the meeting goes through it."""
    page.goto(objective)
    main = page.locator("main")
    for text in ("75%", "At risk", "Confident"):
        expect(main).to_contain_text(text)
    page.goto(f"{origin}/check-ins/")
    page.get_by_role("link", name="Shanghai store").click()
    page.get_by_role("button", name="Go through the goals").click()
    page.wait_for_url("**/meetings/**")
    expect(main).to_contain_text("One lift is broken")
    expect(main).to_contain_text("Open a second bay on Thursdays")
    _clean(page)


def _end_it_yesterday(page: Page, origin: str) -> None:
    page.goto(f"{origin}/goals/cycles/")
    page.get_by_role("link", name="Autumn").click()
    page.get_by_role("link", name="Change").click()
    page.locator("[name=due]").fill(_day(page, -1))
    page.locator("main form .btn-primary").click()
    page.get_by_role("link", name="Go through and close").click()


def _judge_carry_and_close(page: Page) -> None:
    card = page.locator("form section.card").filter(has_text="Nobody waits")
    card.get_by_label("Judged").fill("0.7")
    card.locator("[name$=reason]").fill("It rained for two weeks; the lift was not ours to mend.")
    card.locator("[name=carry]").check()
    page.locator("[name=to]").select_option(label="Winter")
    _clean(page)
    page.get_by_role("button", name="Keep what is on this page").click()
    page.get_by_role("button", name="Close the cycle").click()
    page.get_by_role("dialog").get_by_role("button", name="Close the cycle").click()
    expect(page.get_by_text("Closed: its values are frozen").first).to_be_visible()


def _see_it_frozen_and_carried(page: Page, origin: str, objective: str) -> None:
    """Both scores and the reason; the value of the last day; in winter it goes on from that value."""
    page.goto(objective)
    main = page.locator("main")
    for text in ("0.80", "0.70", "It rained for two weeks", "Now 120"):
        expect(main).to_contain_text(text)
    _clean(page)
    page.goto(f"{origin}/goals/cycles/")
    page.get_by_role("link", name="Winter").click()
    page.get_by_role("link", name="Its goals").click()
    expect(main).to_contain_text("Nobody waits for a bay in the evening")
    expect(main).to_contain_text("Start 120")
    _clean(page)


def _clean(page: Page) -> None:
    """Nothing refused by the policy, nothing wider than the phone, nothing in the way of a screen reader."""
    assert page.evaluate("window.violations") == [], page.url
    assert too_wide(page) == 0, page.url
    assert not (found := violations(page)), (page.url, found)

"""Every page of the product, with a company full of things: what a paying customer may meet, in both languages and
themes, on a phone and on a desk. No policy violation, no accessibility violation, nothing wider than the window.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.api.routes import RESOURCES
from config.devstack.stack import Stack
from tests.journeys.conftest import DEMO, DEMO_OWNER, DEMO_PASSWORD, PATIENCE
from tests.journeys.looking import dress, faults, faults_in_other_looks
from tests.journeys.pages import LINK, Found, name_of, names_of, walk
from tests.person import Person

pytestmark = pytest.mark.browser

LOOKS = {
    "phone, Chinese, dark": (390, "zh-hans", "dark"),
    "desk, English, light": (1440, "en", "light"),
}
SECURITY = [
    "/account/2fa/totp/activate/", "/account/2fa/webauthn/", "/account/2fa/webauthn/add/",
    "/account/2fa/recovery-codes/generate/", "/account/reauthenticate/", "/account/logout/",
]  # fmt: skip
STARTS = ["/", "/work/", *SECURITY]
MAIN = [
    "/", "/tree/", "/metrics/", "/metrics/arpu/", "/metrics/arpu/draft/", "/metrics/arpu/versions/",
    "/metrics/new-metric/", "/metrics/new-metric/ratio/", "/metrics/tree-setup/", "/metrics/tree-history/",
    "/api/keys/", "/choose/", "/choose/guide/", "/choose/library/after_sales_mau/use/", "/choose/announcement/",
    "/drivers/", "/forecasts/first_time_fix/", "/actions/",
]  # fmt: skip

A_TEAM = re.compile(r"/teams/([0-9a-f-]{36})/")
A_WHAT_IF = "/scenarios/00000000-0000-0000-0000-000000000000/"

NO_PAGE_OF_AN_OWNER = {
    # for programs: tests/integration/api
    *(f"api:{each.name}" for each in RESOURCES),
    # acts, sent by a form on another page
    "accounts:add_member", "accounts:reactivate", "accounts:reset_second_factor", "accounts:restore_team",
    "accounts:send_invitation_again", "datasets:again", "datasets:discard", "datasets:load", "datasets:rejects_file",
    "datasets:reading", "datasets:rate_days", "datasets:rename", "datasets:apply", "datasets:restore",
    "datasets:returned", "datasets:end_check", "datasets:keep_for", "datasets:rhythm", "datasets:arriving",
    "datasets:delete", "datasets:purge_upload", "datasets:put_back", "datasets:put_back_upload",
    "sources:anew", "sources:delete", "sources:look", "sources:pause", "sources:resume", "sources:run",
    "sources:detail", "sources:setup",  # after a worker has reached the server: tests/integration/sources
    "metrics:compare_data_file",
    "metrics:add_factors", "metrics:archive", "metrics:certify", "metrics:compare_draft", "metrics:delete",
    "metrics:ask_for_approval", "metrics:approve_draft", "metrics:reject_draft",
    "metrics:discard_draft", "metrics:move_node", "metrics:publish_draft", "metrics:rebase_draft",
    "metrics:discard_tree", "metrics:place_node", "metrics:publish_tree", "metrics:restore_tree", "metrics:turn_tree",
    "metrics:remove_node", "metrics:restore_version", "metrics:withdraw_certification", "set_language", "work:again",
    "goals:reopen", "goals:move", "goals:put_back", "goals:take_up_objective", "goals:move_objective", "goals:balance",
    "goals:follow", "goals:delete_cycle_template", "goals:take_up_key_result", "goals:step", "goals:delete_cycle",
    "targets:approve", "targets:reject", "targets:proposal",  # only where a second admin is asked: test_targets_*.py
    "targets:sheet",  # after a file was handed in: test_targets_many.py
    "scenarios:copy", "scenarios:todays_values", "choosing:undo", "choosing:acknowledge",
    # a file of a page that the company may have no rows for: tests/integration/targets
    "targets:league_file",
    # of goals that run or wait for closing, and of what was said: tests/integration/goals
    "goals:score_objective", "checkins:company_cadence", "checkins:cadence", "checkins:team", "checkins:one",
    "checkins:activity", "checkins:correct", "checkins:edit_comment", "checkins:meeting",
    # of pay, as HR sees it: tests/integration/incentives/test_pay_browser.py
    "pay:home", "pay:new_plan", "pay:plan", "pay:edit", "pay:discard_draft", "pay:begin_version", "pay:version",
    "pay:pools", "pay:people", "pay:add_person", "pay:people_workbook", "pay:people_file", "pay:people_sheet",
    "pay:new_rule", "pay:rule", "pay:person", "pay:remove_person", "pay:propose", "pay:send_back", "pay:publish",
    "pay:end_plan", "pay:read", "pay:try_plan",
    "pay:my_file", "pay:statement", "pay:statement_file", "pay:acknowledge", "pay:dispute_statement", "pay:dispute",
    "pay:statements", "pay:statements_zip", "pay:payroll", "pay:payroll_paid", "pay:audit_pack", "pay:disputes",
    "pay:payroll_templates", "pay:remove_payroll_template", "pay:accruals", "pay:erase", "pay:mine", "pay:ask_forecast",
    # runs of pay: tests/integration/incentives/test_run_pages.py
    "pay:new_run", "pay:run", "pay:run_pools", "pay:calculate", "pay:delete_run", "pay:calculation", "pay:act",
    "pay:withdraw_proposal", "pay:adjust", "pay:decide", "pay:rate", "pay:let_check", "pay:approve_adjustment",
    "pay:ask_why", "pay:why_file", "pay:review", "pay:balances", "pay:approve_waiver", "pay:withdraw_waiver",
    "pay:withdraw_adjustment", "pay:approve_decision", "pay:withdraw_decision", "pay:correction", "pay:end_scope",
    "pay:teams",
    # pieces of a page, and addresses that only lead on
    "checkins:begin_meeting", "checkins:comment", "checkins:follow", "checkins:people", "checkins:delete_comment",
    "notifications:bell", "notifications:open", "notifications:all_read", "notifications:mark",
    "dashboards:tree_node", "goals:alignment_branch", "drivers:telling", "metrics:check_tree",
    "scenarios:evaluate", "targets:sentence", "targets:edit", "metrics:preview", "metrics:tree_setup", "enter",
    "mfa_login_webauthn", "account_set_password",
    # for those who are not signed in: `test_doors_are_clean`
    "account_login", "account_signup", "account_inactive", "account_confirm_email", "account_email_verification_sent",
    "account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done",
    "accounts:join", "mfa_authenticate",
    # with a second step of one's own: `test_people.py`
    "mfa_deactivate_totp", "mfa_download_recovery_codes", "mfa_edit_webauthn", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_view_recovery_codes",
}  # fmt: skip


@pytest.fixture(scope="module")
def owner(house: Stack, demo: str) -> Person:
    """Its owner, without a browser; somebody is invited, a key made, the North Star announced, a what-if copied."""
    someone = Person(house.web_port, f"{DEMO}.localhost")
    someone.sign_in(DEMO_OWNER, DEMO_PASSWORD)
    someone.post("/account/reauthenticate/", {"password": DEMO_PASSWORD})
    someone.post("/people/invite/", {"addresses": "newcomer@hengtong.example", "roles": "viewer"})
    someone.post("/api/keys/", {"name": "Tills", "days": "90", "scopes": "metrics:read", "role": ""})
    for after, why in enumerate(("It shows that customers come back.", "It shows that they come back and spend."), 1):
        text = {"why": why, "teams": "", "seen": "0", "after": str(after), "act": "publish"}
        someone.post("/choose/announcement/edit/", text)
    theirs = next(link for link in LINK.findall(someone.get("/scenarios/").text) if len(link) == len(A_WHAT_IF))
    someone.post(f"{theirs}copy/", {}, form_at=theirs)
    judged = {"value": "4", "revenue": "4", "sustainable": "3"}
    someone.post("/choose/tests/arpu/", judged)
    old, over = (_cycle(someone, name, year) for name, year in (("Closed", 2019), ("Over", 2020)))
    _objective(someone, over)
    kept = re.search(r'name="objective" value="([^"]+)"', someone.get(f"{over}template/").text)
    someone.post(f"{over}template/", {"name": "As in 2020", "objective": kept.group(1)})
    shop = {"kind": "postgresql", "name": "Dealers", "host": "nowhere.invalid", "database": "shop", "user": "reader"}
    someone.post("/data/sources/new/", shop | {"secret": "told once", "tls": "verify"})
    someone.post(f"{old}close/", {"act": "close", "revision": "1"})
    return someone


def _cycle(someone: Person, name: str, year: int) -> str:
    """A cycle of a year that is past, by its page."""
    days = {"start": f"{year}-01-01", "due": f"{year}-12-31"}
    told = {"name": name, "kind": "year", "rollup": "clamped", "pace": "days"}
    return someone.post("/goals/cycles/new/", told | days).path


def _objective(someone: Person, cycle: str) -> None:
    """An objective of a team with a key result that is typed."""
    team = next(found for link in LINK.findall(someone.get("/people/teams/").text) if (found := A_TEAM.search(link)))
    owner = re.search(r'<option value="([0-9a-f-]{36})" selected', someone.get("/goals/objectives/new/").text)
    result = {"kr": "0", "kr-0-title": "Signed", "kr-0-kind": "reach", "kr-0-start": "0", "kr-0-goal": "10"}
    fields = {
        "act": "save", "title": "Sign ten", "level": "team", "team": team.group(1), "owner": owner.group(1),
        "kind": "committed", "alignment": "contributes", "counts": "key_results",
    }  # fmt: skip
    at = f"/goals/objectives/new/?cycle={cycle.rstrip('/').split('/')[-1]}"
    assert "/goals/objectives/" in someone.post(at, fields | result).path


@pytest.fixture(scope="module")
def messy(demo: str, owner: Person, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file that waits for its columns, and one that is loaded but for a row with a word in place of a number."""
    folder = tmp_path_factory.mktemp("messy")
    rows = ["day,store,amount", *(f"2026-01-{day:02},North,{day}.50" for day in range(1, 21)), "2026-01-21,North,a few"]
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    for name in ("waiting", "rejected"):
        file = folder / f"{name}.csv"
        file.write_text("\n".join([*rows, f"2026-01-22,{name} {folder},1"]) + "\n", encoding="utf-8")
        at = owner.upload("/data/new/", {}, "file", file).path
    context.add_cookies([{"name": name, "value": value, "url": demo} for name, value in owner.cookies.items()])
    page.goto(f"{demo}{at}?on")  # as whoever sent it: on to the columns, now or once it was looked at
    page.wait_for_url("**/columns/", timeout=PATIENCE)
    page.locator("main form .btn-primary").click()
    page.locator("main form[action$='/apply/'] .btn-primary").click(timeout=PATIENCE)
    expect(page.locator("main a[href$='/rejected/']")).to_be_visible(timeout=PATIENCE)
    context.close()


@pytest.fixture(scope="module")
def drafted(demo: str, owner: Person, browser: Browser) -> None:
    """A draft of a metric beside its current version, with both in figures."""
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": value, "url": demo} for name, value in owner.cookies.items()])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{demo}/metrics/arpu/edit/")
    page.locator("#id_note").fill("The name in full")
    page.locator("#id_name_en").fill("Average revenue of a customer")
    page.locator("button.btn[name=save]").click()
    page.wait_for_url(f"{demo}/metrics/arpu/draft/")
    expect(page.locator("form[action$='/draft/compare/']")).to_be_visible(timeout=PATIENCE)
    context.close()


SCORE = ["/metrics/wellbeing/?grain=month", "/metrics/wellbeing/edit/"]


@pytest.fixture(scope="module")
def weighed(owner: Person) -> None:
    """A score of two metrics, with its bands."""
    line = {"scale": "linear", "floor": "0", "goal": "5000"}
    fields = {
        "key": "wellbeing", "name_en": "Wellbeing", "name_zh": "综合得分", "unit_kind": "score", "unit_decimals": "1",
        "direction": "up", "grains": "month", "mean": "arithmetic", "least_coverage": "70", "save": "1",
        "group0_name_en": "Money", "group0_name_zh": "钱", "group0_weight": "60",
        "group1_name_en": "Visits", "group1_name_zh": "到店", "group1_weight": "40",
        "group0_part0_metric": "arpu", "group0_part0_weight": "100",
        "group1_part0_metric": "visits", "group1_part0_weight": "100",
    }  # fmt: skip
    for at in range(2):
        fields |= {f"group{at}_part0_{name}": value for name, value in line.items()}
    assert owner.post("/metrics/new-metric/score/", fields).path == "/metrics/wellbeing/"


@pytest.fixture(scope="module")
def found(owner: Person, messy: None, drafted: None, weighed: None) -> Found:
    """Every page the owner reaches by links, and the form of each kind of metric, which all have one name."""
    found = walk(owner, "config.urls", STARTS)
    kinds = {link for link in LINK.findall(owner.get("/metrics/new-metric/").text) if "/new-metric/" in link}
    main = {name_of(link.partition("?")[0], "config.urls"): link for link in MAIN}
    links = found.pages | {name: link for name, link in main.items() if name in found.pages}
    links |= {link: link for link in sorted({*kinds, *SCORE, *MAIN} - set(links.values()))}
    return Found(links, found.files, found.broken)


# --- every page -----------------------------------------------------------------------------------------------------


def test_every_page_is_reached_by_links(found: Found) -> None:
    assert not found.broken
    reached = {*found.pages, *found.files}
    assert names_of("config.urls") - reached == NO_PAGE_OF_AN_OWNER - reached


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_clean(look: str, demo: str, found: Found, signed_in: Callable[..., Page]) -> None:
    """The main pages in both themes at both widths: once, as colours and widths are the same in every language."""
    width, language, theme = LOOKS[look]
    page = signed_in(width, language, theme)
    told = []
    for link in found.pages.values():
        page.goto(demo + link)
        root = page.locator("html")
        assert root.get_attribute("data-bs-theme") == theme, link
        assert root.get_attribute("lang").lower() == language, link
        told += faults(page, widths=(1920,) if width > 1000 else ())
        if link in MAIN and language == "en":
            told += faults_in_other_looks(page, width, theme)
    assert not told, "\n".join(told)


# --- doors ----------------------------------------------------------------------------------------------------------

PUBLIC = ["/", "/signup/", "/signup/sent/", "/confirm/never-sent/", "/find/", "/find/sent/", "/nowhere/"]
DOORS = [
    "/account/login/", "/account/signup/", "/account/inactive/", "/account/confirm-email/",
    "/account/confirm-email/never-sent/", "/account/password/reset/", "/account/password/reset/done/",
    "/account/password/reset/key/1-never-sent/", "/account/password/reset/key/done/", "/people/join/never-sent/",
    "/nowhere/",
]  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_doors_are_clean(look: str, demo: str, house: Stack, person: Callable[..., Page]) -> None:
    width, language, theme = LOOKS[look]
    page = person(viewport={"width": width, "height": 900})
    strangers = f"http://nobody-is-here.localhost:{house.web_port}"
    told = []
    for host, links in ((house.web_url, PUBLIC), (demo, DOORS), (strangers, ["/"])):
        cookies = [{"name": "lodestar_language", "value": language, "url": host}]
        page.context.add_cookies(cookies)
        dress(page, host, theme)
        for link in links:
            page.goto(host + link)
            assert page.locator("html").get_attribute("lang").lower() == language, page.url
            told += faults(page, widths=(1920,) if width > 1000 else ())
    assert not told, "\n".join(told)

"""An owner and a newcomer, each in a browser: invited by mail, joined, a passkey, and the day the access ends."""

import re
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

SLUG, EVE = "harbour", "eve@harbour.test"
SET_UP = """
import django; django.setup()
from datetime import date
from apps.accounts import services
from apps.accounts.domain.roles import ROBOT, Role
from apps.workspaces.models import Workspace
from apps.workspaces.scope import inside
from tests import cast

workspace = cast.open_workspace(wanted=cast.new_company("harbour", "Harbour", "Olga"))
with inside(workspace):
    ben = services.add_person(
        actor=ROBOT, email="ben@harbour.test", name="Ben", password=cast.PASSWORD, roles=[Role.ANALYST, Role.MANAGER]
    )
    east = services.add_team(actor=ROBOT, name="East region with a name that is long", lead_id=ben.pk)
    store = services.add_team(actor=ROBOT, name="North store", parent_id=east.pk)
    services.add_membership(actor=ROBOT, team_id=store.pk, user_id=ben.pk, start=date(2026, 1, 1))
    services.invite(actor=ROBOT, addresses="fay.with-a-long-address@subsidiary.harbour.test", roles=[Role.VIEWER])
"""
PAGES = [
    "/people/", "/people/roles/", "/people/teams/", "/people/teams/new/", "/people/invite/", "/people/invitations/",
    "/people/changes/", "/people/me/", "/account/email/", "/account/password/change/", "/account/2fa/",
    "/account/sessions/",
]  # fmt: skip


@pytest.fixture(scope="module")
def origin(house: Stack) -> str:
    """A company with an owner, a colleague and two teams; where its pages are."""
    subprocess.run([sys.executable, "-c", SET_UP], cwd=ROOT, env=house.env, check=True, timeout=120)
    return f"http://{SLUG}.localhost:{house.web_port}"


def test_joining_a_passkey_and_the_day_the_access_ends(
    origin: str, person: Callable[..., Page], mail: Callable[..., str]
) -> None:
    olga, eve = person(), person()
    _sign_in(olga, origin, "olga@harbour.test")
    _invite(olga, origin)
    _join(eve, mail(EVE, r"http://\S+/people/join/\S+"))
    _add_a_passkey(eve, origin)
    _come_back_by_passkey(eve, origin)
    _deactivate(olga, origin)
    eve.goto(f"{origin}/people/")
    expect(eve).to_have_url(re.compile("/account/login/"))


def test_teams_are_built_without_leaving_the_page(origin: str, person: Callable[..., Page]) -> None:
    olga = person()
    _sign_in(olga, origin, "olga@harbour.test")
    olga.goto(f"{origin}/people/teams/")
    olga.evaluate("window.stayed = true")
    olga.get_by_role("link", name="North store", exact=True).click()
    expect(olga.get_by_role("heading", name="North store")).to_be_visible()
    expect(olga.get_by_role("table").get_by_role("link", name="Ben", exact=True)).to_be_visible()
    assert olga.evaluate("window.stayed")
    expect(olga).to_have_url(re.compile(r"/people/teams/[0-9a-f-]{36}/$"))
    olga.get_by_label("Person").select_option("Ben")
    olga.get_by_role("button", name="Add", exact=True).click()
    expect(olga.get_by_text("already belongs to this team since 2026-01-01")).to_be_visible()


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh-hans", "dark")])
def test_pages_about_people_are_in_order(origin: str, person: Callable[..., Page], language: str, theme: str) -> None:
    page = person(color_scheme=theme)
    _sign_in(page, origin, "olga@harbour.test")
    page.context.add_cookies(
        [
            {"name": "lodestar_language", "value": language, "url": origin},
            {"name": "theme", "value": theme, "url": origin},
        ]
    )
    page.goto(f"{origin}/people/teams/")
    team = page.locator("a.outline-name").last.get_attribute("href")
    page.goto(f"{origin}/people/")
    ben = page.locator("a.row-link", has_text="Ben").get_attribute("href")
    wrong = []
    for path in [*PAGES, team, f"{team}archive/", ben]:
        page.goto(f"{origin}{path}")
        for width in (1440, 390, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            wrong += [f"{path} at {width}: {what}" for what in _faults(page, axe=width != 1920)]
    assert not wrong, "\n".join(wrong)


def _faults(page: Page, *, axe: bool) -> list[str]:
    """What breaks the rules of every page: sideways scrolling, the content policy, and what axe finds."""
    sideways = too_wide(page)
    found = [f"{sideways} px too wide"] if sideways > 0 else []
    found += page.evaluate("window.violations")
    if axe:
        found += violations(page)
    return found


# --- steps ----------------------------------------------------------------------------------------------------------


def _sign_in(page: Page, origin: str, email: str) -> None:
    page.goto(f"{origin}/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("navigation").first).to_be_visible()
    expect(page).not_to_have_url(re.compile("/account/login/"))


def _invite(page: Page, origin: str) -> None:
    page.goto(f"{origin}/people/invite/")
    page.get_by_label("E-mail addresses").fill(f"{EVE}, nonsense")
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_text("“nonsense” is not an e-mail address.")).to_be_visible()
    page.get_by_label("E-mail addresses").fill(EVE)
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_text("1 invitation is on its way.")).to_be_visible()
    expect(page.get_by_role("rowheader", name=EVE)).to_be_visible()


def _join(page: Page, link: str) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Join Harbour")
    assert not _faults(page, axe=True)
    page.get_by_label("Your name").fill("Eve")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_text("This password is too short.")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This invitation has been used")


def _add_a_passkey(page: Page, origin: str) -> None:
    _plug_in_a_key(page)
    page.goto(f"{origin}/account/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.get_by_label("Passwordless").check()
    page.locator("#mfa_webauthn_add").click()
    expect(page).to_have_url(re.compile("/account/2fa/recovery-codes/"))
    page.goto(f"{origin}/account/2fa/webauthn/")
    expect(page.get_by_text("Master key")).to_be_visible()
    assert not _faults(page, axe=True)


def _plug_in_a_key(page: Page) -> None:
    """An authenticator of the browser's own making, whose owner always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": key | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )


def _come_back_by_passkey(page: Page, origin: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{origin}/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))
    page.goto(f"{origin}/people/me/")
    expect(page.get_by_label("Name")).to_have_value("Eve")


def _deactivate(page: Page, origin: str) -> None:
    page.goto(f"{origin}/people/?q=eve")
    page.get_by_role("link", name="Eve").click()
    page.get_by_role("link", name="Deactivate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deactivate Eve?")
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("Eve can no longer sign in.")).to_be_visible()

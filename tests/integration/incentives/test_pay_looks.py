"""Pages of statements as people meet them: on a phone in Chinese and the dark, at a desk in English and the light."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from apps.incentives import services
from apps.incentives.models import Statement
from tests.chromium import WATCH, launch_arguments

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, DESK = (390, "zh-hans", "dark"), (1440, "en", "light")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return launch_arguments(browser_type_launch_args)


@pytest.fixture
def window(browser: Browser, live_server, client_of, company, monkeypatch) -> Iterator[Callable[..., Page]]:
    """`window("max", PHONE)`: somebody's browser, signed in."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    base = live_server.url.replace("localhost", "acme.localhost").replace("127.0.0.1", "acme.localhost")
    contexts = []

    def open_one(who: str, look: tuple[int, str, str]) -> Page:
        width, language, theme = look
        context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", base_url=base, color_scheme=theme
        )
        context.set_default_timeout(90_000)
        context.add_init_script(WATCH)
        user = company.people[who]
        user.language = language
        user.save()
        jar = {name: each.value for name, each in client_of(user).cookies.items()} | {
            "theme": theme,
            "lodestar_language": language,
        }
        context.add_cookies([{"name": name, "value": value, "url": base} for name, value in jar.items()])
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


def test_every_page_is_clean(window, company) -> None:
    run = company.locked()
    company.work()
    row = Statement.objects.get(participant__name="Max")
    made = services.raise_dispute(
        actor=company.people["max"].actor, statement_id=row.pk, component="mau", text="Please look again.",
        today=row.dispute_until, now=company.now(),
    )  # fmt: skip
    at = f"/pay/runs/{run.pk}"
    own = [
        "/pay/mine/",
        f"/pay/statements/{row.pk}/",
        f"/pay/statements/{row.pk}/dispute/",
        f"/pay/disputes/{made.pk}/",
    ]
    pay = [
        f"{at}/statements/", f"{at}/payroll/", "/pay/payroll-templates/", "/pay/accruals/", "/pay/disputes/",
        f"/pay/statements/{row.pk}/", f"/pay/participants/{row.participant_id}/erase/", f"/pay/disputes/{made.pk}/",
    ]  # fmt: skip
    told = []
    for who, pages in (("max", own), ("hana", pay)):
        for look in (PHONE, DESK):
            page = window(who, look)
            for number, path in enumerate(pages):
                page.goto(path)
                if os.environ.get("SHOTS"):
                    page.screenshot(path=f"{os.environ['SHOTS']}/{who}-{look[0]}-{number}.png", full_page=True)
                told += [f"{path} {each}" for each in page.evaluate("window.violations")]
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                told += [f"{path} is {wide} wider than {look[0]}"] if wide > 0 else []
                found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
                told += [f"{path} {each['id']} {each['nodes'][0]['html'][:200]}" for each in found]
    assert not told, "\n".join(told)

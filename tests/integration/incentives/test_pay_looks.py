"""Pages of statements as people meet them: on a phone in Chinese and the dark, at a desk in English and the light."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction as F

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from apps.incentives import services
from apps.incentives.domain.attainment import Attaining, Basis
from apps.incentives.domain.curve import Curve, Point
from apps.incentives.domain.deltas import Negative, NegativeRule
from apps.incentives.domain.plan import Component
from apps.incentives.domain.states import Act
from apps.incentives.models import Assignment, Correction, Statement
from tests.chromium import WATCH, launch_arguments
from tests.integration.incentives.conftest import SEED

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


def on_values(component: Component, *points: tuple[object, object]) -> Component:
    """The same, paid by the value itself: it needs no target."""
    curve = Curve(tuple(Point(F(str(x)), F(str(y))) for x, y in points))
    return replace(component, attaining=Attaining(Basis.ACTUAL), curve=curve)


MAU, CSAT, COST = SEED.components
BY_VALUE = replace(
    SEED,
    components=(
        on_values(MAU, (8_000, "0.5"), (10_000, 1), (12_000, 2)),
        on_values(CSAT, (4, "0.5"), ("4.5", 1), (5, 2)),
        on_values(COST, (700, 2), (800, 1), (900, "0.5")),
    ),
    negative=Negative(NegativeRule.WAIVE),
)


@pytest.mark.parametrize("company", [{"terms": BY_VALUE, "lead_sees_team": True}], indirect=True)
def test_every_page_is_clean(window, company) -> None:
    company.people["mia"].roles = ["manager"]
    company.people["mia"].save()
    spring = date(2026, 4, 1)
    for each in Assignment.objects.all():
        Assignment.objects.filter(pk=each.pk).update(first=spring)
    for key, told in {"mau": (8_500, 9_000), "csat": ("4.4", "4.7"), "cost": (850, 820)}.items():
        company.type(key, on=spring, S01=told[0], S02=told[1])
    former = company.calculate(company.begin(day=spring))
    for who, act in (("hana", Act.SUBMIT), ("adi", Act.APPROVE), ("ada", Act.LOCK)):
        company.act(who, former, act)
    company.type("mau", on=spring, S01=8_200)
    less = services.take_correction(
        actor=company.people["hana"].actor, correction_id=Correction.objects.get(state="open").pk
    )
    company.calculate(less)
    for who, act in (("hana", Act.SUBMIT), ("adi", Act.APPROVE), ("ada", Act.LOCK)):
        company.act(who, less, act)
    run = company.calculate(company.begin())
    company.act("hana", run, Act.SUBMIT)
    company.act("mia", run, Act.COMMENT, "Cleo was away in July.")
    company.act("adi", run, Act.APPROVE)
    services.propose_waiver(
        actor=company.people["hana"].actor, participant_id=company.participants["max"].pk, currency="CNY",
        reason="Our mistake.",
    )  # fmt: skip
    waiting = [f"/pay/runs/{run.pk}/", "/pay/balances/", "/pay/runs/"]
    told = looked_at(window, (("hana", waiting), ("mia", [f"/pay/runs/{run.pk}/team/"])))
    company.act("ada", run, Act.LOCK)
    company.work()
    row = Statement.objects.get(run=run, participant__name="Max")
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
        f"{at}/statements/", f"{at}/payroll/", "/pay/payroll-templates/", "/pay/accruals/", "/pay/forecast/",
        "/pay/disputes/", f"/pay/participants/{row.participant_id}/erase/",
    ]  # fmt: skip
    ada, cleo = company.people["ada"], company.people["cleo"]
    services.give_scope(actor=ada.actor, person_id=cleo.pk, team_id=company.teams["S01"].pk, below=True)
    some = (("ada", ["/pay/scopes/"]), ("cleo", ["/pay/teams/"]))
    told += looked_at(window, (("max", own), ("hana", pay), *some))
    assert not told, "\n".join(told)


def looked_at(window: Callable[..., Page], visits: Iterable[tuple[str, list[str]]]) -> list[str]:
    """Everything wrong with these pages, on a phone and at a desk."""
    told: list[str] = []
    for who, pages in visits:
        for look in (PHONE, DESK):
            page = window(who, look)
            for path in pages:
                page.goto(path)
                if os.environ.get("SHOTS"):
                    page.screenshot(
                        path=f"{os.environ['SHOTS']}/{who}-{look[0]}-{path.strip('/').replace('/', '-')[-40:]}.png",
                        full_page=True,
                    )
                told += [f"{path} {each}" for each in page.evaluate("window.violations")]
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                told += [f"{path} is {wide} wider than {look[0]}"] if wide > 0 else []
                found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
                told += [f"{path} {each['id']} {each['nodes'][0]['html'][:200]}" for each in found]
    return told

"""Addresses, calendars and life cycle: rules without Django or a database."""

import re
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.issue import Refusal
from apps.workspaces.domain import choices
from apps.workspaces.domain.company import (
    LANGUAGES,
    Calendar,
    NewCompany,
    calendar_issues,
    company_issues,
    defaults_for,
    name_issues,
)
from apps.workspaces.domain.lifecycle import MAY_FOLLOW, State, check_step
from apps.workspaces.domain.slugs import RESERVED, normal_slug, slug_issues


@pytest.mark.parametrize("slug", ["abc", "a1b", "hengtong-auto", "4s-shop", "a" * 40, "123"])
def test_good_addresses(slug):
    assert not list(slug_issues(slug))


@pytest.mark.parametrize(
    "slug", ["", "ab", "a" * 41, "-ab", "ab-", "a--b", "a_b", "a.b", "A-b", "北辰", "ab\n", "a b", "é" * 5]
)
def test_bad_addresses(slug):
    assert list(slug_issues(slug))


@given(st.text(max_size=60))
def test_what_passes_is_always_a_host_label(text):
    slug = normal_slug(text)
    if not list(slug_issues(slug)):
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", slug)
        assert not slug.startswith("xn--")
        assert slug not in RESERVED


def test_reserved_names_would_pass_otherwise():
    for slug in RESERVED:
        assert len(list(slug_issues(slug))) >= 1
    assert {"www", "api", "admin", "operators", "mail", "static", "app", "status", "help", "docs"} <= RESERVED


def test_both_problems_of_an_address_are_told():
    assert len(list(slug_issues("A" * 50))) == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "Acme\x00", "Acme\u202eevil", "a\nb"])
def test_bad_names(name):
    assert list(name_issues(name))


@pytest.mark.parametrize("name", ["恒通汽车·售后", "Müller & Söhne", "A"])
def test_good_names(name):
    assert not list(name_issues(name))


def test_all_issues_of_a_company_at_once():
    calendar = Calendar("Mars/Base", "yuan", 13, 0)
    bad = NewCompany("", "admin", "a@b.test", "x" * 200, "pw", "klingon", calendar)
    assert {issue.where for issue in company_issues(bad)} == {
        "company", "slug", "person_name", "language", "time_zone", "currency", "fiscal_year_start", "week_start",
    }  # fmt: skip


def test_tidied():
    told = NewCompany(
        "  Acme   Inc ", " ACME ", " Ada@Acme.Test ", " Ada  L ", " pass ", "en", defaults_for("en")
    ).tidied()
    assert (told.company, told.slug, told.email, told.person_name) == ("Acme Inc", "acme", "ada@acme.test", "Ada L")
    assert told.password == " pass ", "a password is what was typed"


@pytest.mark.parametrize("language", LANGUAGES)
def test_choices_are_all_valid(language):
    zones = [value for _, group in choices.time_zones(language) for value, _ in group]
    assert len(zones) == len(set(zones)) > 400
    assert set(zones) <= available_timezones()
    assert {"Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York"} <= set(zones)
    for currency, label in choices.currencies(language):
        assert not list(calendar_issues(Calendar("UTC", currency)))
        assert label.startswith(currency)
    assert [number for number, _ in choices.months(language)] == list(range(1, 13))
    assert [number for number, _ in choices.weekdays(language)] == list(range(1, 8))
    proposed = defaults_for(language)
    assert not list(calendar_issues(proposed))
    assert proposed.time_zone in zones
    assert proposed.currency in dict(choices.currencies(language))


def test_choices_speak_the_readers_language():
    assert dict(choices.currencies("zh-hans"))["CNY"] == "CNY · 人民币"
    assert dict(choices.weekdays("en"))[1] == "Monday"
    assert dict(choices.weekdays("zh-hans"))[7] == "星期日"
    asia = dict(dict(choices.time_zones("zh-hans"))["亚洲"])
    assert asia["Asia/Shanghai"] == "(UTC+08:00) 上海"
    assert dict(dict(choices.time_zones("en"))["Asia"])["Asia/Kolkata"] == "(UTC+05:30) Kolkata"


def test_the_life_of_a_workspace():
    assert not MAY_FOLLOW[State.CLOSED], "nothing follows the end"
    for before in State:
        for after in State:
            if after in MAY_FOLLOW[before]:
                check_step(before.value, after)
            else:
                with pytest.raises(Refusal):
                    check_step(before.value, after)

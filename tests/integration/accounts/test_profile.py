"""What people say about themselves: name, language, appearance."""

import pytest

from apps.accounts import services
from apps.audit.models import Entry
from apps.kernel.issue import Refusal

LANGUAGE_COOKIE = "lodestar_language"
PROFILE = "/people/me/"


def test_a_profile_is_saved_and_followed_at_once(client_of, cleo) -> None:
    client = client_of(cleo)
    response = client.post(PROFILE, {"name": "Cleo Park", "language": "zh-hans", "theme": "dark"})
    assert response.status_code == 302
    cleo.refresh_from_db()
    assert (cleo.name, cleo.language, cleo.theme) == ("Cleo Park", "zh-hans", "dark")
    assert client.cookies[LANGUAGE_COOKIE].value == "zh-hans"
    assert client.cookies["theme"].value == "dark"
    page = client.get(PROFILE)
    assert 'lang="zh-Hans"' in page.text
    assert 'data-bs-theme="dark"' in page.text
    assert "资料已保存" in page.text
    assert Entry.objects.get().after == {"name": "Cleo Park", "language": "zh-hans"}


def test_the_companys_language_comes_back_when_no_own_is_chosen(client_of, cleo) -> None:
    client = client_of(cleo)
    client.post(PROFILE, {"name": "Cleo", "language": "zh-hans", "theme": "auto"})
    client.post(PROFILE, {"name": "Cleo", "language": "", "theme": "auto"})
    assert not client.cookies[LANGUAGE_COOKIE].value
    assert 'lang="en"' in client.get(PROFILE).text


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "   "}, {"language": "tlh"}, {"theme": "neon"}, {"name": "x" * 121}]
)
def test_nonsense_is_refused_in_place(client_of, cleo, wrong: dict) -> None:
    page = client_of(cleo).post(PROFILE, {"name": "Cleo", "language": "en", "theme": "auto"} | wrong)
    assert page.status_code == 422
    cleo.refresh_from_db()
    assert cleo.name == "Cleo"


def test_the_service_refuses_what_a_form_would(cleo) -> None:
    with pytest.raises(Refusal) as refused:
        services.change_profile(actor=cleo.actor, name=" ", language="tlh", theme="neon")
    assert {issue.where for issue in refused.value.issues} == {"name", "language", "theme"}


def test_the_menu_switches_the_language_and_remembers_it(client_of, cleo) -> None:
    client = client_of(cleo)
    response = client.post("/language/", {"language": "zh-hans", "next": "/people/?q=a"})
    assert (response.status_code, response["Location"]) == (302, "/people/?q=a")
    cleo.refresh_from_db()
    assert cleo.language == "zh-hans"
    assert client.get("/people/")["Content-Language"] == "zh-hans"


def test_before_sign_in_the_language_is_a_cookie_alone(acme, client_on) -> None:
    client = client_on(acme)
    client.post("/language/", {"language": "zh-hans", "next": "/account/login/"})
    assert "登录" in client.get("/account/login/").text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.test/", "//evil.test/", "http:///evil.test", "javascript:alert(1)", "/\\evil.test", ""]
)
def test_switching_leads_nowhere_else(client_of, cleo, elsewhere: str) -> None:
    response = client_of(cleo).post("/language/", {"language": "en", "next": elsewhere})
    assert response["Location"] == "/"


def test_an_unknown_language_changes_nothing(client_of, cleo) -> None:
    client = client_of(cleo)
    client.post("/language/", {"language": "tlh", "next": "/"})
    assert LANGUAGE_COOKIE not in client.cookies
    cleo.refresh_from_db()
    assert cleo.language == ""


def test_language_and_appearance_follow_to_a_new_browser(in_acme, cleo, client_on) -> None:
    from tests.cast import PASSWORD

    services.change_profile(actor=cleo.actor, name="Cleo", language="zh-hans", theme="dark")
    client = client_on(in_acme)
    client.post("/account/login/", {"login": "cleo@acme.test", "password": PASSWORD})
    assert client.cookies[LANGUAGE_COOKIE].value == "zh-hans"
    assert client.cookies["theme"].value == "dark"

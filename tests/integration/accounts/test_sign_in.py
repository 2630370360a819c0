"""Doors: e-mail and password, the workspace's own, closed to everybody else."""

import re
from copy import copy

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core import mail
from django.urls import reverse

from apps.workspaces.scope import in_public, inside
from tests.cast import PASSWORD

LOGIN = "/account/login/"
HOME = "/people/"


def sign_in(client, email: str = "ada@acme.test", password: str = PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def is_signed_in(client) -> bool:
    return client.get("/people/me/").status_code == 200


def test_a_person_signs_in_with_address_and_password_whatever_the_case(acme, client_on) -> None:
    client = client_on(acme)
    response = sign_in(client, "ADA@acme.test")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client)


def test_a_page_leads_to_sign_in_and_back(acme, client_on) -> None:
    client = client_on(acme)
    response = client.get("/people/teams/?archived")
    assert response["Location"] == f"{LOGIN}?next=/people/teams/%3Farchived"
    response = client.post(
        f"{LOGIN}?next=/people/teams/", {"login": "ada@acme.test", "password": PASSWORD, "next": "/people/teams/"}
    )
    assert response["Location"] == "/people/teams/"


def test_sign_in_never_leads_to_another_host(acme, client_on) -> None:
    response = client_on(acme).post(
        LOGIN, {"login": "ada@acme.test", "password": PASSWORD, "next": "https://evil.test/"}
    )
    assert response["Location"] == "/"


def test_a_fragment_asked_for_without_a_session_leads_the_whole_page_to_sign_in(acme, client_on) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://acme.localhost/people/teams/"}
    response = client_on(acme).get("/people/teams/", headers=headers)
    assert response.status_code == 204
    assert response["HX-Redirect"] == f"{LOGIN}?next=/people/teams/"


def test_wrong_password_and_unknown_address_say_the_same(acme, client_on) -> None:
    said = []
    for email, password in (("ada@acme.test", "wrong-password-1"), ("nobody@acme.test", PASSWORD)):
        page = sign_in(client_on(acme), email, password)
        assert page.status_code == 200
        said.append(
            re.findall(
                r'<ul[^>]*class="[^"]*(?:errorlist|notice|field-errors)[^"]*".*?</ul>|not correct', page.text, re.S
            )
        )
    assert said[0] == said[1]
    assert said[0]


def test_a_person_of_one_company_cannot_sign_in_at_another(borealis, client_on) -> None:
    client = client_on(borealis)
    assert sign_in(client, "ada@acme.test").status_code == 200
    assert not is_signed_in(client)


def test_a_session_of_one_company_is_refused_at_another(acme, borealis, client_on) -> None:
    own, foreign = client_on(acme), client_on(borealis)
    sign_in(own)
    foreign.cookies = copy(own.cookies)
    assert not is_signed_in(foreign)
    assert is_signed_in(own)


def test_the_fifth_wrong_password_closes_the_door_for_a_while(acme, client_on) -> None:
    client = client_on(acme)
    for _ in range(5):
        sign_in(client, password="not-her-password")
    page = sign_in(client)
    assert page.status_code == 200
    assert "Too many failed" in page.text
    assert not is_signed_in(client)


def test_limits_of_one_company_do_not_count_at_another(acme, borealis, client_on) -> None:
    for _ in range(6):
        sign_in(client_on(acme), "dora@borealis.test", "not-her-password")
    client = client_on(borealis)
    sign_in(client, "dora@borealis.test")
    assert is_signed_in(client)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up_inside_a_workspace(acme, client_on, method: str) -> None:
    people = {"email": "eve@acme.test", "password1": PASSWORD}
    assert getattr(client_on(acme), method)("/account/signup/", people).status_code == 404
    with inside(acme):
        assert not get_user_model().objects.filter(email="eve@acme.test").exists()


def test_doors_that_are_not_listed_do_not_exist(acme, client_on) -> None:
    for path in (
        "login/code/",
        "login/code/confirm/",
        "phone/verify/",
        "2fa/trust/",
        "2fa/webauthn/signup/",
        "social/",
    ):
        assert client_on(acme).get(f"/account/{path}").status_code == 404, path


def test_while_nobody_can_count_tries_the_door_stays_shut_and_says_so(acme, client_on, settings) -> None:
    """The cache is away: no unguarded sign-in, no stack trace, and who is inside notices nothing."""
    inside_already = client_on(acme)
    sign_in(inside_already)
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    page = sign_in(client_on(acme))
    assert page.status_code == 503
    assert "try again in a minute" in page.text
    assert is_signed_in(inside_already)


# --- setting a new password -----------------------------------------------------------------------------------------


def ask_reset(client, email: str):
    return client.post("/account/password/reset/", {"email": email})


def test_asking_for_a_new_password_looks_the_same_for_unknown_addresses(acme, client_on) -> None:
    answers = []
    for email in ("ada@acme.test", "nobody@acme.test"):
        client = client_on(acme)
        response = ask_reset(client, email)
        page = client.get(response["Location"])
        answers.append((response.status_code, response["Location"], page.status_code, _without_tokens(page.text)))
    assert answers[0] == answers[1]
    known, unknown = mail.outbox
    assert known.to == ["ada@acme.test"]
    assert unknown.to == ["nobody@acme.test"]
    assert known.subject == unknown.subject
    assert "no account" in unknown.body


def _without_tokens(html: str) -> str:
    return re.sub(r"[A-Za-z0-9]{64}", "token", html)


def test_the_link_leads_to_the_own_host_whatever_host_was_asked(acme, client_on) -> None:
    client_on(acme).post(
        "/account/password/reset/", {"email": "ada@acme.test"}, headers={"X-Forwarded-Host": "evil.test"}
    )
    assert re.search(r"http://acme\.localhost:\d+/account/password/reset/key/", mail.outbox[0].body)
    assert "evil.test" not in mail.outbox[0].body


def test_a_new_password_by_mail_ends_the_old_one_and_other_sessions(acme, client_on) -> None:
    elsewhere, client = client_on(acme), client_on(acme)
    sign_in(elsewhere)
    ask_reset(client, "ada@acme.test")
    path = re.search(r"http://acme\.localhost:\d+(/\S+)", mail.outbox[0].body)[1]
    form = client.get(path, follow=True)
    url = form.redirect_chain[-1][0]
    changed = client.post(url, {"password1": "another-north-star", "password2": "another-north-star"})
    assert changed.status_code == 302
    assert not is_signed_in(elsewhere)
    assert sign_in(client_on(acme)).status_code == 200
    assert sign_in(client, password="another-north-star").status_code == 302
    assert "changed" in mail.outbox[-1].body


def test_mail_is_written_in_the_language_of_its_reader(in_acme, ada, client_on) -> None:
    ada.language = "zh-hans"
    ada.save()
    english_browser = client_on(in_acme, HTTP_ACCEPT_LANGUAGE="en")
    ask_reset(english_browser, "ada@acme.test")
    ask_reset(english_browser, "ben@acme.test")
    to_ada, to_ben = mail.outbox
    assert "密码" in to_ada.subject
    assert to_ada.body.startswith("Ada，你好：")
    assert "password" in to_ben.subject
    assert to_ada.subject.startswith("[Acme]")


def test_asking_again_and_again_is_stopped_for_unknown_addresses_too(acme, client_on) -> None:
    for email in ("ada@acme.test", "nobody@acme.test"):
        answers = [ask_reset(client_on(acme), email).status_code for _ in range(4)]
        assert answers[-1] != 302
    assert len(mail.outbox) == 6


# --- operators ------------------------------------------------------------------------------------------------------


@pytest.fixture
def operator(db: None):
    with in_public():
        return get_user_model().objects.create_superuser("root@lodestar.test", "operators-password")


def operator_sign_in(client, email: str = "root@lodestar.test", password: str = "operators-password"):  # noqa: S107
    return client.post("/operators/login/", {"username": email, "password": password, "next": "/operators/"})


def test_an_operator_signs_in_to_the_console_on_the_public_host(operator, public_client) -> None:
    assert operator_sign_in(public_client)["Location"] == "/operators/"
    assert public_client.get("/operators/").status_code == 200
    with in_public():
        assert Session.objects.exists()


def test_people_of_a_workspace_are_nobody_at_the_console(acme, public_client) -> None:
    assert operator_sign_in(public_client, "ada@acme.test", PASSWORD).status_code == 200
    assert public_client.get("/operators/").status_code == 302


def test_an_operator_is_nobody_inside_a_workspace(operator, acme, client_on) -> None:
    client = client_on(acme)
    assert sign_in(client, "root@lodestar.test", "operators-password").status_code == 200
    assert not is_signed_in(client)
    assert client.get("/operators/").status_code == 404


def test_an_operators_session_opens_no_workspace(operator, acme, public_client, client_on) -> None:
    operator_sign_in(public_client)
    client = client_on(acme)
    client.cookies = copy(public_client.cookies)
    assert not is_signed_in(client)


def test_the_console_stops_guessing_too(operator, public_client) -> None:
    for _ in range(5):
        operator_sign_in(public_client, password="guess")
    assert operator_sign_in(public_client).status_code == 200
    assert public_client.get("/operators/").status_code == 302


def test_every_door_has_a_name(acme) -> None:
    from django.urls import set_urlconf

    from apps.accounts.access import LIBRARY_VIEWS

    set_urlconf("config.urls")
    keys = {"account_confirm_email": ["k"], "account_reset_password_from_key": ["1", "k"]}
    keys |= {"mfa_edit_webauthn": [1], "mfa_remove_webauthn": [1]}
    for name in LIBRARY_VIEWS:
        assert reverse(name, args=keys.get(name, []), urlconf="config.urls").startswith("/account/")

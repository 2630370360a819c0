"""Where one is signed in, and how that ends."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from apps.accounts import services
from tests.cast import PASSWORD


def sign_in(client, email: str = "ben@acme.test"):
    assert client.post("/account/login/", {"login": email, "password": PASSWORD}).status_code == 302
    return client


def is_signed_in(client) -> bool:
    return client.get("/people/me/").status_code == 200


@pytest.fixture
def browsers(in_acme, client_on):
    """Two browsers in which Ben is signed in."""
    return [
        sign_in(client_on(in_acme, HTTP_USER_AGENT="Netscape")),
        sign_in(client_on(in_acme, HTTP_USER_AGENT="Lynx")),
    ]


def test_the_list_names_every_browser(browsers) -> None:
    page = browsers[0].get("/account/sessions/")
    assert page.status_code == 200
    assert "Netscape" in page.text
    assert "Lynx" in page.text


def test_the_others_can_be_signed_out(browsers) -> None:
    here, there = browsers
    assert here.post("/account/sessions/").status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_deactivation_ends_every_session_at_once(browsers, actor, ben, client_of) -> None:
    services.deactivate(actor=actor, user_id=ben.pk)
    assert not any(is_signed_in(browser) for browser in browsers)
    assert not UserSession.objects.filter(user=ben).exists()
    assert not Session.objects.exists()
    ben.refresh_from_db()
    forced = client_of(ben)  # even a session that was never listed
    assert not is_signed_in(forced)


def test_who_was_deactivated_is_told_so_only_with_the_right_password(actor, ben, in_acme, client_on) -> None:
    services.deactivate(actor=actor, user_id=ben.pk)
    client = client_on(in_acme)
    right = client.post("/account/login/", {"login": "ben@acme.test", "password": PASSWORD})
    assert right["Location"] == "/account/inactive/"
    wrong = client.post("/account/login/", {"login": "ben@acme.test", "password": "not-his-password"})
    assert wrong.status_code == 200
    assert not is_signed_in(client)


def test_a_new_role_counts_from_the_next_request_on(browsers, actor, ben) -> None:
    assert browsers[0].get("/people/changes/").status_code == 403
    services.change_roles(actor=actor, user_id=ben.pk, roles=["admin"])
    assert browsers[0].get("/people/changes/").status_code == 200
    services.change_roles(actor=actor, user_id=ben.pk, roles=["viewer"])
    assert browsers[0].get("/people/changes/").status_code == 403


def test_signing_out_needs_a_post_and_ends_the_session(browsers) -> None:
    here, there = browsers
    assert here.get("/account/logout/").status_code == 200
    assert is_signed_in(here)
    assert here.post("/account/logout/")["Location"] == "/account/login/"
    assert not is_signed_in(here)
    assert is_signed_in(there)


def test_changing_the_password_ends_the_other_sessions(browsers) -> None:
    here, there = browsers
    new = {"oldpassword": PASSWORD, "password1": "another-north-star", "password2": "another-north-star"}
    assert here.post("/account/password/change/", new).status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_pages_of_people_are_not_kept_by_shared_caches(browsers) -> None:
    assert browsers[0].get("/people/")["Cache-Control"] == "private, no-cache"

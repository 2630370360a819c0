"""The second step of signing in: set up, used, lost, and never readable in the database."""

import base64
import hashlib
import hmac
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache

from apps.audit.models import Entry
from tests.cast import PASSWORD

LOGIN = "/account/login/"


def code_of(secret: str, at: float | None = None) -> str:
    """The six digits an authenticator app shows for a secret (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = int((time.time() if at is None else at) // 30)
    digest = hmac.digest(key, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


def sign_in(client, email: str = "ada@acme.test"):
    return client.post(LOGIN, {"login": email, "password": PASSWORD})


def prove(client) -> None:
    """Type the password once more, as is asked before anything about the account's safety."""
    asked = client.get("/account/2fa/totp/activate/")
    assert asked["Location"].startswith("/account/reauthenticate/")
    proved = client.post(asked["Location"], {"password": PASSWORD})
    assert proved["Location"] == "/account/2fa/totp/activate/"


def is_signed_in(client) -> bool:
    return client.get("/people/me/").status_code == 200


@pytest.fixture
def enrolled(in_acme, client_on):
    """Ada's browser after she set up an authenticator app, and the app's secret."""
    client = client_on(in_acme)
    sign_in(client)
    prove(client)
    page = client.get("/account/2fa/totp/activate/")
    secret = re.search(r'value="([A-Z2-7]{32})"', page.text)[1]
    response = client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    assert response.status_code == 302
    return client, secret


def test_a_wrong_code_sets_nothing_up(in_acme, client_on) -> None:
    client = client_on(in_acme)
    sign_in(client)
    prove(client)
    client.get("/account/2fa/totp/activate/")
    page = client.post("/account/2fa/totp/activate/", {"code": "000000"})
    assert page.status_code == 200
    assert not Authenticator.objects.exists()


def test_signing_in_then_asks_for_the_code(enrolled, in_acme, client_on) -> None:
    _, secret = enrolled
    client = client_on(in_acme)
    assert sign_in(client)["Location"].startswith("/account/2fa/authenticate/")
    assert not is_signed_in(client)
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not is_signed_in(client)
    cache.clear()  # the code that set it up counts once; this stands for waiting half a minute for the next
    response = client.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client)


def test_a_recovery_code_opens_the_door_once(enrolled, in_acme, client_on) -> None:
    owner, _ = enrolled
    page = owner.get("/account/2fa/recovery-codes/")
    code = re.findall(r"\b\d{8}\b", page.text)[0]
    client = client_on(in_acme)
    sign_in(client)
    assert client.post("/account/2fa/authenticate/", {"code": code})["Location"] == "/"
    assert is_signed_in(client)
    again = client_on(in_acme)
    sign_in(again)
    assert again.post("/account/2fa/authenticate/", {"code": code}).status_code == 200
    assert not is_signed_in(again)


def test_the_secret_lies_encrypted_in_the_database(enrolled, in_acme) -> None:
    _, secret = enrolled
    kept = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in kept
    assert kept.startswith("gAAAA")
    seed = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).data["seed"]
    assert seed.startswith("gAAAA")


@pytest.mark.django_db(transaction=True)
def test_setting_it_up_is_told_by_mail(enrolled) -> None:
    """After the commit, so this test commits."""
    assert "authenticator app" in mail.outbox[-1].body.lower()
    assert "http://acme.localhost" in mail.outbox[-1].body


def test_removing_it_asks_for_the_password_after_a_while(enrolled) -> None:
    client, _ = enrolled
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    response = client.post("/account/2fa/totp/deactivate/")
    assert response.status_code == 302
    assert "reauthenticate" in response["Location"]
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()


def test_an_administrator_can_help_who_lost_everything(enrolled, in_acme, client_on, client_of, ada, adi) -> None:
    owners_browser, _ = enrolled
    refused = client_of(adi).post(f"/people/{ada.pk}/reset-second-step/")
    assert refused.status_code == 403, "Ada is an owner"
    ada.roles = ["analyst"]
    ada.save()
    helped = client_of(adi).post(f"/people/{ada.pk}/reset-second-step/")
    assert helped.status_code == 302
    assert not is_signed_in(owners_browser)
    client = client_on(in_acme)
    assert sign_in(client)["Location"] == "/"
    assert Entry.objects.filter(act="person.second_factor_reset", subject_id=str(ada.pk)).exists()


def test_passkeys_are_offered_with_the_companys_name_and_own_host(enrolled) -> None:
    client, _ = enrolled
    page = client.get("/account/2fa/webauthn/add/")
    assert page.status_code == 200
    options = re.search(r'<script id="js_data" type="application/json">(.*?)</script>', page.text, re.S)[1]
    assert '"id": "acme.localhost"' in options
    assert '"name": "Acme"' in options
    assert client.get("/account/2fa/webauthn/").status_code == 200
    sign_in_page = client.__class__("acme.localhost").get(LOGIN)
    assert 'id="mfa_login"' in sign_in_page.text

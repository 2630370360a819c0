"""The public host as a newcomer meets it: real pages, real rows, real mail."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.utils import timezone, translation

from apps.workspaces import services, tasks
from apps.workspaces.models import SignUp, Workspace
from apps.workspaces.services import signing_up
from apps.workspaces.services.signing_up import link_token
from tests import cast

pytestmark = pytest.mark.django_db

GOOD = {
    "company": "Nova 有限公司", "slug": "Nova-Auto ", "person_name": "Nora", "email": "Nora@Nova.test",
    "password": cast.PASSWORD, "language": "zh-hans", "time_zone": "Asia/Shanghai", "currency": "CNY",
    "fiscal_year_start": "4", "week_start": "1",
}  # fmt: skip


def sign_up(**fields: object) -> SignUp:
    return services.sign_up(wanted=cast.new_company("nova", **fields), caller="192.0.2.1")


def link_in(message) -> str:
    found = re.search(r"http://\S+/confirm/\S+", message.body)
    assert found, message.body
    return urlsplit(found[0]).path


@pytest.mark.parametrize("path", ["/", "/signup/", "/signup/sent/", "/find/", "/find/sent/"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_answer_in_both_languages(public_client, path, language):
    public_client.cookies["lodestar_language"] = language
    answer = public_client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == language
    body = answer.content.decode()
    assert not re.search(r'style="|onclick=|<style|javascript:', body)
    assert ("北辰" in body) == (language == "zh-hans")


def test_sign_up_keeps_a_row_and_mails_the_link(public_client, django_capture_on_commit_callbacks):
    answer = public_client.post("/signup/", GOOD)
    assert answer.status_code == 302
    assert answer.url == "/signup/sent/"
    row = SignUp.objects.get(slug="nova-auto")
    assert (row.company, row.slug, row.email) == ("Nova 有限公司", "nova-auto", "nora@nova.test")
    assert row.fiscal_year_start == 4
    assert cast.PASSWORD not in row.password_hash
    assert "nora@nova.test" in public_client.get("/signup/sent/").content.decode()
    assert not mail.outbox
    tasks.mail_confirmation(str(row.pk))
    tasks.mail_confirmation(str(row.pk))
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["nora@nova.test"]
    assert "http://localhost:8000/confirm/" in mail.outbox[0].body
    assert "北辰" in mail.outbox[0].subject
    assert "Nova 有限公司" in mail.outbox[0].body


def test_everything_wrong_is_said_at_once(public_client, acme):
    bad = GOOD | {
        "company": " ", "slug": "acme", "email": "nora", "password": "12345", "time_zone": "Mars/Base",
        "currency": "XXZ", "fiscal_year_start": "13", "week_start": "0",
    }  # fmt: skip
    answer = public_client.post("/signup/", bad)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(bad) - {"person_name", "language"}
    assert "“acme” is taken" in answer.content.decode()
    assert bad["password"] not in answer.content.decode()
    assert SignUp.objects.count() == 2, "those of the cast"


@pytest.mark.parametrize("slug", ["admin", "www", "operators", "STATIC"])
def test_names_of_the_service_are_refused(public_client, slug):
    answer = public_client.post("/signup/", GOOD | {"slug": slug})
    assert answer.status_code == 422
    assert "kept for the service itself" in answer.content.decode()


@pytest.mark.parametrize("slug", ["ab", "a" * 41, "a_b", "-abc", "a--b", "北辰北辰", "a.b.c", "xn--abc"])
def test_addresses_that_cannot_be_host_names_are_refused(public_client, slug):
    answer = public_client.post("/signup/", GOOD | {"slug": slug})
    assert answer.status_code == 422
    assert "slug" in answer.context["form"].errors


def test_weak_passwords_are_refused_with_reasons(public_client):
    answer = public_client.post("/signup/", GOOD | {"password": "nora@nova"})
    reasons = answer.context["form"].errors["password"]
    assert len(reasons) == 2  # too short, and too like the address


def test_opening_the_link_does_nothing_yet_and_the_button_confirms(public_client):
    row = sign_up()
    services.mail_confirmation(row.pk)
    path = link_in(mail.outbox[0])
    assert public_client.get(path).status_code == 200
    assert not Workspace.objects.filter(slug="nova").exists()
    answer = public_client.post(path)
    workspace = Workspace.objects.get(slug="nova")
    assert answer.url == f"/preparing/{workspace.pk}/"
    assert workspace.status == Workspace.Status.PROVISIONING
    assert workspace.time_zone == "Asia/Shanghai"
    waiting = public_client.get(answer.url)
    assert waiting.status_code == 200
    assert "every 1s" in waiting.content.decode()
    assert '<meta http-equiv="refresh"' in waiting.content.decode()


def test_a_used_link_says_so_and_leads_to_the_workspace(public_client):
    path = f"/confirm/{link_token(sign_up())}/"
    public_client.post(path)
    for answer in (public_client.get(path), public_client.post(path)):
        assert answer.status_code == 410
        assert "has been used" in answer.content.decode()
        assert "http://nova.localhost:8000/" in answer.content.decode()
    assert Workspace.objects.filter(slug="nova").count() == 1


@pytest.mark.parametrize("mangle", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "nonsense", lambda t: t.swapcase()])
def test_a_wrong_link_says_so(public_client, mangle):
    answer = public_client.get(f"/confirm/{mangle(link_token(sign_up()))}/")
    assert answer.status_code == 404
    assert "does not lead anywhere" in answer.content.decode()


def test_an_expired_link_can_be_sent_again(public_client):
    row = sign_up()
    services.mail_confirmation(row.pk)
    SignUp.objects.filter(pk=row.pk).update(expires_at=Now() - timedelta(seconds=1))
    row.refresh_from_db()
    old = f"/confirm/{link_token(row)}/"
    answer = public_client.get(old)
    assert answer.status_code == 410
    assert "has expired" in answer.content.decode()
    assert public_client.post("/signup/sent/").status_code == 302
    row.refresh_from_db()
    assert row.mail_due
    assert row.expires_at > timezone.now() + timedelta(days=2)
    assert public_client.get(old).status_code == 410, "the old link stays dead"
    assert public_client.get(f"/confirm/{link_token(row)}/").status_code == 200


def test_a_link_of_another_purpose_is_worth_nothing(public_client):
    from django.core import signing

    forged = signing.dumps({"sign_up": str(sign_up().pk)}, salt="something.else")
    assert public_client.get(f"/confirm/{forged}/").status_code == 404


def test_an_address_given_away_meanwhile_can_be_changed(public_client):
    first, second = sign_up(), sign_up(email="other@nova.test")
    services.confirm(link_token(first))
    path = f"/confirm/{link_token(second)}/"
    page = public_client.get(path)
    assert "given to somebody else" in page.content.decode()
    refused = public_client.post(path)
    assert refused.status_code == 422
    assert "“nova” is taken" in refused.content.decode()
    again = public_client.post(path, {"slug": "acme"})
    assert again.status_code == 422
    bad = public_client.post(path, {"slug": "a b"})
    assert bad.status_code == 422
    assert public_client.post(path, {"slug": "nova-two"}).status_code == 302
    assert Workspace.objects.get(slug="nova-two").name == "Nova"


def test_a_pending_sign_up_does_not_block_the_address():
    sign_up()
    assert not services.issues_of(cast.new_company("nova", email="else@nova.test"))


def test_too_many_sign_ups_are_told_to_wait(public_client):
    for _ in range(5):
        assert public_client.post("/signup/", GOOD).status_code == 302
    answer = public_client.post("/signup/", GOOD)
    assert answer.status_code == 429
    assert "too often" in answer.content.decode()


def test_robots_cannot_read_the_progress_into_a_workspace(public_client, acme):
    answer = public_client.get(f"/preparing/{acme.pk}/")
    assert answer.status_code == 302
    assert answer.url == "http://acme.localhost:8000/", "no pass for a browser that did not confirm"


def test_unused_sign_ups_are_forgotten():
    row = sign_up()
    SignUp.objects.filter(pk=row.pk).update(expires_at=Now() - timedelta(days=signing_up.KEPT_DAYS, seconds=1))
    services.forget_old()
    assert not SignUp.objects.filter(slug__startswith="nova").exists()


def test_parked_setup_is_explained(public_client):
    workspace = services.confirm(link_token(sign_up()))
    Workspace.objects.filter(pk=workspace.pk).update(parked_at=Now(), reason="secret detail of the database")
    body = public_client.get(f"/preparing/{workspace.pk}/").content.decode()
    assert "tried several times" in body
    assert "secret detail" not in body
    assert "every 1s" not in body


def test_language_switch(public_client):
    answer = public_client.post("/language/", {"language": "zh-hans", "next": "/find/"})
    assert answer.url == "/find/"
    assert "我的公司" in public_client.get("/find/").content.decode()
    away = public_client.post("/language/", {"language": "en", "next": "https://evil.test/"})
    assert away.url == "/"


def test_issues_are_translated(public_client):
    with translation.override("zh-hans"):
        public_client.cookies["lodestar_language"] = "zh-hans"
        body = public_client.post("/signup/", GOOD | {"slug": "admin"}).content.decode()
    assert "留给系统本身使用" in body

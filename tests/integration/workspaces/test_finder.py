"""Where is my company? The page is the same for everybody; the list goes by mail to the address itself."""

import re
import time

import pytest
from django.core import mail
from django.db import connection

from apps.workspaces import services, tasks
from apps.workspaces.models import Address
from apps.workspaces.scope import inside
from apps.workspaces.services import waking
from apps.workspaces.services.finder import digest_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch) -> list[dict]:
    """What the finder asks the workers to do; nothing is sent."""
    asked: list[dict] = []
    monkeypatch.setattr(services, "wake", lambda task, **kwargs: asked.append({"task": task, **kwargs}))
    return asked


def ask(client, email: str) -> tuple:
    answer = client.post("/find/", {"email": email})
    page = client.get(answer.url)
    return (
        answer.status_code,
        answer.url,
        re.sub(r'value="[^"]{20,}"|"X-CSRFToken": "[^"]*"', "", page.content.decode()),
    )


def test_known_and_unknown_get_the_same_page_and_the_same_steps(public_client, acme, woken, django_assert_num_queries):
    known, unknown = ask(public_client, "ada@acme.test"), ask(public_client, "nobody@nowhere.test")
    assert known == unknown
    assert "ada" not in known[2]
    assert [{**step, "email": ""} for step in woken[:1]] == [{**step, "email": ""} for step in woken[1:]]
    with connection.execute_wrapper(_no_queries_on_addresses):
        ask(public_client, "ada@acme.test")


def _no_queries_on_addresses(execute, sql, params, many, context):
    assert "workspaces_address" not in sql, "the page itself never looks an address up"
    return execute(sql, params, many, context)


def test_known_and_unknown_take_the_same_time(public_client, acme, woken, monkeypatch):
    """The quickest of many, in turns; a busy machine gets three chances. A look-up or a mail would show in each."""
    from apps.workspaces import views

    monkeypatch.setattr(views, "must_be_allowed", lambda *args, **kwargs: None)
    assert any(_quickest_differ_by(public_client) < 0.001 for _chance in range(3))


def _quickest_differ_by(client) -> float:
    """Seconds between the quickest answers to an address that is known and to one that is not."""
    took: dict[str, list[float]] = {"ada@acme.test": [], "nobody@nowhere.test": []}
    for turn in range(80):
        for email in sorted(took, reverse=bool(turn % 2)):
            started = time.perf_counter()
            client.post("/find/", {"email": email})
            took[email].append(time.perf_counter() - started)
    known, unknown = (min(times) for times in took.values())
    return abs(known - unknown)


def test_the_mail_lists_every_company_of_the_address(acme, borealis):
    services.register_address("Ada@Acme.test", borealis)
    tasks.mail_workspaces("ada@acme.test", "en")
    body = mail.outbox[0].body
    assert mail.outbox[0].to == ["ada@acme.test"]
    assert "Acme\nhttp://acme.localhost:8000/" in body
    assert "Borealis\nhttp://borealis.localhost:8000/" in body


def test_an_unknown_address_is_told_so_by_mail_only():
    tasks.mail_workspaces("nobody@nowhere.test", "zh-hans")
    assert "没有公司" in mail.outbox[0].body
    assert "http://localhost:8000/signup/" in mail.outbox[0].body


def test_companies_out_of_use_are_not_listed(acme):
    services.suspend(acme)
    tasks.mail_workspaces("ada@acme.test", "en")
    assert "acme.localhost" not in mail.outbox[0].body


def test_what_is_kept_is_a_keyed_digest(acme, settings):
    assert not Address.objects.filter(digest__contains="@").exists()
    digest = digest_of("ada@acme.test")
    assert len(digest) == 64
    settings.SECRET_KEY = "another key that is long enough for anybody"
    assert digest_of("ada@acme.test") != digest


def test_addresses_come_and_go_also_from_inside_a_workspace(in_acme, borealis):
    services.register_address("new@acme.test", in_acme)
    services.register_address(" New@acme.test", in_acme)
    assert connection.schema_name == in_acme.schema_name
    services.forget_address("new@acme.test", borealis)
    tasks.mail_workspaces("new@acme.test", "en")
    assert "acme.localhost" in mail.outbox[0].body
    services.forget_address("NEW@acme.test", in_acme)
    tasks.mail_workspaces("new@acme.test", "en")
    assert "acme.localhost" not in mail.outbox[1].body


def test_asking_too_often_is_the_same_for_known_and_unknown(public_client, acme, woken):
    for email in ("ada@acme.test", "nobody@nowhere.test"):
        answers = {ask(public_client, email) for _ in range(7)}
        assert len(answers) == 1
    assert len(woken) == 10, "five mails for each address within an hour"
    for _ in range(40):
        last = public_client.post("/find/", {"email": "third@nowhere.test"})
    assert last.status_code == 429


def test_what_is_no_address_is_refused(public_client, woken):
    for email in ("", "ada", "ada@", "a" * 400 + "@acme.test", "ada@acme.test\nBcc: all@acme.test"):
        assert public_client.post("/find/", {"email": email}).status_code == 422
    assert not woken


def test_the_broker_being_away_changes_nothing_on_the_page(public_client, acme, monkeypatch):
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(waking.current_app, "send_task", away)
    assert public_client.post("/find/", {"email": "ada@acme.test"}).status_code == 302
    with inside(acme):
        services.wake("workspaces.provision", workspace="x")

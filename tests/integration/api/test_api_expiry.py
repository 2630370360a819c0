"""People are told in time that a key of theirs ends: once, by mail, and on the page."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from apps.accounts.domain.roles import Role
from apps.api import services
from apps.api.models import ApiKey
from apps.work.models import Work


@pytest.fixture
def ending(in_acme, ben):
    """`ending(days, of=…)`: a key that was made long ago and ends in so many days."""

    def make(days: float, actor=None, **options) -> ApiKey:
        key, _secret = services.make_key(
            actor=actor or ben.actor, name="Nightly", scopes=["metrics:read"], days=90, **options
        )
        now = timezone.now()
        ApiKey.objects.filter(pk=key.pk).update(
            created_at=now - timedelta(days=80), expires_at=now + timedelta(days=days)
        )
        return key

    return make


def test_its_person_is_told_once_in_their_language(ending, ben, run_work) -> None:
    ben.language = "zh-hans"
    ben.save()
    key = ending(6.9)
    assert services.warn_of_expiry(timezone.now()) == 1
    assert services.warn_of_expiry(timezone.now()) == 0
    run_work()
    [letter] = mail.outbox
    assert letter.to == [ben.email]
    assert "即将过期" in letter.subject
    assert f"lsk_{key.prefix}" in letter.body
    assert "/api/keys/" in letter.body or "keys" in letter.body
    assert "acme." in letter.body


def test_of_a_service_account_who_made_it_is_told(ending, actor, ada, run_work) -> None:
    ending(3, actor=actor, role=Role.ANALYST)
    assert services.warn_of_expiry(timezone.now()) == 1
    run_work()
    assert [letter.to for letter in mail.outbox] == [[ada.email]]


def test_nobody_is_told_of_keys_that_end_late_have_ended_or_were_short(ending, ben, run_work) -> None:
    ending(8)
    ending(-1)
    services.revoke_key(actor=ben.actor, key_id=ending(2).pk)
    services.make_key(actor=ben.actor, name="short", scopes=["metrics:read"], days=5)
    assert services.warn_of_expiry(timezone.now()) == 0
    key = ending(2)
    assert services.warn_of_expiry(timezone.now()) == 1
    services.revoke_key(actor=ben.actor, key_id=key.pk)
    run_work()
    assert mail.outbox == []
    assert Work.objects.get(kind="api.key_expires").status == "done"


def test_the_page_says_how_many_days_are_left(ending, client_of, ben) -> None:
    ending(3.5)
    ending(60)
    page = client_of(ben).get("/api/keys/").content.decode()
    assert "expires in 3 days" in page
    assert "Expires soon" in page
    assert page.count("Expires soon") == 1

"""The page of keys, and what the API says of itself."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.domain.roles import Role
from apps.api import services
from apps.api.models import ApiKey
from apps.audit.models import Entry
from tests.integration.api.conftest import Program

KEYS_PAGE_QUERIES = 4
WANTED = {"name": "Notebook", "scopes": ["metrics:read"], "days": "30"}


def test_a_key_is_made_shown_once_and_works(client_of, ben) -> None:
    browser = client_of(ben)
    made = browser.post("/api/keys/", WANTED)
    assert made.status_code == 200
    [secret] = re.findall(r"<code>(lsk_[a-z0-9]{12}_[\w-]{43})</code>", made.content.decode())
    assert made["Cache-Control"] == "private, no-store"
    assert Program("acme", secret).get("me").json()["scopes"] == ["metrics:read"]
    page = browser.get("/api/keys/").content.decode()
    assert secret not in page
    assert f"lsk_{ApiKey.objects.get().prefix}_" in page
    entry = Entry.objects.get(act="api_key.made")
    assert (entry.actor_name, entry.subject_name, entry.after["scopes"]) == ("Ben", "Notebook", ["metrics:read"])


def test_what_is_wrong_is_said_at_its_field(client_of, ben, ada) -> None:
    refused = client_of(ben).post("/api/keys/", {"name": "", "days": "9999", "role": "owner"})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"name", "scopes", "days"}
    forever = client_of(ada).post("/api/keys/", {**WANTED, "days": "0", "role": ""})
    assert "has to expire" in str(forever.context["form"].errors["days"])
    assert not ApiKey.objects.exists()


def test_who_sees_and_revokes_which_keys(client_of, ada, ben, actor) -> None:
    mine, _ = services.make_key(actor=ben.actor, name="Of Ben", scopes=["data:read"], days=3)
    service, _ = services.make_key(actor=actor, name="Of nobody", scopes=["data:read"], days=None, role=Role.MANAGER)
    bens = client_of(ben)
    page = bens.get("/api/keys/").content.decode()
    assert "Of Ben" in page
    assert "Of nobody" not in page
    assert bens.get(f"/api/keys/{service.pk}/revoke/").status_code == 404
    assert bens.post(f"/api/keys/{service.pk}/revoke/").status_code == 404
    question = client_of(ada).get(f"/api/keys/{mine.pk}/revoke/")
    assert "Of Ben" in question.content.decode()
    assert ApiKey.objects.get(pk=mine.pk).revoked_at is None
    assert client_of(ada).post(f"/api/keys/{mine.pk}/revoke/").status_code == 302
    mine.refresh_from_db()
    assert (mine.revoked_by_name, mine.revoked_at is not None) == ("Ada", True)
    assert Entry.objects.filter(act="api_key.revoked").count() == 1
    assert client_of(ada).post(f"/api/keys/{mine.pk}/revoke/").status_code == 302, "twice is once"
    assert Entry.objects.filter(act="api_key.revoked").count() == 1


def test_the_page_of_keys_costs_the_same_for_many(client_of, ada, actor) -> None:
    browser = client_of(ada)
    browser.get("/api/keys/")
    for index in range(5):
        services.make_key(actor=actor, name=f"k{index}", scopes=["data:read"], days=3)
    with CaptureQueriesContext(connection) as caught:
        assert browser.get("/api/keys/").status_code == 200
    assert len(caught) == KEYS_PAGE_QUERIES


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_people_get_a_page_of_what_there_is(client_of, ada, language: str) -> None:
    browser = client_of(ada)
    browser.cookies["lodestar_language"] = language
    page = browser.get("/api/v1/", headers={"Accept": "text/html"}).content.decode()
    assert "PUT /api/v1/metrics/{key}" in page
    assert ("Replace a metric" if language == "en" else "替换指标的定义") in page
    assert browser.get("/api/v1").status_code == 301


def test_programs_get_addresses_and_the_document(api: Program) -> None:
    index = api.get("").json()
    assert index["resources"]["metrics/{key}"] == "/api/v1/metrics/{key}"
    document = api.get("openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, told in operations.items():
            assert told["security"] == [{"key": []}], path
            assert {"401", "403", "422", "429", "default"} <= set(told["responses"]), (path, method)
            if method == "post":
                assert "Idempotency-Key" in [parameter["name"] for parameter in told["parameters"]]


def test_every_post_may_be_repeated() -> None:
    from apps.api.routes import RESOURCES

    posts = [each.callback.view_class.post for each in RESOURCES if hasattr(each.callback.view_class, "post")]
    assert len(posts) >= 6
    assert all(post.is_idempotent for post in posts)

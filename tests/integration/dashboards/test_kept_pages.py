"""Pages that are kept: never of another person, role, language or company, and never older than the last change."""

import re
from datetime import date
from decimal import Decimal

import pytest
import redis
from django.core.cache import cache

from apps.common import shelf
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.services import TypedValue
from apps.targets.services import set_target, withdraw_target
from tests.integration.dashboards.test_home import TARGET, words

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture(params=["/", "/tree/"])
def path(request) -> str:
    return request.param


def test_a_run_is_seen_at_once(path, company, ada, client_of, run_work) -> None:
    star, client = company(1), client_of(ada)
    before = words(client.get(path))
    assert before == words(client.get(path))
    services.type_values(
        actor=ada.actor, metric_id=star.id, grain=Grain.MONTH, values=[TypedValue(date(2026, 6, 1), Decimal(6543))]
    )
    run_work()
    seen = words(client.get(path))
    assert "¥6,543" in seen
    assert seen.count("¥4,800") < before.count("¥4,800")


def test_every_act_is_seen_at_once(path, company, ada, client_of) -> None:
    star, client = company(2), client_of(ada)
    client.get(path)
    target = set_target(actor=ada.actor, metric_id=star.id, **TARGET)
    assert "¥5,500" in words(client.get(path))
    withdraw_target(actor=ada.actor, target_id=target.pk, reason="A mistake.")
    assert "¥5,500" not in words(client.get(path))
    [driver] = metrics.tree().children
    services.remove_node(actor=ada.actor, node_id=driver.id)
    assert "driver_1" not in words(client.get(path))
    tree = client.get("/tree/").content.decode()
    services.certify(actor=ada.actor, metric_id=star.id, note="Counted by hand.", number=1)
    assert client.get("/tree/").content.decode().count('title="Certified"') == tree.count('title="Certified"') + 1


def test_a_change_that_is_taken_back_was_never_seen(company, ada, client_of) -> None:
    from django.db import transaction

    star, client = company(1), client_of(ada)
    before = metrics.edition()
    with transaction.atomic():
        set_target(actor=ada.actor, metric_id=star.id, **TARGET)
        assert metrics.edition() != before
        transaction.set_rollback(True)
    assert metrics.edition() == before
    assert "¥5,500" not in words(client.get("/"))


def test_each_sees_what_is_theirs(path, company, ada, cleo, dora, borealis, client_of) -> None:
    company(2)
    admin, viewer, stranger = client_of(ada), client_of(cleo), client_of(dora, borealis)
    for _ in range(2):
        seen = {name: client.get(path).content.decode() for name, client in
                (("admin", admin), ("viewer", viewer), ("stranger", stranger))}  # fmt: skip
        assert f"<span>{ada.name}</span>" in seen["admin"]
        assert f"<span>{cleo.name}</span>" in seen["viewer"]
        assert f"<span>{ada.name}</span>" not in seen["viewer"]
        assert "/company/" in seen["admin"]
        assert "/company/" not in seen["viewer"]
        assert "driver_1" not in seen["stranger"]
    ada.roles = ["viewer"]
    ada.save(update_fields=["roles"])
    assert "/company/" not in admin.get(path).content.decode()


def test_language_and_appearance_are_the_readers(path, company, ada, client_of) -> None:
    company(2)
    client = client_of(ada)
    assert "The driver_1" in words(client.get(path))
    client.cookies["lodestar_language"] = "zh-hans"
    assert "指标 driver_1" in words(client.get(path))
    client.cookies["theme"] = "dark"
    assert 'data-bs-theme="dark"' in client.get(path).content.decode()
    del client.cookies["lodestar_language"]
    assert "The driver_1" in words(client.get(path))


def test_forms_of_a_kept_page_can_be_sent(path, company, ada, client_of) -> None:
    company(1)
    client = client_of(ada)
    client.handler.enforce_csrf_checks = True
    client.get(path)
    for reader in (client, client_of(ada)):
        reader.handler.enforce_csrf_checks = True
        seen = reader.get(path).content.decode()
        assert shelf._hole() not in seen
        sent = {"csrfmiddlewaretoken": TOKEN.search(seen)[1], "language": "zh-hans", "next": path}
        assert reader.post("/language/", sent).status_code == 302
        assert reader.post("/language/", {**sent, "csrfmiddlewaretoken": "x" * 64}).status_code == 403


def test_a_message_is_shown_once(path, company, ada, client_of) -> None:
    company(1)
    client = client_of(ada)
    client.get(path)
    settings = {"name": "Acme", "language": "en", "currency": "CNY", "time_zone": "Asia/Shanghai"}
    client.post("/company/", {**settings, "week_start": 1, "fiscal_year_start": 1})
    assert "The settings are saved." in words(client.get(path))
    assert "The settings are saved." not in words(client.get(path))


def test_without_the_cache_pages_are_there(path, company, ada, client_of, monkeypatch) -> None:
    company(1)

    def gone(*args: object, **kwargs: object) -> None:
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(cache, "get", gone)
    monkeypatch.setattr(cache, "set", gone)
    client = client_of(ada)
    for _ in range(2):
        assert "¥4,800" in words(client.get(path))


def test_what_another_process_made_is_found(company, ada, client_of, django_assert_num_queries) -> None:
    company(1)
    client = client_of(ada)
    client.get("/tree/")
    shelf.forget_here()
    with django_assert_num_queries(4):
        client.get("/tree/")


def test_memory_is_bounded() -> None:
    here = shelf._Here(most=10)
    for number in range(5):
        here.put(str(number), b"1234")
    assert here.size == 8
    assert here.get("2") is None
    assert here.get("4") == b"1234"

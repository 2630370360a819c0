"""A person sets a source up page by page; the secret is on none of them."""

import pytest

from apps.datasets.models import Upload
from apps.sources.models import Source
from tests.integration.sources.conftest import SECRET

pytestmark = pytest.mark.django_db


def test_a_source_is_set_up_page_by_page(
    in_acme, ben, client_of, shop, run_work, computed, django_assert_max_num_queries
):
    client, shown = client_of(ben), []

    def page(answer, status=200):
        assert answer.status_code == status, answer.content.decode()[:2000]
        shown.append(answer.content.decode())
        return shown[-1]

    assert "PostgreSQL" in page(client.get("/data/sources/new/"))
    assert "Test the connection" in page(client.get("/data/sources/new/?kind=postgresql"))
    told = {"kind": "postgresql", "name": "Dealer system", **shop, "secret": SECRET}
    assert "Say as whom" in page(client.post("/data/sources/new/", told | {"user": ""}), 422)
    client.post("/data/sources/new/", told)
    source = Source.objects.get()
    base = f"/data/sources/{source.pk}"
    assert "work-progress" in page(client.get(f"{base}/what/"))
    run_work()
    assert "public.orders" in page(client.get(f"{base}/what/"))
    page(client.post(f"{base}/what/", {"table": "", "select": ""}), 422)
    client.post(f"{base}/what/", {"table": '["public", "orders"]', "select": ""})
    run_work()
    text = page(client.get(f"{base}/setup/"))
    assert "numeric(12,2)" in text
    assert "北京" in text
    when = {"every": "week", "weekday": "0", "hour": "6", "minute": "30", "owner": str(ben.pk), "dataset": ""}
    assert "five parts" in page(client.post(f"{base}/setup/", when | {"every": "cron", "cron": "6"}), 422)
    client.post(f"{base}/setup/", when | {"rising": "c0", "overlap": "0"})
    run_work()
    with django_assert_max_num_queries(14):
        text = page(client.get(f"{base}/"))
    assert "every Monday at 06:30" in text
    assert "Waits for you" in text
    assert Upload.objects.get().filename in text
    source.refresh_from_db()
    assert (source.chosen.rising, source.owner_id) == ("id", ben.pk)
    page(client.get("/data/sources/"))
    assert "Dealer system" in page(client.get(f"{base}/connection/"))
    kept = {"name": "Dealers", **shop, "secret": ""}
    assert "Type the password" in page(client.post(f"{base}/connection/", kept | {"host": "evil.example.com"}), 422)
    assert client.post(f"{base}/connection/", kept).status_code == 302
    for act in ("pause", "resume", "delete"):
        assert client.post(f"{base}/{act}/").status_code == 302
    assert not Source.objects.exists()
    assert not any(SECRET in text for text in shown)

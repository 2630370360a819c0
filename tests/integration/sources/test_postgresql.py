"""A real PostgreSQL as a source: what is read is what is there, nothing is written, nothing is read twice or lost."""

from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import ip_network

import pytest

from apps.datasets import services as datasets
from apps.datasets.models import Upload
from apps.sources import services
from apps.sources.domain.choice import choice_of
from apps.sources.domain.connection import Kind, connection_of
from apps.sources.fetch import postgresql
from apps.sources.fetch.asking import Ask
from apps.sources.fetch.trouble import Trouble
from apps.sources.models import Source
from apps.work.models import Work
from tests import tls
from tests.integration.datasets.conftest import rows_of
from tests.integration.sources.conftest import SECRET, SHOP, owner

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAILY = {"every": "day", "hour": 6, "minute": 30}
COLUMNS = [
    {"source": "id", "name": "id", "type": "integer", "role": "attribute"},
    {"source": "no", "name": "no", "type": "text", "role": "entity"},
    {"source": "day", "name": "day", "type": "date", "role": "time", "required": True},
    {"source": "made_at", "name": "made_at", "type": "datetime", "role": "attribute"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
    {"source": "wide", "name": "wide", "type": "text", "role": "attribute"},
    {"source": "paid", "name": "paid", "type": "boolean", "role": "attribute"},
    {"source": "store", "name": "store", "type": "text", "role": "dimension"},
    {"source": "more", "name": "more", "type": "text", "role": "attribute"},
]


@pytest.fixture
def orders(computed, shop, actor, run_work):
    """`orders(...)`: a source of the table, chosen, set up, read once, its columns named and loaded."""

    def make(row_key=(), columns=COLUMNS, choice=None, **options) -> Source:
        source = services.make_source(actor=actor, kind="postgresql", name="Shop", connection=shop, secret=SECRET)
        services.choose(actor=actor, source_id=source.pk, choice=choice or {"schema": "public", "table": "orders"})
        Work.objects.filter(kind="sources.look").delete()  # what there is to see is another test's matter
        services.set_up(actor=actor, source_id=source.pk, schedule=DAILY, now=NOW, **options)
        run_work()
        upload = Upload.objects.get()
        datasets.name_columns(
            actor=actor, upload_id=upload.pk, columns=columns, row_key=row_key, name="Orders", key="orders"
        )
        run_work()
        source.refresh_from_db()
        return source

    return make


def pulls(source: Source) -> list[str]:
    return list(source.pulls.order_by("begun_at", "pk").values_list("status", flat=True))


def test_a_connection_is_tried_and_tells_what_may_be_read(made, shop):
    source = made("postgresql", shop)
    assert source.problem == []
    assert source.look["server"].startswith("PostgreSQL ")
    assert {table["name"]: table["kind"] for table in source.look["tables"]} == {"orders": "table", "spring": "view"}


@pytest.mark.parametrize(
    ("changes", "secret", "said"),
    [
        ({}, "wrong", "does not let shop_reader in"),
        ({"user": "nobody"}, SECRET, "does not let nobody in"),
        ({"database": "elsewhere"}, SECRET, "does not let this service in"),
        ({"port": 9}, SECRET, "does not answer at port 9"),
        ({"host": "no-such-host.invalid"}, SECRET, "no server of the name"),
        ({"tls": "encrypt"}, SECRET, "No encrypted connection"),
    ],
)
def test_what_keeps_a_connection_from_being_made_is_said_without_the_password(shop, changes, secret, said):
    where = connection_of(Kind.POSTGRESQL, shop | changes)
    with pytest.raises(Trouble) as caught:
        postgresql.look(where, asked(secret))
    words = caught.value.message % caught.value.params
    assert said in words
    assert secret not in words


def asked(secret: str = SECRET, **more: object) -> Ask:
    """In this process, which a test may do: no audit hook stays behind, and nothing has to be started."""
    return Ask(secret=secret, allowed=(ip_network("127.0.0.0/8"),), **more)


def test_rows_come_with_every_value_exact(orders):
    source = orders()
    assert pulls(source) == ["done"]
    first, second, third = rows_of(source.dataset)
    assert (first["id"], first["no"], first["day"]) == (1, "00042", date(2026, 1, 2))
    assert first["made_at"] == datetime(2026, 1, 2, 8, 0, 0, 123456), "by the company's clock"
    assert (first["amount"], first["wide"], first["paid"]) == (Decimal("10.50"), "0.1234567890123456789", True)
    assert second["wide"] == "12345678901234567890.5"
    assert (first["store"], third["store"], first["more"]) == ("北京", 'a "b", c', '{"k": 1}')
    assert third["amount"] is None
    assert third["paid"] is None


def test_only_new_rows_come_by_a_column_that_rises(orders, actor, run_work):
    source = orders(rising="id")
    assert source.mark == {"type": "integer", "text": "3"}
    with owner(SHOP) as shop:
        shop.execute("INSERT INTO orders (id, no, day, made_at, amount) VALUES (4, 'x', '2026-02-02', now(), 1)")
    services.run_now(actor=actor, source_id=source.pk)
    run_work()
    services.run_now(actor=actor, source_id=source.pk)
    run_work()
    source.refresh_from_db()
    assert pulls(source) == ["done", "done", "same"]
    assert [row["id"] for row in rows_of(source.dataset)] == [1, 2, 3, 4]


def test_rows_of_a_day_that_is_not_over_wait_unless_they_have_a_key(orders, actor, run_work, monkeypatch):
    with owner(SHOP) as shop:
        shop.execute("SET TIME ZONE 'Asia/Shanghai'")  # the company's day, not the server's
        shop.execute("INSERT INTO orders (id, no, day, made_at) VALUES (9, 'today', current_date, now())")
    source = orders(rising="day", columns=COLUMNS[:3])
    assert [row["id"] for row in rows_of(source.dataset)] == [1, 2, 3]
    assert source.mark["text"] == "2026-02-01"
    with_key = services.set_up  # the same table, whose rows have a key: the last day is read again
    with_key(actor=actor, source_id=source.pk, schedule=DAILY, now=NOW, rising="day", dataset_id=source.dataset_id)
    source.dataset.row_key = ["id"]
    source.dataset.save()
    run_work()
    pull = source.pulls.first()
    assert pull.rows == 2, "the last known day once more, and today"


def test_rows_that_share_the_last_value_are_not_torn_apart(orders, settings, actor, run_work):
    settings.SOURCE_MAX_ROWS = 2
    with owner(SHOP) as shop:
        shop.execute("UPDATE orders SET day = '2026-01-03' WHERE id = 2")
        shop.execute("INSERT INTO orders (id, no, day, made_at) VALUES (5, 'y', '2026-01-03', now())")
    source = orders(rising="day", columns=COLUMNS[:3])
    assert pulls(source) == ["done", "done"]
    assert [pull.why for pull in source.pulls.order_by("begun_at")] == ["person", "more"]
    assert [row["id"] for row in rows_of(source.dataset)] == [1, 2, 5, 3]


def test_more_rows_than_may_be_read_are_refused_whole(shop, tmp_path):
    where = connection_of(Kind.POSTGRESQL, shop)
    with pytest.raises(Trouble, match="There are more than"):
        postgresql.pull(where, choice_of({"select": "SELECT * FROM orders"}), asked(most_rows=2), tmp_path / "x")


def test_a_whole_table_that_is_as_it_was_makes_no_version(orders, actor, run_work):
    source = orders(mode="replace")
    services.run_now(actor=actor, source_id=source.pk)
    run_work()
    assert pulls(source) == ["done", "same"]
    with owner(SHOP) as shop:
        shop.execute("DELETE FROM orders WHERE id < 3")
    services.run_now(actor=actor, source_id=source.pk)
    run_work()
    assert pulls(source) == ["done", "same", "done"]
    assert [row["id"] for row in rows_of(source.dataset)] == [3]
    with owner(SHOP) as shop:
        shop.execute("DELETE FROM orders")
    services.run_now(actor=actor, source_id=source.pk)
    run_work()
    assert pulls(source)[-1] == "failed"
    assert [row["id"] for row in rows_of(source.dataset)] == [3], "an empty table changes nothing"


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ("SELECT word FROM secrets", "may not read"),
        ("SELECT * FROM nowhere", "not there any more"),
        ("SELECT id FROM orders WHERE", "does not understand"),
        ("SELECT id, id FROM orders", "Two columns are called id"),
        ("SELECT 1) AS x; COMMIT; CREATE TABLE public.own (a int); SELECT * FROM (SELECT 2", "does not understand"),
        ("WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone", "does not understand"),
        ("SELECT nextval('numbers')", "Only reading is allowed"),
        ("SELECT pg_sleep(30)", "longer than"),
    ],
)
def test_a_select_reads_and_nothing_else(shop, select, said):
    with owner(SHOP) as connection:
        connection.execute("CREATE SEQUENCE numbers; GRANT ALL ON SEQUENCE numbers TO shop_reader")
        connection.execute("GRANT DELETE ON orders TO shop_reader; GRANT CREATE ON SCHEMA public TO shop_reader")
    where, ask = connection_of(Kind.POSTGRESQL, shop), asked(statement_seconds=1)
    with pytest.raises(Trouble) as caught:
        postgresql.preview(where, choice_of({"select": select}), ask)
    assert said in caught.value.message % caught.value.params
    with owner(SHOP) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'own'").fetchone() == (0,)


def test_what_is_read_cannot_be_made_writable(shop):
    where = connection_of(Kind.POSTGRESQL, shop)
    select = "SELECT set_config('transaction_read_only', 'off', false) AS a, nextval('numbers') AS b"
    with owner(SHOP) as connection:
        connection.execute("CREATE SEQUENCE numbers; GRANT ALL ON SEQUENCE numbers TO shop_reader")
    with pytest.raises(Trouble):
        postgresql.preview(where, choice_of({"select": select}), asked())
    with owner(SHOP) as connection:
        assert connection.execute("SELECT is_called FROM numbers").fetchone() == (False,)


def test_private_networks_are_closed_unless_the_operator_opens_them(made, shop, settings):
    settings.SOURCE_NETWORKS = ()
    source = made("postgresql", shop | {"tls": "encrypt"})
    assert "private network" in source.problem[0]["message"]
    assert not source.look


def test_a_changed_table_waits_for_a_person_and_breaks_nothing(orders, actor, run_work, ada):
    source = orders(mode="replace")
    with owner(SHOP) as shop:
        shop.execute("DROP VIEW spring; ALTER TABLE orders DROP COLUMN amount")
    services.run_now(actor=actor, source_id=source.pk)
    run_work()
    assert pulls(source) == ["done", "person"]
    assert len(rows_of(source.dataset)) == 3
    assert ada.notices.filter(kind="sources.waits").count() >= 1
    datasets.discard_upload(actor=actor, upload_id=Upload.objects.get(status="inspected").pk)
    services.go_on_all(NOW)
    assert pulls(source) == ["done", "dropped"]


def test_a_failing_source_is_tried_again_later_then_paused_and_its_owner_told(
    orders, settings, run_work, ada, mailoutbox
):
    settings.SOURCE_FAILURES = 3
    source = orders(rising="id")
    with owner(SHOP) as shop:
        shop.execute("ALTER TABLE orders RENAME TO moved")
    for failures in (1, 2, 3):
        Source.objects.filter(pk=source.pk).update(next_at=NOW)
        assert services.start_due(NOW) == 1
        run_work()
        source.refresh_from_db()
        assert source.failures == failures
    assert source.status == "paused"
    assert "not there any more" in source.problem[0]["message"]
    assert ada.notices.filter(kind="sources.failed").count() == 2, "when it begins to fail, and when it is paused"
    assert any("Shop" in mail.subject + mail.body for mail in mailoutbox)
    with owner(SHOP) as shop:
        shop.execute("ALTER TABLE moved RENAME TO orders")
    services.resume_source(actor=ada.actor, source_id=source.pk, now=NOW)
    source.refresh_from_db()
    assert source.next_at == datetime(2026, 3, 2, 22, 30, tzinfo=UTC), "6:30 in Shanghai"


def test_secrets_stay_secret(orders, in_acme, borealis, caplog, settings):
    from apps.audit.models import Entry
    from apps.sources.services import sealing
    from apps.work.models import Work
    from apps.workspaces.scope import inside

    source = orders()
    assert SECRET not in source.secret
    assert sealing.unseal(source.secret) == SECRET
    with inside(borealis), pytest.raises(sealing.SecretLost):
        sealing.unseal(source.secret)
    told = [*Entry.objects.values_list("before", "after"), *Work.objects.values_list("args", "reason_params")]
    assert SECRET not in str(told) + caplog.text
    settings.CREDENTIAL_KEYS = ["n" * 40, *settings.CREDENTIAL_KEYS]
    assert services.rotate_secrets() == (1, [])
    settings.CREDENTIAL_KEYS = ["n" * 40]
    source.refresh_from_db()
    assert sealing.unseal(source.secret) == SECRET
    settings.CREDENTIAL_KEYS = ["m" * 40]
    assert services.rotate_secrets() == (0, ["Shop"])


def test_only_the_server_that_proves_who_it_is_hears_the_password(shop, tmp_path):
    """`verify-full` against an authority of one's own: another name, another authority, one that has run out and a
    server without TLS are each refused before anything is said, in a sentence."""
    (tmp_path / "other").mkdir()
    ours, other = tls.Authority(tmp_path), tls.Authority(tmp_path / "other", "Somebody else")

    def look(certificate, authority=ours):
        with tls.before(shop["port"], certificate) as port:
            where = connection_of(Kind.POSTGRESQL, shop | {"port": port, "tls": "verify"})
            return postgresql.look(where, asked(ca_file=str(authority.file)))

    right = ours.certificate("127.0.0.1")
    assert {table["name"] for table in look(right)["tables"]} == {"orders", "spring"}
    for certificate, authority, reason in (
        (right, other, "certificate verify failed"),
        (other.certificate("127.0.0.1"), ours, "certificate verify failed"),
        (ours.certificate("127.0.0.2"), ours, "does not match host name"),
        (ours.certificate("127.0.0.1", days=-1), ours, "certificate verify failed"),
    ):
        with pytest.raises(Trouble) as caught:
            look(certificate, authority)
        assert (caught.value.message, caught.value.retry) == (postgresql.TLS, False)
        assert reason in caught.value.params["said"]
        assert SECRET not in str(caught.value.params)
    bare = connection_of(Kind.POSTGRESQL, shop | {"tls": "verify"})
    with pytest.raises(Trouble) as caught:
        postgresql.look(bare, asked(ca_file=str(ours.file)))
    assert caught.value.message == postgresql.TLS
    assert "does not support SSL" in caught.value.params["said"]

"""Two people at one upload at the same moment: one is first, nothing is done twice, and the other hears of it."""

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection

from apps.datasets import services
from apps.datasets.domain.modes import How
from apps.datasets.models import Dataset, DatasetVersion, Upload
from apps.kernel.issue import Refusal
from apps.work.models import Work
from apps.workspaces.scope import inside
from tests.integration.datasets.conftest import COLUMNS, rows_of

pytestmark = pytest.mark.django_db(transaction=True)
MORE = "order_no,day,customer_id,amount,store\nB1,2026-02-03,c9,7.00,North\nB2,2026-02-04,c9,8.00,North\n"


@pytest.fixture
def at_once(acme) -> Callable[..., list[object]]:
    """`at_once(act, ...)`: everybody acts at the same moment; what each of them got back or was refused with."""

    def run(*acts: Callable[[], object]) -> list[object]:
        start, ends = threading.Barrier(len(acts)), [None] * len(acts)

        def person(number: int, act: Callable[[], object]) -> None:
            with inside(acme):
                start.wait()
                try:
                    ends[number] = act()
                except Refusal as refusal:
                    ends[number] = refusal
            connection.close()

        people = [threading.Thread(target=person, args=each) for each in enumerate(acts)]
        for each in people:
            each.start()
        for each in people:
            each.join(30)
        return ends

    return run


def test_two_people_name_the_columns_of_one_upload(send, ada, ben, at_once, run_work) -> None:
    upload = send(MORE)
    seen = upload.mark

    def name(person, key: str):
        return lambda: services.name_columns(
            actor=person.actor, upload_id=upload.pk, columns=COLUMNS, name=key.title(), key=key, seen=seen
        )

    ends = at_once(name(ada, "orders"), name(ben, "sales"))
    [refused] = [end for end in ends if isinstance(end, Refusal)]
    assert "Somebody else went on with this file meanwhile" in refused.in_words()
    run_work()
    assert Dataset.objects.count() == 1, "what the second one wanted is not half there"
    assert len(rows_of(Dataset.objects.get())) == 2


def test_two_people_apply_one_upload_and_a_third_has_it_loaded_otherwise(
    send, orders, ada, adi, ben, at_once, run_work
) -> None:
    upload = send(MORE, dataset_id=orders.pk)
    services.load_as_known(actor=ben.actor, upload_id=upload.pk, how=How(review=True))
    run_work()
    upload.refresh_from_db()
    seen = upload.mark
    again = How(mode=Upload.Mode.REPLACE, review=True)
    ends = at_once(
        lambda: services.apply_upload(actor=ada.actor, upload_id=upload.pk, seen=seen),
        lambda: services.apply_upload(actor=adi.actor, upload_id=upload.pk, seen=seen),
        lambda: services.load_as_known(actor=ben.actor, upload_id=upload.pk, how=again, seen=seen),
    )
    refused = [end for end in ends if isinstance(end, Refusal)]
    assert len(refused) == 2
    assert all("Somebody else went on with this file meanwhile" in end.in_words() for end in refused)
    run_work()
    upload.refresh_from_db()
    assert DatasetVersion.objects.filter(upload=upload).count() == (upload.status == Upload.Status.LOADED)
    assert Work.objects.filter(status="parked").count() == 0
    assert len(rows_of(orders)) == (5 if upload.status == Upload.Status.LOADED else 3)


def test_one_file_that_replaces_by_key_is_sent_mapped_and_applied_by_two_at_once(load, ada, ben, at_once, run_work):
    """Sent twice, mapped twice and applied twice at the same moment: each once, and each row once."""
    keyed = load(row_key=["order_no"]).dataset
    change = b"order_no,day,customer_id,amount,store\nA1,2026-01-02,c1,99.00,North\nB1,2026-02-03,c9,7.00,North\n"

    def send(person):
        told = {"actor": person.actor, "filename": "change.csv", "dataset_id": keyed.pk}
        return lambda: services.receive_upload(chunks=[change], **told)

    sent = at_once(send(ada), send(ben))
    [upload] = [end for end in sent if isinstance(end, Upload)]
    [already] = [end for end in sent if isinstance(end, services.AlreadyHere)]
    assert "is here already" in already.in_words()
    run_work()
    upload.refresh_from_db()
    seen = upload.mark

    def have_loaded(person, meets: str):
        how = How(meets=meets, review=True)
        return lambda: services.load_as_known(actor=person.actor, upload_id=upload.pk, how=how, seen=seen)

    mapped = at_once(have_loaded(ada, "replace"), have_loaded(ben, "replace"))
    assert sum("Somebody else went on" in end.in_words() for end in mapped if isinstance(end, Refusal)) == 1
    run_work()
    upload.refresh_from_db()
    assert (upload.outcome["added"], upload.outcome["changed"]) == (1, 1)
    waits = upload.mark
    applied = at_once(
        *(lambda p=p: services.apply_upload(actor=p.actor, upload_id=upload.pk, seen=waits) for p in (ada, ben))
    )
    assert sum("Somebody else went on" in end.in_words() for end in applied if isinstance(end, Refusal)) == 1
    run_work()
    assert DatasetVersion.objects.filter(dataset=keyed).count() == 2
    amounts = [(row["order_no"], row["amount"]) for row in rows_of(keyed)]
    assert sorted(amounts) == [("A1", 99), ("A2", 20), ("A3", Decimal("5.25")), ("B1", 7)]

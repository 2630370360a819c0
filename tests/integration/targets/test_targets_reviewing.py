"""A target that is to be looked at again is told of: whoever answers for it, once, from nine on the day on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.urls import reverse

from apps.kernel.period import Grain
from apps.notifications.models import Notice
from apps.targets import services

TERMS = {
    "grain": Grain.MONTH, "baseline": Decimal(4200), "goal": Decimal(5500), "start": date(2026, 1, 1),
    "due": date(2026, 12, 31), "review_on": date(2026, 7, 10),
}  # fmt: skip


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)  # Shanghai


def test_who_answers_for_a_target_is_reminded_once_and_pages_say_so(arpu, ada, mia, on_day, client_of) -> None:
    target = services.set_target(actor=ada.actor, metric_id=arpu.id, owner_id=mia.pk, **TERMS)
    told = [services.remind_of_reviews(at(target.review_on, hour)) for hour in (8, 9, 9, 20)]
    assert told == [0, 1, 0, 0]
    [notice] = Notice.objects.filter(kind="targets.review")
    assert (notice.recipient_id, notice.url) == (mia.pk, reverse("targets:history", args=[target.pk]))
    assert notice.params == {"metric": arpu.name, "day": {"day": "2026-07-10"}}
    client = client_of(ada)
    assert "To be looked at again on" in client.get(notice.url).content.decode()
    on_day(at(date(2026, 7, 9), 9))
    assert "To be looked at again since" not in client.get(reverse("targets:list")).content.decode()
    on_day(at(target.review_on, 9))
    later = client.get(
        reverse("targets:list"), {"page": "1"}
    ).content.decode()  # another address: no page is kept for it
    assert "To be looked at again since" in later


def test_where_the_owner_left_who_set_it_is_reminded_and_after_its_end_nobody(arpu, ada, mia) -> None:
    target = services.set_target(actor=ada.actor, metric_id=arpu.id, owner_id=mia.pk, **TERMS)
    mia.is_active = False
    mia.save()
    assert services.remind_of_reviews(at(target.review_on + timedelta(days=20), 12)) == 0  # nobody looks so far back
    assert services.remind_of_reviews(at(target.review_on + timedelta(days=3), 8)) == 1
    assert [row.recipient_id for row in Notice.objects.filter(kind="targets.review")] == [ada.pk]

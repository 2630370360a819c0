"""Reminders of check-ins: who is told, when, and how often."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from apps.goals import services
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.domain.saying import Said
from apps.goals.forms.cycles import CycleForm
from apps.goals.models import Cadence, CheckIn, KeyResult
from apps.goals.presentation import checkins as words
from apps.goals.selectors import checkins as selectors
from apps.notifications.models import Notice
from tests.integration.goals.conftest import D
from tests.integration.goals.saying import say


@pytest.fixture
def friday(objective, quarter, now):
    """A Friday check-in of the running cycle that no holiday moved, with the hours around it on the company's clock."""
    KeyResult.objects.update(created_at=now - timedelta(days=50))
    slots = selectors.slots_of(selectors.cadences().of(None), quarter)
    slot = next(each for each in slots if each.due.weekday() == 4 and each.due > quarter.start + timedelta(days=9))

    def at(days: int, hour: int) -> datetime:
        day = slot.due + timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)  # Shanghai

    return slot, at


def test_posthog_52846_who_is_asked_every_hour_reminds_once_a_day_before_that_day_and_after_it(
    friday, mia, sales, run_work
) -> None:
    """PostHog/posthog#52846: the same alarm fired every hour."""
    _slot, at = friday
    for days, hour in ((-1, 10), (-1, 11), (0, 10), (0, 10), (1, 8), (3, 10), (3, 22)):
        services.remind(at(days, hour))
        services.remind(at(days, hour))
    kinds = list(Notice.objects.filter(recipient=mia).order_by("created_at", "kind").values_list("kind", flat=True))
    assert sorted(kinds) == ["goals.check_in_due", "goals.check_in_missed", "goals.check_in_soon", "goals.team_missed"]
    assert Notice.objects.get(kind="goals.check_in_due").params["count"] == 4
    assert Notice.objects.get(kind="goals.team_missed").params["team"] == "Sales", "one for the team, not one for each"


def test_a_missed_check_in_is_another_word_than_a_missed_target(friday, mia) -> None:
    slot, _at = friday
    gone = selectors.lines(selectors.live(), slot.closes + timedelta(days=1))[0]
    with translation.override("zh-hans"):
        assert words.stand(gone) == ("bad", "漏签")
        assert CycleForm().fields["name"].label == "名称"


def test_what_was_missed_is_told_though_the_next_may_be_made_already(friday, quarter, mia, ada) -> None:
    slot, at = friday
    Cadence.objects.create(
        every=1, weekday=4, since=slot.due - timedelta(days=7), skip_within_days=3, grace_days=3, set_by=ada.pk,
        set_by_name="Ada",
    )  # fmt: skip
    for days in (4, 4, 5):  # the days of grace end on Monday, the next check-in opens on Tuesday
        services.remind(at(days, 10))
    told = Notice.objects.filter(recipient=mia, kind="goals.check_in_missed")
    assert [(row.params["day"], row.params["count"]) for row in told] == [({"day": slot.due.isoformat()}, 4)]


def test_lightdash_18662_who_has_checked_in_is_not_reminded(friday, objective, mia, now) -> None:
    """lightdash/lightdash#18662: deliver only when there is something to say."""
    slot, at = friday
    for row in objective.key_results.all():
        CheckIn.objects.create(key_result=row, on=slot.opens, by=mia.pk, by_name="Mia", confidence="on_track")
    assert services.remind(at(0, 10)) == 0


def test_a_scheduler_that_was_away_tells_only_the_newest(friday, mia) -> None:
    _slot, at = friday
    services.remind(at(3, 10))
    assert not Notice.objects.filter(kind__in=["goals.check_in_due", "goals.check_in_soon"]).exists()
    assert services.remind(at(7, 10) - timedelta(days=2)) == 0


def test_reminders_of_private_goals_name_nothing_and_leads_do_not_count_them(quarter, sales, max, mia, now) -> None:
    own = ObjectiveDraft(
        title="SECRET", level="person", owner_id=max.pk, private=True,
        key_results=(KeyResultDraft("SECRETTOO", start=D(0), goal=D(5)),),
    )  # fmt: skip
    services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=own, now=now)
    KeyResult.objects.update(created_at=now - timedelta(days=50))
    slots = selectors.slots_of(selectors.cadences().of(None), quarter)
    day = slots[2].closes + timedelta(days=1)
    services.remind(datetime(day.year, day.month, day.day, 2, tzinfo=UTC))
    assert [row.recipient_id for row in Notice.objects.all()] == [max.pk]
    row, on = KeyResult.objects.get(title="SECRETTOO"), quarter.start + timedelta(days=49)
    say(max, row, Said(D(1), "on_track"), today=on, now=now)
    assert not any("SECRET" in str(row.params) for row in Notice.objects.all())

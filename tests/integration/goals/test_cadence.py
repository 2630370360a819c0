"""Whose check-in it is, and when one is due."""

from datetime import date, timedelta

import pytest

from apps.accounts import services as accounts
from apps.goals import services
from apps.goals.domain.cadence import Rule
from apps.goals.domain.drafts import KeyResultDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.goals.domain.saying import Said
from apps.goals.models import Cadence, CheckIn, KeyResult, KeyResultValue
from apps.goals.selectors import checkins as selectors
from apps.goals.selectors.people import reader
from apps.kernel.issue import Forbidden, Refusal
from tests.integration.goals.conftest import D, draft_of, key_result
from tests.integration.goals.saying import fresh, say


def test_whose_owner_left_falls_to_the_lead(churned, objective, mia, max, ada, today) -> None:
    KeyResult.objects.filter(pk=churned.pk).update(owner_id=max.pk)
    assert selectors.line_of(fresh(churned), today).responsible == max.pk
    accounts.deactivate(actor=ada.actor, user_id=max.pk)
    assert selectors.line_of(fresh(churned), today).responsible == mia.pk
    assert churned.pk in {line.key_result.pk for line in selectors.mine(reader(mia.actor), today)}


def test_a_key_result_owes_no_check_in_before_it_was_there(churned, today) -> None:
    assert selectors.line_of(fresh(churned), today).missed == 0


def test_missed_check_ins_are_counted_and_nine_of_thirteen_in_range_are_69_23_percent(
    mia, sales, ada, today, now, in_acme
) -> None:
    """Thirteen weeks, each on the weekday of the cycle's last day but one; the last two were missed."""
    start, due = today - timedelta(days=7 * 13 + 1), today - timedelta(days=1)
    cycle = services.make_cycle(actor=ada.actor, name="Thirteen", kind="custom", start=start, due=due)
    rule = Rule(every=1, weekday=(start + timedelta(days=1)).weekday(), since=start, skip_within_days=1, grace_days=1)
    Cadence.objects.create(
        set_by=ada.pk, set_by_name="Ada", **{name: getattr(rule, name) for name in rule.__dataclass_fields__}
    )
    kept = KeyResultDraft("Stock", Kind.RANGE, low=D(4), high=D(6), rule=RangeRule.CHECKINS)
    draft = draft_of(sales, mia, key_results=(kept,))
    made = services.create_objective(actor=mia.actor, cycle_id=cycle.pk, draft=draft, now=now)
    row = key_result(made, "Stock")
    KeyResult.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=100))
    slots = selectors.slots_of(selectors.cadences().of(sales.pk), cycle)
    assert len(slots) == 13
    for number, slot in enumerate(slots[:-2]):
        value = D(5) if number < 9 else D(9)
        KeyResultValue.objects.create(key_result=row, value=value, on=slot.due, source="checkin")
        CheckIn.objects.create(
            key_result=row, value=value, on=slot.due, by=mia.pk, by_name="Mia", confidence="on_track"
        )
    services.progress.recompute([made.pk], now=now)
    row.refresh_from_db()
    assert selectors.line_of(fresh(row), today).missed == 2
    assert row.progress == (D(9) / 13).quantize(D("1e-12"))


def test_a_check_in_after_the_end_of_the_cycle_answers_nothing_that_is_missed(past, sales, mia, today, now) -> None:
    """Its value is one of the last day all the same."""
    services.set_cadence(actor=mia.actor, team_id=sales.pk, rule=Rule(1, today.weekday(), today), today=today, now=now)
    Cadence.objects.update(since=past.start, weekday=past.due.weekday(), grace_days=0)
    kept = KeyResultDraft("Stock", Kind.RANGE, low=D(4), high=D(6), rule=RangeRule.CHECKINS)
    draft = draft_of(sales, mia, key_results=(kept,))
    made = services.create_objective(actor=mia.actor, cycle_id=past.pk, draft=draft, now=now)
    row = key_result(made, "Stock")
    KeyResult.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=3))
    late = say(mia, row, Said(D(5), "on_track"), today=today, now=now)
    row.refresh_from_db()
    assert (late.on, late.due_on, row.value, row.value_on) == (past.due, None, 5, past.due)
    assert selectors.line_of(fresh(row), today).missed == 1
    assert row.progress == 0
    services.correct_check_in(
        actor=mia.actor, checkin_id=late.pk, said=Said(D("4.5"), "on_track"), reason="A slip", seen=None, now=now
    )
    row.refresh_from_db()
    assert (row.value, row.progress) == (D("4.5"), 0)  # corrected, it answers no more than it did


def test_holidays_are_those_of_the_country_of_the_companys_clock(in_acme, monkeypatch) -> None:
    monkeypatch.undo()  # in Shanghai, on National Day, on a Saturday that is worked for it, and on a plain Sunday
    worked = selectors.working_days()
    assert [worked(date(2025, 10, day)) for day in (1, 9, 11, 12)] == [False, True, True, False]


def test_a_team_checks_in_by_its_own_cadence_else_by_that_above_it(sales, ada, mia, today, now) -> None:
    company = Rule(every=2, weekday=0, since=today)
    services.set_cadence(actor=ada.actor, team_id=None, rule=company, today=today, now=now)
    assert selectors.cadences().of(sales.pk)[-1] == company
    services.set_cadence(actor=ada.actor, team_id=sales.parent_id, rule=Rule(1, 2, today), today=today, now=now)
    assert selectors.cadences().of(sales.pk)[-1].weekday == 2
    own = Rule(4, 3, today + timedelta(days=3), 2, 2)
    services.set_cadence(actor=mia.actor, team_id=sales.pk, rule=own, today=today, now=now)
    assert [rule.weekday for rule in selectors.cadences().of(sales.pk)] == [4, 2, 3], "what was due before stays"
    with pytest.raises(Forbidden):
        services.set_cadence(actor=mia.actor, team_id=sales.parent_id, rule=own, today=today, now=now)
    early = Rule(3, 9, today - timedelta(days=1), 9, 9)
    with pytest.raises(Refusal) as refused:
        services.set_cadence(actor=ada.actor, team_id=sales.pk, rule=early, today=today, now=now)
    wrong = {issue.where for issue in refused.value.issues}
    assert wrong == {"every", "weekday", "since", "skip_within_days", "grace_days"}


def test_the_page_of_a_cadence(sales, mia, max, today, client_of) -> None:
    url = f"/check-ins/teams/{sales.pk}/cadence/"
    told = {"every": "2", "weekday": "1", "since": today.isoformat(), "skip_within_days": "3", "grace_days": "2"}
    assert client_of(mia).post(url, told).status_code == 302
    assert "Every two weeks, on Tuesday" in client_of(max).get(f"/check-ins/teams/{sales.pk}/").text
    assert client_of(mia).post(url, told | {"since": "2020-01-01"}).status_code == 422
    assert client_of(max).get(url).status_code == 403

"""Check-ins: said once by whom it concerns, corrected with history, reminded of once, and nothing typed is lost."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.goals import services
from apps.goals.domain.cadence import Rule, Stand
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.domain.saying import Said
from apps.goals.models import CheckIn, Correction, KeyResult, KeyResultValue
from apps.goals.selectors import checkins as selectors
from apps.goals.selectors.people import reader
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.metrics.services import new_edition
from apps.notifications.models import Notice
from apps.workspaces.scope import inside
from tests.integration.goals.conftest import D, draft_of, key_result, type_visits
from tests.integration.goals.saying import fresh, say

# --- saying ---------------------------------------------------------------------------------------------------------


def test_a_check_in_moves_value_progress_and_confidence_each_on_its_own(churned, mia, today, now) -> None:
    made = say(mia, churned, Said(D(120), "at_risk", blockers=" Nobody calls them "), today=today, now=now)
    churned.refresh_from_db()
    assert (made.blockers, made.on, made.in_place_of) == ("Nobody calls them", today, None)
    assert (churned.value, churned.progress, churned.confidence) == (120, D("0.4"), "at_risk")
    assert churned.objective.progress is not None
    assert KeyResultValue.objects.get(source="checkin").by_name == "Mia"


def test_everything_that_is_missing_is_said_at_once(churned, mia, today, now) -> None:
    with pytest.raises(Refusal) as refused:
        say(mia, churned, Said(), today=today, now=now)
    assert {issue.where for issue in refused.value.issues} == {"value", "confidence"}
    with pytest.raises(Refusal) as refused:
        say(mia, churned, Said(D(1), "off_track", note="x" * 2001), today=today, now=now)
    assert [issue.where for issue in refused.value.issues] == ["note"]
    with pytest.raises(Refusal, match="Please mend") as refused:
        say(mia, churned, Said(D(1), "off_track"), today=today, now=now)
    [issue] = refused.value.issues
    assert issue.in_words() == "Say in a few words what is in the way."


def test_a_lead_checks_in_for_a_member_and_it_says_so(
    objective, mia, max, sales, quarter, today, now, run_work
) -> None:
    own = ObjectiveDraft(
        title="My part", level="person", owner_id=max.pk, key_results=(KeyResultDraft("Calls", start=D(0), goal=D(50)),)
    )
    theirs = services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=own, now=now)
    made = say(mia, key_result(theirs, "Calls"), Said(D(10), "on_track"), today=today, now=now)
    assert (made.by_name, made.in_place_of, made.in_place_of_name) == ("Mia", max.pk, "Max")
    notice = Notice.objects.get(recipient=max, kind="goals.checked_in_for_me")
    assert notice.params == {"who": "Mia", "title": "Calls"}
    run_work()
    assert mail.outbox[-1].to == [max.email]


def test_the_lead_of_another_team_and_a_viewer_may_not(churned, max, cleo, hana, today, now) -> None:
    for person in (max, cleo, hana):
        with pytest.raises(Forbidden):
            say(person, churned, today=today, now=now)


def test_two_people_at_once_the_second_sees_the_first_and_loses_nothing(
    churned, mia, ada, today, now, client_of
) -> None:
    page = client_of(mia)
    url = f"/check-ins/{churned.pk}/"
    assert 'name="seen" id="id_seen"' in page.get(url).text
    say(ada, churned, Said(D(150), "on_track"), today=today, now=now)
    typed = {"value": "90", "confidence": "at_risk", "blockers": "Too few calls", "seen": ""}
    answer = page.post(url, typed)
    assert answer.status_code == 409
    assert "Ada checked in meanwhile" in answer.text
    assert "Too few calls" in answer.text
    assert 'value="90"' in answer.text
    newest = selectors.newest(churned.pk)
    assert f'value="{newest.pk}"' in answer.text, "saved again, it goes through"
    assert page.post(url, typed | {"seen": str(newest.pk)}).status_code == 302
    churned.refresh_from_db()
    assert churned.value == 90


def test_the_same_sent_twice_is_one_check_in(churned, mia, today, now) -> None:
    first = say(mia, churned, seen=None, today=today, now=now)
    assert say(mia, churned, seen=None, today=today, now=now) == first


def test_a_cycle_closed_while_somebody_types_keeps_what_was_typed(past, sales, mia, ada, now, client_of) -> None:
    made = services.create_objective(actor=mia.actor, cycle_id=past.pk, draft=draft_of(sales, mia), now=now)
    row, client = key_result(made, "Churned customers"), client_of(mia)
    assert client.get(f"/check-ins/{row.pk}/").status_code == 200
    past.refresh_from_db()
    services.close_cycle(actor=ada.actor, cycle_id=past.pk, revision=past.revision, now=now)
    typed = {"value": "90", "confidence": "on_track", "next_step": "Call Ann"}
    answer = client.post(f"/check-ins/{row.pk}/", typed)
    assert answer.status_code == 409
    assert "was closed by Ada" in answer.text
    assert "Call Ann" in answer.text
    assert not CheckIn.objects.exists()


def test_a_session_that_ended_leads_back_to_the_form(churned, client_on, acme) -> None:
    answer = client_on(acme).post(f"/check-ins/{churned.pk}/", {"value": "90"})
    assert answer["Location"] == f"/account/login/?next=/check-ins/{churned.pk}/"


def test_what_follows_a_metric_is_not_typed_and_what_it_lost_is_said(
    quarter, sales, mia, ada, visits, today, now, client_of
) -> None:
    parts = (KeyResultDraft("Visits up", metric="visits", grain="day", start=D(100), goal=D(200)),)
    made = services.create_objective(
        actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, key_results=parts), now=now
    )
    row = key_result(made, "Visits up")
    with pytest.raises(Refusal) as refused:
        say(mia, row, Said(D(3), "on_track"), today=today, now=now)
    assert refused.value.issues[0].in_words() == "This value is computed; it is not typed."
    say(mia, row, Said(None, "on_track"), today=today, now=now)
    page = client_of(mia).get(f"/check-ins/{row.pk}/").text
    assert "The value comes from Visits" in page
    assert 'hx-get="/drivers/visits/telling/' in page or "/drivers/" in page
    assert 'name="value"' not in page
    KeyResult.objects.filter(pk=row.pk).update(no_data_since=today - timedelta(days=9))
    new_edition("goals")
    assert "The metric has had no value since" in client_of(mia).get(f"/check-ins/{row.pk}/").text


def test_steps_are_ticked_and_done_or_not_is_a_choice(objective, mia, today, client_of) -> None:
    client, rolled = client_of(mia), key_result(objective, "Roll-out")
    first = rolled.milestones.first()
    told = {"confidence": "on_track", "steps": [str(first.pk)]}
    assert client.post(f"/check-ins/{rolled.pk}/", told).status_code == 302
    rolled.refresh_from_db()
    assert rolled.progress == D("0.25")
    audit = key_result(objective, "Audit passed")
    assert client.post(f"/check-ins/{audit.pk}/", {"value": "1", "confidence": "on_track"}).status_code == 302
    audit.refresh_from_db()
    assert audit.progress == 1


# --- correcting -----------------------------------------------------------------------------------------------------


def test_a_correction_keeps_what_was_said_and_why(churned, mia, today, now, client_of) -> None:
    made = say(mia, churned, today=today, now=now)
    client, url = client_of(mia), f"/check-ins/said/{made.pk}/correct/"
    without = client.post(url, {"value": "102", "confidence": "on_track", "seen": ""})
    assert without.status_code == 422
    assert "Say in a few words why it is corrected." in without.text
    told = {"value": "102", "confidence": "at_risk", "blockers": "Late", "reason": "A slip", "seen": ""}
    assert client.post(url, told).status_code == 302
    made.refresh_from_db()
    churned.refresh_from_db()
    assert (made.value, churned.value, churned.confidence) == (102, 102, "at_risk")
    former = Correction.objects.get()
    assert (former.value, former.confidence, former.by_name, former.reason) == (120, "on_track", "Mia", "A slip")
    assert [row.value for row in churned.values.exclude(source="start")] == [120, 102]
    page = client.get(f"/check-ins/objectives/{churned.objective_id}/").text
    assert "Corrected once" in page
    late = client.post(url, told | {"value": "7", "reason": "Again"})
    assert late.status_code == 409
    assert "Mia corrected this meanwhile" in late.text


def test_correcting_an_old_one_does_not_move_the_present_value(churned, mia, today, now) -> None:
    old = say(mia, churned, today=today, now=now)
    CheckIn.objects.filter(pk=old.pk).update(on=today - timedelta(days=7), at=now - timedelta(days=7))
    KeyResultValue.objects.filter(source="checkin").update(on=today - timedelta(days=7))
    say(mia, churned, Said(D(80), "on_track"), today=today, now=now)
    services.correct_check_in(
        actor=mia.actor, checkin_id=old.pk, said=Said(D(130), "off_track", "x"), reason="A slip", seen=None, now=now
    )
    churned.refresh_from_db()
    assert (churned.value, churned.confidence) == (80, "on_track")


# --- pages ----------------------------------------------------------------------------------------------------------


def test_one_after_another_until_nothing_waits(objective, mia, today, now, client_of) -> None:
    services.set_cadence(actor=mia.actor, team_id=objective.team_id, rule=_due_on(today), today=today, now=now)
    client = client_of(mia)
    page = client.get("/check-ins/").text
    assert "4 key results wait for you" in page or "Later" in page
    waiting = [line for line in selectors.mine(reader(mia.actor), today) if line.waits]
    said = []
    url = f"/check-ins/{waiting[0].key_result.pk}/" if waiting else "/check-ins/"
    while url != "/check-ins/":
        shown = client.get(url).text
        told = {"confidence": "on_track", "seen": ""}
        if 'name="value"' in shown:
            told["value"] = "1"
        url = client.post(url, told)["Location"]
        said.append(url)
    assert len(said) == len(waiting)
    assert not [line for line in selectors.mine(reader(mia.actor), today) if line.waits]


def _due_on(day) -> Rule:
    return Rule(1, day.weekday(), day, 3, 2)


def test_nobody_sees_what_is_private_or_another_companys(
    quarter, objective, max, ben, dora, borealis, now, client_of
) -> None:
    own = ObjectiveDraft(
        title="SECRET", level="person", owner_id=max.pk, private=True,
        key_results=(KeyResultDraft("Learn", start=D(0), goal=D(5)),),
    )  # fmt: skip
    made = services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=own, now=now)
    row = key_result(made, "Learn")
    urls = [f"/check-ins/{row.pk}/", f"/check-ins/objectives/{made.pk}/"]
    assert [client_of(max).get(url).status_code for url in urls] == [200, 200]
    assert [client_of(ben).get(url).status_code for url in urls] == [404, 404]
    assert client_of(ben).post(f"/check-ins/objectives/{made.pk}/comments/", {"text": "Hi"}).status_code == 404
    with inside(borealis):
        other = client_of(dora, borealis)
        assert [other.get(url).status_code for url in urls] == [404, 404]
    with pytest.raises(NotHere):
        say(ben, row, Said(D(1), "on_track"), today=quarter.start + timedelta(days=49), now=now)


def test_pages_cost_a_fixed_number_of_queries(objective, sales, mia, quarter, now, client_of) -> None:
    client = client_of(mia)
    urls = ["/check-ins/", f"/check-ins/teams/{sales.pk}/", f"/check-ins/objectives/{objective.pk}/"]

    def costs() -> list[int]:
        found = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            found.append(len(queries))
        return found

    few = costs()
    for number in range(5):
        services.create_objective(
            actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, title=f"More {number}"), now=now
        )
        services.add_comment(actor=mia.actor, objective_id=objective.pk, text="Hm", now=now)
    assert costs() == few


# --- at once --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_check_in_and_two_schedulers_one_reminder(acme, churned, mia, ada, today, now) -> None:
    ready, ended = threading.Barrier(2), []

    def one(person) -> None:
        try:
            with inside(acme):
                ready.wait(10)
                try:
                    say(person, churned, Said(D(90), "on_track"), seen=None, today=today, now=now)
                    ended.append("made")
                except Refusal as refusal:
                    ended.append(refusal.status)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[person]) for person in (mia, ada)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert sorted(map(str, ended)) == ["409", "made"]
    with inside(acme):
        assert CheckIn.objects.count() == 1


def test_a_metric_that_changes_does_not_undo_what_was_said(churned, mia, ada, visits, today, now) -> None:
    say(mia, churned, today=today, now=now)
    type_visits(ada, visits, {today - timedelta(days=2): 170})
    churned.refresh_from_db()
    assert (churned.value, churned.confidence) == (120, "on_track")
    assert selectors.line_of(fresh(churned), today).stand in (Stand.DONE, Stand.AHEAD)

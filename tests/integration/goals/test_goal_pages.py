"""Pages of goals: what they show to whom, in how many queries, and that nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.goals import services
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.domain.plan import Plan
from apps.goals.domain.progress import Kind
from apps.goals.models import Cycle, Milestone, Objective
from tests.integration.goals.conftest import D, draft_of, key_result

LIST_QUERIES, DETAIL_QUERIES = 16, 22


def form_of(response) -> dict[str, str]:
    """What a browser would send back of the form of an objective, field by field."""
    text = response.content.decode()
    form = text[text.index('id="okr"') :]
    data: dict[str, object] = {"kr": re.findall(r'name="kr" value="(\d+)"', form)}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        checkbox = 'type="checkbox"' in tag
        if name and name.group(1) != "kr" and (not checkbox or "checked" in tag):
            data[name.group(1)] = value.group(1) if value else ("on" if checkbox else "")
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*(.*?)</textarea>', form, re.S):
        data[name] = body.strip()
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        data[name] = chosen.group(1) if chosen else ""
    return data


def test_empty_pages_say_what_to_do_next(in_acme, mia, hana, client_of) -> None:
    page = client_of(hana).get(reverse("goals:mine")).content.decode()
    assert "No OKR cycle yet" in page
    assert reverse("goals:new_cycle") in page
    assert (
        "HR or an administrator of your company can make one"
        in client_of(mia).get(reverse("goals:mine")).content.decode()
    )
    assert client_of(mia).get(reverse("goals:new_objective")).url == reverse("goals:cycles")


def test_lists_show_whose_goals_they_are(objective, quarter, sales, mia, max, ada, client_of) -> None:
    mine = client_of(mia).get(reverse("goals:mine")).content.decode()
    assert "Customers come back" in mine
    assert "Start 200" in mine
    assert "Now 200" in mine
    assert "Target 0" in mine
    assert "50% of the time is over" in mine
    for address in (
        reverse("goals:team", args=[sales.pk]),
        reverse("goals:everything"),
        reverse("goals:person", args=[mia.pk]),
    ):
        assert "Customers come back" in client_of(max).get(address).content.decode()
    division = client_of(max).get(reverse("goals:team", args=[sales.parent_id])).content.decode()
    assert "Customers come back" not in division
    assert "1 objective" in division
    assert (
        "Customers come back"
        in client_of(max).get(f"{reverse('goals:team', args=[sales.parent_id])}?below=1").content.decode()
    )
    assert (
        "The company has no objective in this cycle yet"
        in client_of(ada).get(reverse("goals:company")).content.decode()
    )
    assert "You have no objective in this cycle yet" in client_of(max).get(reverse("goals:mine")).content.decode()
    search = reverse("goals:everything")
    assert "Customers come back" in client_of(max).get(f"{search}?q=audit").content.decode()
    assert "No objective or key result has these words" in client_of(max).get(f"{search}?q=nothing").content.decode()


def test_pages_cost_the_same_however_many_objectives(objective, quarter, sales, visits, mia, now, client_of) -> None:
    def cost(address: str) -> int:
        client = client_of(mia)
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    lists = [reverse("goals:mine"), reverse("goals:team", args=[sales.pk]), reverse("goals:everything")]
    detail = reverse("goals:objective", args=[objective.pk])
    before = [cost(address) for address in (*lists, detail)]
    linked = KeyResultDraft("Visits", metric="visits", grain="day", start=D(100), goal=D(200))
    steps = draft_of(sales, mia).key_results[3]
    for number in range(8):
        draft = draft_of(sales, mia, title=f"Objective {number}", parent_id=objective.pk, key_results=(linked, steps))
        services.create_objective(actor=mia.actor, cycle_id=quarter.pk, draft=draft, now=now)
    after = [cost(address) for address in (*lists, detail)]
    assert max(after[:3]) <= LIST_QUERIES
    assert after[3] <= DETAIL_QUERIES
    assert all(late <= early + 2 for early, late in zip(before, after, strict=True))  # metrics, and steps, once each


def test_an_objective_is_set_in_one_page_with_a_sentence_for_each_key_result(
    quarter, sales, visits, mia, client_of
) -> None:
    client, address = client_of(mia), f"{reverse('goals:new_objective')}?level=team&team={sales.pk}"
    data = form_of(client.get(address))
    assert data["level"] == "team"
    data |= {"title": "Grow", "act": "metric", "kr-0-metric": "visits", "kr-0-kind": "reach"}
    page = client.post(address, data)
    data = form_of(page)
    assert (data["kr-0-title"], data["kr-0-start"], data["kr-0-grain"]) == ("Visits", "150", "day")  # from the metric
    data |= {"kr-0-goal": "200", "act": "words"}
    said = client.post(address, data, HTTP_HX_REQUEST="true").content.decode()
    assert "“Visits” goes from 150 to 200 (+33.3%) by" in said
    assert "hx-swap-oob" in said
    data = form_of(client.post(address, data | {"act": "add"}))
    assert data["kr"] == ["0", "1"]
    assert said.count(">Max<") == 0
    one, all_of_them = (client.post(address, data | {"act": act}).text for act in ("up-1", "all-offered"))
    assert one.count(">Max<") == 1, "everybody stands there once, the key results borrow them"
    assert all_of_them.count(">Max<") == 3, "without scripts, each list in full"
    data |= {"kr-1-title": "Pilot", "kr-1-kind": "milestones", "kr-1-steps": "One store\nAll | x", "kr-0-weight": "60"}
    data |= {"kr-1-weight": "60", "act": "save"}
    wrong = client.post(address, data)
    assert wrong.status_code == 422
    assert "is neither a weight nor a day" in wrong.content.decode()
    data = form_of(wrong)
    assert (data["kr-1-steps"], data["kr-0-goal"]) == ("One store\nAll | x", "200")  # nothing is lost
    assert "Weights: 120%, not 100%" in wrong.content.decode()
    data = form_of(client.post(address, data | {"act": "even", "kr-1-steps": "One store\nAll | 3"}))
    assert (data["kr-0-weight"], data["kr-1-weight"]) == ("50", "50")
    saved = client.post(address, data | {"act": "save"})
    assert saved.status_code == 302
    made = Objective.objects.get(title="Grow")
    assert [row.weight for row in made.key_results.all()] == [50, 50]
    assert made.progress == D("0")
    page = client.get(saved.url).content.decode()
    assert "All" in page
    assert "0 of 2 steps" in page


def test_what_was_typed_stays_when_somebody_was_faster_or_closed_the_cycle(
    past, sales, mia, ada, hana, now, client_of
) -> None:
    row = services.create_objective(actor=mia.actor, cycle_id=past.pk, draft=draft_of(sales, mia), now=now)
    client, address = client_of(mia), reverse("goals:edit_objective", args=[row.pk])
    data = form_of(client.get(address)) | {"title": "My new words", "act": "save"}
    services.change_objective(
        actor=ada.actor, objective_id=row.pk, revision=row.revision, now=now,
        draft=ObjectiveDraft("Ada's words", "team", sales.pk, mia.pk),
    )  # fmt: skip
    first = client.post(address, data)
    assert first.status_code == 409
    assert "Ada changed this meanwhile" in first.content.decode()
    assert "My new words" in first.content.decode()
    services.close_cycle(actor=hana.actor, cycle_id=past.pk, revision=1, now=now)
    second = client.post(address, form_of(first) | {"act": "save"})
    assert second.status_code == 409
    assert "was closed by Hana: its values are frozen" in second.content.decode()
    assert "My new words" in second.content.decode()
    services.reopen_cycle(actor=hana.actor, cycle_id=past.pk, reason="Too early", now=now)
    assert client.post(address, form_of(second) | {"act": "save"}).status_code == 302
    row.refresh_from_db()
    assert row.title == "My new words"


def test_key_results_are_dropped_and_kept_in_the_form(objective, mia, client_of) -> None:
    client, address = client_of(mia), reverse("goals:edit_objective", args=[objective.pk])
    data = form_of(client.post(address, form_of(client.get(address)) | {"act": "remove-1"}))
    wrong = client.post(address, data | {"act": "save"})
    assert wrong.status_code == 422
    assert "Say in a few words why it is dropped" in wrong.content.decode()
    data = form_of(client.post(address, form_of(wrong) | {"act": "keep-1"}))
    data = form_of(client.post(address, data | {"act": "remove-1"}))
    assert client.post(address, data | {"act": "save", "kr-1-reason": "Not asked any more"}).status_code == 302
    assert key_result(objective, "CSAT").dropped_reason == "Not asked any more"
    assert sum(row.weight for row in objective.key_results.filter(dropped_at__isnull=True)) == 70
    page = client.get(reverse("goals:objective", args=[objective.pk])).content.decode()
    assert "The weights do not add up to 100%" in page
    assert "1 dropped key result" in page
    done = client.post(reverse("goals:balance", args=[objective.pk, "evenly"]), {"revision": 2})
    assert done.status_code == 302
    assert "The weights do not add up" not in client.get(done.url).content.decode()


def test_acts_on_the_objectives_page(objective, sales, mia, max, ada, client_of) -> None:
    client, page = client_of(mia), reverse("goals:objective", args=[objective.pk])
    churned = key_result(objective, "Churned customers")
    address = reverse("checkins:one", args=[churned.pk])  # the one page on which a value is said
    assert client.post(address, {"value": "x", "confidence": "on_track"}).status_code == 422
    assert client.post(address, {"value": "50", "confidence": "on_track"}).status_code == 302
    pilot = Milestone.objects.get(title="Pilot")
    assert client.post(reverse("goals:step", args=[pilot.pk]), {"done": "1"}).status_code == 302
    plan = Plan("Call them", timezone.localdate(), timezone.localdate() + timedelta(days=20))
    services.create_initiative(actor=ada.actor, key_result_id=churned.pk, plan=plan, running=True)
    shown = client.get(page)
    charts = [trend for _each, _may, trend, _actions in shown.context["key_results"] if trend]
    assert [point.mark for trend in charts for point in trend.points] == ["", "①"]
    assert "Call them" in shown.content.decode()
    assert "Now 50" in shown.content.decode()
    assert "1 of 2 steps" in shown.content.decode()
    assert shown.context["has_charts"]
    assert client_of(max).post(reverse("goals:step", args=[pilot.pk]), {"done": "0"}).status_code == 403
    assert client_of(max).post(reverse("goals:follow", args=[objective.pk]), {"follow": "1"}).status_code == 302
    assert objective.followers.count() == 2
    client_of(max).post(reverse("goals:follow", args=[objective.pk]), {"follow": "0"})
    assert objective.followers.count() == 1
    drop = reverse("goals:drop_objective", args=[objective.pk])
    assert client.post(drop, {"revision": "1", "reason": ""}).status_code == 422
    assert client.post(drop, {"revision": "9", "reason": "No"}).status_code == 409
    assert client.post(drop, {"revision": "1", "reason": "Other things matter"}).status_code == 302
    assert "This objective is dropped" in client.get(page).content.decode()
    assert client.post(reverse("goals:take_up_objective", args=[objective.pk])).status_code == 302
    assert client.post(reverse("goals:move_objective", args=[objective.pk, "up"])).status_code == 302
    assert client.post(reverse("goals:move_objective", args=[objective.pk, "sideways"])).status_code == 404


def test_a_lead_who_left_is_shown_and_the_objective_handed_over(objective, mia, max, ada, client_of) -> None:
    accounts.deactivate(actor=ada.actor, user_id=mia.pk)
    page = reverse("goals:objective", args=[objective.pk])
    text = client_of(ada).get(page).content.decode()
    assert "Mia is no longer with the company" in text
    address = reverse("goals:hand_over", args=[objective.pk])
    assert address in text
    assert "Mia is no longer with the company" in client_of(max).get(reverse("goals:everything")).content.decode()
    edit = form_of(client_of(ada).get(reverse("goals:edit_objective", args=[objective.pk])))
    assert edit["owner"] == str(mia.pk)  # saving never drops them unsaid
    assert client_of(ada).post(address, {"to": "", "revision": "1"}).status_code == 422
    assert client_of(ada).post(address, {"to": str(max.pk), "revision": "1"}).status_code == 302
    assert "no longer with the company" not in client_of(ada).get(page).content.decode()


def test_a_team_that_is_archived_or_moved_in_mid_cycle_keeps_its_goals(objective, sales, mia, ada, client_of) -> None:
    other = accounts.add_team(actor=ada.actor, name="Growth")
    accounts.change_team(actor=ada.actor, team_id=sales.pk, name="Sales", parent_id=other.pk, lead_id=mia.pk)
    moved = client_of(ada).get(f"{reverse('goals:team', args=[other.pk])}?below=1").content.decode()
    assert "Customers come back" in moved
    accounts.archive_team(actor=ada.actor, team_id=sales.pk)
    page = client_of(ada).get(reverse("goals:objective", args=[objective.pk])).content.decode()
    assert "Its team is archived" in page
    assert client_of(ada).get(reverse("goals:team", args=[sales.pk])).status_code == 200
    address = reverse("goals:edit_objective", args=[objective.pk])
    data = form_of(client_of(ada).get(address))
    assert data["team"] == str(sales.pk)
    assert client_of(ada).post(address, data | {"act": "save", "team": str(other.pk)}).status_code == 302
    objective.refresh_from_db()
    assert objective.team_id == other.pk


def test_a_private_objective_is_nowhere_for_others(quarter, sales, mia, max, ada, now, client_of) -> None:
    draft = ObjectiveDraft(
        "ZQSECRET", owner_id=max.pk, private=True, key_results=(KeyResultDraft("ZQTALKS", Kind.BINARY),)
    )
    row = services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=draft, now=now)
    pages = [
        reverse("goals:everything"), f"{reverse('goals:everything')}?q=zqtalks", reverse("goals:person", args=[max.pk]),
        reverse("goals:team", args=[sales.pk]), reverse("goals:cycles"), reverse("goals:cycle", args=[quarter.pk]),
        reverse("goals:close_cycle", args=[quarter.pk]), reverse("goals:copy_cycle", args=[quarter.pk]),
    ]  # fmt: skip
    for address in pages:
        assert "ZQSECRET" not in client_of(ada).get(address).content.decode(), address
    assert client_of(ada).get(reverse("goals:objective", args=[row.pk])).status_code == 404
    assert "ZQSECRET" in client_of(mia).get(reverse("goals:person", args=[max.pk])).content.decode()
    made_anew = {"q": "1"}  # a kept page has no context
    counted = client_of(ada).get(reverse("goals:cycle", args=[quarter.pk]), made_anew).context["figures"]
    assert (counted["all"], counted["key_results"]) == (0, 0)


def test_cycles_are_made_and_closed_with_scores_and_carry_over(
    past, quarter, sales, mia, ada, today, now, client_of
) -> None:
    client = client_of(ada)
    offered = client.get(reverse("goals:new_cycle")).context["form"].initial
    assert offered["kind"] == "quarter"
    assert offered["start"] > today
    typed = {
        "name": "Year",
        "kind": "year",
        "start": "2030-01-01",
        "due": "2029-12-31",
        "rollup": "raw",
        "pace": "days",
    }
    assert client.post(reverse("goals:new_cycle"), typed).status_code == 422
    assert client.post(reverse("goals:new_cycle"), typed | {"due": "2030-12-31"}).status_code == 302
    made = Cycle.objects.get(name="Year")
    edit = reverse("goals:edit_cycle", args=[made.pk])
    assert client.post(edit, typed | {"due": "2030-11-30", "revision": "7"}).status_code == 409
    assert client.post(edit, typed | {"due": "2030-11-30", "revision": "1"}).status_code == 302
    assert client.post(reverse("goals:delete_cycle", args=[made.pk])).status_code == 302
    row = services.create_objective(actor=mia.actor, cycle_id=past.pk, draft=draft_of(sales, mia), now=now)
    close = reverse("goals:close_cycle", args=[past.pk])
    scored = {f"o-{row.pk}-judged": "0.7", f"o-{row.pk}-reason": "", f"o-{row.pk}-revision": str(row.revision)}
    wrong = client.post(close, scored)
    assert wrong.status_code == 422
    assert "Say why the score is another" in wrong.content.decode()
    scored |= {f"o-{row.pk}-reason": "Two shops closed", "carry": str(row.pk)}
    assert "Choose the cycle it is carried over into" in client.post(close, scored).content.decode()
    row.refresh_from_db()
    assert row.score_judged is None  # one thing is refused: nothing is kept, and all of it can be sent again
    assert client.post(close, scored | {"to": "nonsense"}).status_code == 422
    # somebody else changes it meanwhile: what they see is what they save next
    Objective.objects.filter(pk=row.pk).update(revision=row.revision + 1)
    seen = client.post(close, scored | {"to": str(quarter.pk)}).content.decode()
    assert "changed this meanwhile" in seen
    assert f'name="o-{row.pk}-revision" value="{row.revision + 1}"' in seen
    scored |= {f"o-{row.pk}-revision": str(row.revision + 1), "to": str(quarter.pk)}
    assert client.post(close, scored).status_code == 302
    assert row.carried_to.get().cycle_id == quarter.pk
    assert "Carried over already" in client.get(close).content.decode()
    assert client.post(close, {"act": "close", "revision": "1"}).status_code == 302
    page = client.get(reverse("goals:objective", args=[row.pk])).content.decode()
    assert "these values are frozen" in page
    assert "0.70" in page
    assert "Two shops closed" in page
    assert (
        client.get(reverse("goals:edit_objective", args=[row.pk])).status_code == 200
    )  # what is typed is refused with 409
    reopen = reverse("goals:reopen_cycle", args=[past.pk])
    assert client.post(reopen, {"reason": ""}).status_code == 422
    assert client.post(reopen, {"reason": "A list came late"}).status_code == 302
    assert "Opened again after it was closed" in client.get(reverse("goals:cycle", args=[past.pk])).content.decode()
    copy = reverse("goals:copy_cycle", args=[past.pk])
    assert "Choose one objective or more" in client.post(copy, {"to": str(quarter.pk)}).content.decode()
    into = client.post(copy, {"to": str(quarter.pk), "objective": [str(row.pk)], "way": "fresh"})
    assert into.status_code == 302
    assert Objective.objects.filter(cycle=quarter, carried_from__isnull=True).count() == 1


def test_only_who_may_sees_the_buttons(objective, quarter, past, max, cleo, mia, client_of) -> None:
    page = reverse("goals:objective", args=[objective.pk])
    assert reverse("goals:edit_objective", args=[objective.pk]) in client_of(mia).get(page).content.decode()
    for who in (max, cleo):
        text = client_of(who).get(page).content.decode()
        assert reverse("goals:edit_objective", args=[objective.pk]) not in text
        assert client_of(who).get(reverse("goals:edit_objective", args=[objective.pk])).status_code == 403
    assert client_of(mia).get(reverse("goals:close_cycle", args=[past.pk])).status_code == 403
    assert past.start + timedelta(days=1) < past.due


@pytest.mark.parametrize("way", ["evenly", "in-proportion"])
def test_balancing_what_somebody_else_changed_is_refused(objective, mia, client_of, way) -> None:
    response = client_of(mia).post(reverse("goals:balance", args=[objective.pk, way]), {"revision": "9"})
    assert response.status_code == 409

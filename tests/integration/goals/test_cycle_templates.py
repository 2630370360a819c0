"""A template of cycles from the cycle it is saved from to one that begins with it."""

from datetime import date

import pytest
from django.urls import reverse

from apps.accounts import services as accounts
from apps.audit.models import Entry
from apps.goals import services
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.models import Cycle, CycleTemplate, Objective
from apps.kernel.issue import Forbidden, Refusal
from tests.integration.goals.conftest import D, draft_of, type_visits

LATER = {"start": date(2031, 1, 1), "due": date(2031, 3, 31), "kind": "quarter"}


@pytest.fixture
def planned(quarter, objective, sales, visits, mia, max, ada, now) -> Cycle:
    """A cycle with the company's objective, the team's for it, one of a person, one that was dropped, one private."""
    told = {"cycle_id": quarter.pk, "now": now}
    follows = KeyResultDraft("Visits", metric="visits", grain="day", start=D(100), goal=D(300))
    top = services.create_objective(
        actor=ada.actor, draft=ObjectiveDraft("Grow", "company", owner_id=ada.pk, key_results=(follows,)), **told
    )
    Objective.objects.filter(pk=objective.pk).update(parent=top)
    for title, private in (("My own", False), ("Secret", True)):
        draft = ObjectiveDraft(title, "person", owner_id=max.pk, private=private)
        services.create_objective(actor=max.actor, draft=draft, **told)
    gone = services.create_objective(actor=mia.actor, draft=draft_of(sales, mia, title="Dropped"), **told)
    services.drop_objective(actor=mia.actor, objective_id=gone.pk, revision=1, reason="No", now=now)
    return quarter


def test_a_template_is_saved_changed_offered_and_deleted(
    planned, sales, visits, mia, ada, client_of, today, run_work
) -> None:
    client, save = client_of(ada), reverse("goals:save_cycle_template", args=[planned.pk])
    page = client.get(save).text
    assert "Grow" in page
    assert "Customers come back" in page
    assert not [title for title in ("My own", "Secret", "Dropped") if title in page]
    ids = [str(pk) for pk in Objective.objects.values_list("pk", flat=True)]
    wrong = client.post(save, {"name": "", "objective": []})
    assert wrong.status_code == 422
    assert "Give the template a name" in wrong.text
    assert "Choose one objective or more" in wrong.text
    assert (
        client.post(save, {"name": "Stores", "objective": ids}).status_code == 302
    )  # also of those that are not offered
    row = CycleTemplate.objects.get()
    assert [(each["title"], each["above"]) for each in row.objectives] == [("Grow", None), ("Customers come back", 0)]
    assert "There is a template of this name already" in client.post(save, {"name": "STORES", "objective": ids}).text

    edit = reverse("goals:cycle_template", args=[row.pk])
    shown = client.get(edit)
    assert "For “Grow”" in shown.text
    typed = {"name": "Stores", "kind": "quarter", "rollup": "raw", "pace": "workdays", "revision": "1"}
    typed |= {"o-0-stays": "1", "o-0-title": "Grow again", "o-0-kr-0-stays": "1", "o-0-kr-0-title": "Visits"}
    typed |= {
        "o-1-stays": "1",
        "o-1-title": "",
        "o-1-kr-0-stays": "1",
        "o-1-kr-0-title": "Churned",
        "o-1-kr-3-stays": "1",
    }
    wrong = client.post(edit, typed)
    assert wrong.status_code == 422
    assert "Say what it is called" in wrong.text
    assert 'value="Grow again"' in wrong.text, "nothing typed is lost"
    assert 'value="Churned"' in wrong.text
    typed |= {"o-1-title": "They come back"}
    assert client.post(edit, typed | {"revision": "7"}).status_code == 409
    assert client.post(edit, typed).status_code == 302
    row.refresh_from_db()
    assert [len(each["key_results"]) for each in row.objectives] == [1, 2]

    assert "Stores" in client.get(reverse("goals:cycles")).text
    assert "Stores" not in client_of(mia).get(reverse("goals:cycles")).text
    new = reverse("goals:new_cycle")
    form = client.get(new, {"template": str(row.pk)}).context["form"]
    assert (form.initial["template"], form.initial["rollup"]) == (str(row.pk), "raw")
    type_visits(ada, visits, {today: 180})
    run_work()
    told = {"name": "Next", "kind": "quarter", "start": "2031-01-01", "due": "2031-03-31", "template": str(row.pk)}
    assert client.post(new, told | {"due": "2030-01-01"}).status_code == 422
    assert Objective.objects.filter(title="Grow again").count() == 0, "nothing of it is made"
    assert client.post(new, told).status_code == 302
    made = Cycle.objects.get(name="Next")
    assert (made.rollup, made.pace) == ("raw", "workdays")
    top, below = made.objectives.order_by("level")
    assert (top.title, below.title, below.parent, below.team) == ("Grow again", "They come back", top, sales)
    visited = top.key_results.get()
    assert (visited.start, visited.goal, visited.value) == (150, 300, 150), "it begins where the metric is"
    assert [each.title for each in below.key_results.order_by("position")] == ["Churned", "Roll-out"]
    assert below.owner_id == mia.pk

    assert client.post(reverse("goals:delete_cycle_template", args=[row.pk])).status_code == 302
    assert made.objectives.count() == 2
    acts = Entry.objects.filter(act__startswith="cycle_template.").values_list("act", flat=True)
    assert sorted(acts) == ["cycle_template.changed", "cycle_template.deleted", "cycle_template.made"]


def test_what_is_no_more_is_told_and_hr_may_begin_with_a_template(
    planned, sales, mia, hana, ada, now, client_of
) -> None:
    ids = list(Objective.objects.values_list("pk", flat=True))
    told = {"actor": hana.actor, "cycle_id": planned.pk, "objective_ids": ids, "name": "All"}
    row = services.save_template(**told)
    with pytest.raises(Forbidden):
        services.save_template(**(told | {"actor": mia.actor, "name": "Mine"}))
    with pytest.raises(Refusal, match="marked"):
        services.change_template(
            actor=hana.actor, template_id=row.pk, revision=1, name="x" * 61, kind="month", rollup="raw", pace="days",
            kept={},
        )  # fmt: skip
    accounts.deactivate(actor=ada.actor, user_id=mia.pk)
    client = client_of(hana)
    page = client.post(
        reverse("goals:new_cycle"),
        {"name": "N", "kind": "quarter", "start": "2031-01-01", "due": "2031-03-31", "template": str(row.pk)},
        follow=True,
    )
    assert "Left out" not in page.text
    below = Objective.objects.get(cycle__name="N", title="Customers come back")
    assert below.owner_id is None
    for each in Objective.objects.filter(team=sales):
        Objective.objects.filter(pk=each.pk).update(dropped_at=now, dropped_reason="x")
    accounts.archive_team(actor=ada.actor, team_id=sales.pk)
    made, gone = services.make_from_template(actor=hana.actor, template_id=row.pk, name="O", now=now, **LATER)
    assert (made.objectives.count(), gone) == (1, ["Customers come back"])

"""OKR and actions over REST: a quarter from planning to close, what is private, who was faster, errors all at once."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from apps.accounts import services as accounts
from apps.goals import selectors
from apps.goals.models import Cycle, Initiative, Objective

QUARTER = {"name": "Q4 2026", "kind": "quarter", "start": "2026-10-01", "due": "2026-12-31"}


@pytest.fixture
def today(in_acme) -> date:
    return selectors.today()


@pytest.fixture
def cycle(api, today) -> dict:
    start = today - timedelta(days=10)
    told = QUARTER | {"start": start.isoformat(), "due": (start + timedelta(days=90)).isoformat()}
    return api.post("cycles", told).json()


def goal(cycle: dict, **more: object) -> dict:
    results = [
        {"title": "Churned customers", "start": "200", "goal": "0", "weight": "60"},
        {"title": "Roll-out", "kind": "milestones", "weight": 40, "steps": [{"title": "Pilot"}, {"title": "All"}]},
    ]
    return {"cycle": cycle["id"], "title": "Customers come back", "level": "company", "key_results": results} | more


def test_from_planning_to_a_change_that_loses_nothing(api, program: Callable, cycle: dict) -> None:
    keys = api
    answer = keys.post("objectives", goal(cycle), Idempotency_Key="once")
    assert answer.status_code == 201
    made = answer.json()
    again = keys.post("objectives", goal(cycle), Idempotency_Key="once")
    assert again.json()["id"] == made["id"]
    assert Objective.objects.count() == 1
    first = made["key_results"][0]
    assert (first["start"], first["goal"], first["weight"], first["progress"]) == ("200", "0", "60", "0")
    assert [step["title"] for step in made["key_results"][1]["steps"]] == ["Pilot", "All"]

    read = keys.get(f"objectives/{made['id']}")
    changed = goal(cycle, title="Customers stay", key_results=[]) | {
        "dropping": [{"id": made["key_results"][1]["id"], "reason": "Not ours"}]
    }
    del changed["cycle"]
    assert keys.put(f"objectives/{made['id']}", changed).status_code == 428
    done = keys.put(f"objectives/{made['id']}", changed, If_Match=read["ETag"])
    assert (done.status_code, done.json()["title"]) == (200, "Customers stay")
    assert [each["dropped_reason"] for each in done.json()["key_results"]] == ["", "Not ours"]
    assert (
        keys.put(f"objectives/{made['id']}", changed, If_Match=read["ETag"]).status_code == 412
    )  # somebody was faster
    assert (
        keys.get(f"objectives/{made['id']}", If_None_Match=keys.get(f"objectives/{made['id']}")["ETag"]).status_code
        == 304
    )

    values = keys.get(f"key-results/{first['id']}/values").json()["items"]
    assert [each["value"] for each in values] == ["200"]
    for path in (f"key-results/{first['id']}/check-ins", f"objectives/{made['id']}/comments"):
        assert keys.get(path).json() == {"items": [], "next": None}
    assert [each["id"] for each in keys.get(f"key-results?cycle={cycle['id']}").json()["items"]] == [first["id"]]


def test_a_check_in_is_made_corrected_and_made_once(api, program: Callable, cycle: dict, today) -> None:
    keys, made = api, api.post("objectives", goal(cycle)).json()
    churned, roll_out = made["key_results"]
    path = f"key-results/{churned['id']}/check-ins"
    wrong = keys.post(path, {"value": None, "confidence": "at_risk", "seen": None})
    assert {each["field"] for each in wrong.json()["errors"]} == {"value", "blockers"}
    said = {"value": "150", "confidence": "at_risk", "blockers": "Nobody to call", "seen": None}
    first = keys.post(path, said, Idempotency_Key="one")
    assert (first.status_code, first.json()["value"], first.json()["on"]) == (201, "150", today.isoformat())
    assert keys.post(path, said, Idempotency_Key="one").json()["id"] == first.json()["id"]
    late = keys.post(path, said | {"value": "140"})  # who has not seen the first
    assert late.status_code == 409
    assert keys.post(path, said | {"value": "140", "seen": first.json()["id"]}).status_code == 201
    steps = {"confidence": "on_track", "seen": None, "steps_done": [roll_out["steps"][0]["id"]]}
    assert keys.post(f"key-results/{roll_out['id']}/check-ins", steps).status_code == 201
    assert keys.get(f"key-results/{roll_out['id']}").json()["progress"] == "0.5"
    better = {"value": "145", "confidence": "on_track", "seen": None, "reason": "Counted twice"}
    place = f"check-ins/{first.json()['id']}/correct"
    assert keys.post(place, better | {"reason": ""}).status_code == 422
    done = keys.post(place, better)
    assert (done.status_code, done.json()["value"]) == (200, "145")
    assert keys.post(place, better | {"value": "9"}).status_code == 409  # seen as it was before
    right = keys.post(f"key-results/{churned['id']}/values", {"value": "144", "on": today.isoformat(), "note": "List"})
    assert (right.status_code, right.json()["source"]) == (201, "correction")
    assert keys.get(f"key-results/{churned['id']}").json()["value"] == "144"


def test_everything_wrong_is_said_at_once_with_its_field(api, program: Callable, cycle: dict) -> None:
    wrong = goal(
        cycle,
        title=" ",
        private=True,
        key_results=[{"title": "Same", "start": "5", "goal": "5"}, {"title": "x", "kind": "range"}],
    )
    answer = api.post("objectives", wrong)
    fields = {each["field"] for each in answer.json()["errors"]}
    assert answer.status_code == 422
    assert "title" in fields or "private" in fields
    told = api.post("objectives", wrong | {"title": "Good"}).json()["errors"]
    assert {each["field"] for each in told} >= {
        "private", "key_results.0.goal", "key_results.1.low", "key_results.1.high", "key_results.1.range_rule",
    }  # fmt: skip
    assert Objective.objects.count() == 0
    unknown = api.post("cycles", QUARTER | {"colour": "red"})
    assert [each["field"] for each in unknown.json()["errors"]] == ["colour"]
    assert api.post("cycles", QUARTER | {"due": "2026-09-01"}).status_code == 422


def test_a_cycle_is_closed_and_opened_again(api, program: Callable, today) -> None:
    keys = api
    told = QUARTER | {"start": (today - timedelta(days=90)).isoformat(), "due": (today - timedelta(days=1)).isoformat()}
    cycle = keys.post("cycles", told).json()
    made = keys.post("objectives", goal(cycle)).json()
    scored = keys.post(f"objectives/{made['id']}/score", {"revision": made["revision"], "judged": "0.6"})
    assert scored.status_code == 422  # it takes a reason
    reason = {"revision": made["revision"], "judged": "0.6", "reason": "Two stores were shut"}
    assert keys.post(f"objectives/{made['id']}/score", reason).json()["score_judged"] == "0.6"
    assert keys.post(f"cycles/{cycle['id']}/close", {"revision": 99}).status_code == 409
    closed = keys.post(f"cycles/{cycle['id']}/close", {"revision": cycle["revision"]})
    assert (closed.status_code, closed.json()["stand"]) == (200, "closed")
    saved = keys.post("cycle-templates", {"name": "Quarter", "cycle": cycle["id"]}).json()
    assert saved["objectives"] == [made["title"]]
    days = {"name": "Next", "start": "2031-01-01", "due": "2031-03-31", "template": saved["id"]}
    begun = keys.post("cycles", QUARTER | days).json()
    assert begun["left_out"] == []
    assert [each["title"] for each in keys.get(f"objectives?cycle={begun['id']}").json()["items"]] == [made["title"]]
    assert keys.delete(f"cycle-templates/{saved['id']}").status_code == 204
    assert keys.get("cycle-templates").json()["items"] == []
    Objective.objects.filter(cycle=begun["id"]).delete()
    late = keys.post("objectives", goal(cycle, title="Too late"))
    assert (late.status_code, Objective.objects.count()) == (409, 1)
    opened = keys.post(f"cycles/{cycle['id']}/reopen", {"reason": "A value was wrong"})
    assert opened.json()["stand"] == "over"
    read = keys.get(f"cycles/{cycle['id']}")
    named = told | {"name": "The fourth quarter"}
    assert keys.put(f"cycles/{cycle['id']}", named, If_Match=read["ETag"]).json()["name"] == "The fourth quarter"


def test_what_is_private_is_there_for_its_owner_and_their_lead_alone(
    api, program: Callable, cycle: dict, ada, mia, max, today
) -> None:
    team = accounts.add_team(actor=ada.actor, name="Sales", lead_id=mia.pk)
    accounts.add_membership(actor=ada.actor, team_id=team.pk, user_id=max.pk, start=today - timedelta(days=30))
    own = program(max.actor)
    secret = own.post("objectives", goal(cycle, level="person", owner=str(max.pk), private=True)).json()
    result = secret["key_results"][0]["id"]
    for who, seen in ((own, 1), (program(mia.actor), 1), (program(ada.actor), 0)):
        assert len(who.get("objectives").json()["items"]) == seen
        assert len(who.get("key-results").json()["items"]) == 2 * seen
        assert who.get(f"objectives/{secret['id']}").status_code == (200 if seen else 404)
        assert who.get(f"key-results/{result}").status_code == (200 if seen else 404)
        assert who.get(f"key-results/{result}/values").status_code == (200 if seen else 404)
    drop = {"revision": secret["revision"], "reason": "Nothing"}
    assert program(ada.actor).post(f"objectives/{secret['id']}/drop", drop).status_code == 404
    assert program(mia.actor).post(f"objectives/{secret['id']}/drop", drop).status_code == 403  # seen, and not hers


def test_a_key_needs_the_scope_beside_the_role(api, program: Callable, cycle: dict, ada) -> None:
    reading = program(ada.actor, "objectives:read")
    assert reading.get("objectives").status_code == 200
    assert reading.post("objectives", goal(cycle)).status_code == 403
    assert reading.get("actions").status_code == 403
    assert program(ada.actor, "objectives:write").post("cycles", QUARTER | {"name": "Other"}).status_code == 403


def test_an_action_from_plan_to_end(api, program: Callable, cycle: dict, revenue, today) -> None:
    keys = api
    days = {"start": (today - timedelta(days=20)).isoformat(), "due": (today + timedelta(days=9)).isoformat()}
    plan = {"title": "Call back", "expected": "200", "cost": "1500.50", "running": True, **days}
    made = keys.post("actions", plan | {"metric": "revenue"}, Idempotency_Key="plan").json()
    assert (made["metric"], made["stand"], made["expected"], made["cost"]) == ("revenue", "running", "200", "1500.5")
    assert made["effect"] is None
    assert keys.post("actions", plan | {"metric": "revenue"}, Idempotency_Key="plan").json()["id"] == made["id"]
    for nothing in ({}, {"metric": "revenue", "target": made["id"]}):
        assert keys.post("actions", plan | nothing).status_code == 422
    result = keys.post("objectives", goal(cycle)).json()["key_results"][0]
    helping = keys.post("actions", plan | {"title": "Help", "key_result": result["id"]}).json()
    assert (helping["metric"], helping["key_result"]) == (None, result["id"])
    assert [each["title"] for each in keys.get(f"actions?key_result={result['id']}").json()["items"]] == ["Help"]
    assert len(keys.get("actions?stand=running").json()["items"]) == 2
    assert len(keys.get("actions?limit=1").json()["items"]) == 1

    read = keys.get(f"actions/{made['id']}")
    assert keys.put(f"actions/{made['id']}", plan | {"title": "Call twice"}).status_code == 428
    assert (
        keys.put(f"actions/{made['id']}", plan | {"title": "Call twice"}, If_Match=read["ETag"]).json()["revision"] == 2
    )
    assert keys.put(f"actions/{made['id']}", plan, If_Match=read["ETag"]).status_code == 412
    wrong = keys.put(f"actions/{made['id']}", plan | {"cost": "-1", "due": "2020-01-01"}, If_Match='"r2"')
    assert {each["field"] for each in wrong.json()["errors"]} == {"cost", "due"}
    assert keys.post(f"actions/{made['id']}/finish", {"revision": 1}).status_code == 409
    done = keys.post(f"actions/{made['id']}/finish", {"revision": 2, "result": "180 came"}).json()
    assert (done["status"], done["ended_on"], done["result"]) == ("done", today.isoformat(), "180 came")
    assert keys.post(f"actions/{made['id']}/reopen", {"revision": 3}).json()["stand"] == "running"
    assert keys.post(f"actions/{made['id']}/stop", {"revision": 4, "reason": "no money"}).json()["stand"] == "stopped"
    assert Initiative.objects.count() == 2


def test_lists_go_on_where_the_page_before_ended(api, program: Callable, in_acme) -> None:
    keys = api
    for at in range(5):
        keys.post("cycles", QUARTER | {"name": f"Cycle {at}"})
    found, path = [], "cycles?limit=2"
    while path:
        page = keys.get(path).json()
        found += [each["name"] for each in page["items"]]
        path = f"cycles?limit=2&cursor={page['next']}" if page["next"] else None
    assert sorted(found) == [f"Cycle {at}" for at in range(5)]
    assert Cycle.objects.count() == 5
    assert keys.get("cycles?cursor=nonsense").status_code == 422


def test_cadences_meetings_and_what_goes_on_in_another_cycle(api, cycle: dict, today: date, ada) -> None:
    sales = accounts.add_team(actor=ada.actor, name="Sales", lead_id=ada.pk)
    wrong = api.post("cadences", {"since": (today - timedelta(days=1)).isoformat()})
    assert [each["field"] for each in wrong.json()["errors"]] == ["since"]
    told = {"team": str(sales.pk), "every": 2, "weekday": 0, "since": today.isoformat()}
    assert api.post("cadences", told).status_code == 201
    [found] = api.get("cadences").json()["items"]
    assert (found["team"], found["every"], found["weekday"], found["grace_days"]) == (told["team"], 2, 0, 2)

    made = [
        api.post("objectives", goal(cycle, title=title, level="team", team=told["team"])).json()["id"]
        for title in ("Customers come back", "Customers stay")
    ]
    begin = {"team": told["team"], "cycle": cycle["id"]}
    held = api.post("meetings", begin).json()
    assert api.post("meetings", begin).json()["id"] == held["id"]  # it goes on
    for pk in made:
        note = {"objective": pk, "text": f"About {pk}", "spoke": str(ada.pk)}
        noted = api.post(f"meetings/{held['id']}/notes", note).json()["noted"]
        assert noted[-1].items() >= {"objective": pk, "spoke_for_it": "Ada", "times": 1}.items()
        assert api.post(f"meetings/{held['id']}/notes", note | {"text": "Seen before"}).status_code == 409
    Objective.objects.filter(pk=made[1]).update(private=True, level="person", team=None, owner_id=ada.pk)
    [meeting] = api.get(f"meetings?team={told['team']}").json()["items"]
    assert [(each["objective"], each["text"]) for each in meeting["noted"]] == [(made[0], f"About {made[0]}")]
    assert (meeting["ended_at"], meeting["led_by"]) == (None, "Ada (API: tests)")
    ended = api.post(f"meetings/{held['id']}/end", {"summary": "Both go well."}).json()
    assert (ended["summary"], ended["ended_at"] is None) == ("Both go well.", False)
    assert api.post(f"meetings/{held['id']}/end", {"summary": "Neither."}).status_code == 409
    assert api.post(f"meetings/{held['id']}/notes", {"objective": made[0], "text": "Too late"}).status_code == 409
    assert api.post("meetings", begin | {"cycle": told["team"]}).status_code == 404

    said = api.post(f"objectives/{made[0]}/comments", {"text": "Well done"})
    assert (said.status_code, said.json()["text"], said.json()["deleted_at"]) == (201, "Well done", None)
    assert [each["text"] for each in api.get(f"objectives/{made[0]}/comments").json()["items"]] == ["Well done"]

    start = today + timedelta(days=90)
    after = api.post(
        "cycles",
        QUARTER | {"name": "Q1 2027", "start": start.isoformat(), "due": (start + timedelta(days=89)).isoformat()},
    )
    to = f"cycles/{after.json()['id']}/objectives"
    [carried] = api.post(to, {"objectives": [made[0]], "carry": True}).json()
    assert (carried["title"], carried["cycle"]) == ("Customers come back", after.json()["id"])
    assert api.post(to, {"objectives": [made[0]], "carry": True}).json() == []  # carried over twice is once
    assert [each["title"] for each in api.post(to, {"objectives": [made[0]]}).json()] == ["Customers come back"]


def test_an_objective_is_followed_and_handed_over(api, cycle: dict, ada, mia) -> None:
    made = api.post("objectives", goal(cycle)).json()
    at = f"objectives/{made['id']}"
    assert api.get(f"{at}/following").json() == {"following": True}  # who sets it is told of it
    assert api.put(f"{at}/following", {"following": False}).json() == {"following": False}
    assert api.get(f"{at}/following").json() == {"following": False}
    assert [each["field"] for each in api.put(f"{at}/following", {}).json()["errors"]] == ["following"]
    given = api.post(f"{at}/hand-over", {"to": str(mia.pk), "revision": made["revision"]})
    assert (given.status_code, given.json()["owner"]) == (200, str(mia.pk))
    late = api.post(f"{at}/hand-over", {"to": str(ada.pk), "revision": made["revision"]})
    assert late.status_code == 409
    nobody = api.post(f"{at}/hand-over", {"to": cycle["id"], "revision": given.json()["revision"]})
    assert [each["field"] for each in nobody.json()["errors"]] == ["to"]

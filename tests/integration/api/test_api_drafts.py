"""A changed definition over REST: tried out, drafted, compared, published, vouched for; and the end of a metric."""

from copy import deepcopy
from decimal import Decimal

from apps.accounts import services as account_services
from apps.accounts.domain.roles import Role
from apps.metrics import services
from apps.metrics.models import Metric, MetricValue, MetricVersion
from apps.targets import services as target_services
from apps.work.models import Work
from tests.integration.api.conftest import REVENUE, Program
from tests.integration.api.test_api_habits import MANUAL, fields


def changed(**fields: object) -> dict:
    return deepcopy(REVENUE) | fields


LARGE = {"column": "amount", "op": "gt", "values": ["5"]}


def only_large() -> dict:
    return changed(measure={**REVENUE["measure"], "filters": [LARGE]})


def test_a_definition_is_tried_out_without_storing_a_value(api: Program, orders: str, run_work) -> None:
    asked = api.post("previews", {"definition": REVENUE}, Idempotency_Key="try")
    assert asked.status_code == 202, asked.content
    told = asked.json()
    assert (told["ready"], told["rows"], told["work"]["state"]) == (False, None, "waiting")
    assert asked["Location"] == told["url"]
    run_work()
    ready = api.get(told["url"].removeprefix("/api/v1/")).json()
    assert ready["ready"] is True
    assert [(row["period"], row["value"]) for row in ready["rows"]][:3] == [
        ("2026-01", "12.5"), ("2026-02", "7.25"), ("2026-03", "100.05"),
    ]  # fmt: skip
    assert not Metric.objects.exists()
    assert not MetricValue.objects.exists()
    assert api.post("previews", {"definition": REVENUE}).status_code == 200, "known already"
    again = api.post("previews", {"definition": REVENUE}, Idempotency_Key="try")
    assert (again.status_code, again["Idempotent-Replayed"]) == (202, "true")
    assert again.content == asked.content


def test_a_preview_names_every_fault_and_what_is_not_there(api: Program, orders: str, borealis, dora) -> None:
    bad = changed(measure={"dataset": "orders", "how": "sum", "column": "amonut"}, dimensions=["shop"])
    refused = api.post("previews", {"definition": bad})
    assert refused.status_code == 422
    assert sorted(fields(refused)) == ["definition.dimensions.0", "definition.measure.column"]
    assert fields(api.post("previews", {"definition": {"kind": "aggregate"}}))
    assert api.get("previews/none").status_code == 404


def test_from_a_draft_to_the_next_version(api: Program, revenue: str, run_work) -> None:
    at = "metrics/revenue/draft"
    assert api.get(at).status_code == 404
    begun = api.put(at, {"definition": only_large(), "note": "Only large ones"})
    assert begun.status_code == 201, begun.content
    assert (begun.json()["revision"], begun.json()["based_on"], begun.json()["compared"]) == (1, 1, False)
    assert begun["ETag"] == '"r1"'
    assert api.get(f"{at}/comparison").status_code == 404
    run_work()
    compared = api.get(f"{at}/comparison").json()
    assert (compared["revision"], compared["version"], compared["dataset_versions"]) == (1, 1, {"orders": 1})
    january = compared["rows"][0]
    assert (january["period"], january["now"]["value"], january["draft"]["value"], january["difference"]) == (
        "2026-01", "12.5", "10.5", "-2",
    )  # fmt: skip
    assert api.get("values?metric=revenue&grain=month").json()["items"][0]["value"] == "12.5", "no value is touched"
    read = api.get(at)
    assert read.json()["compared"] is True
    assert read["ETag"].startswith('"r1.')

    without = api.post(f"{at}/publish", {"revision": 1})
    assert (without.status_code, fields(without)) == (422, ["note"])
    published = api.post(f"{at}/publish", {"revision": 1, "note": "Small ones are samples"}, Idempotency_Key="p")
    assert published.status_code == 201, published.content
    assert (published.json()["number"], published.json()["note"]) == (2, "Small ones are samples")
    again = api.post(f"{at}/publish", {"revision": 1, "note": "Small ones are samples"}, Idempotency_Key="p")
    assert (again.content, again["Idempotent-Replayed"]) == (published.content, "true")
    assert MetricVersion.objects.count() == 2
    assert api.get(at).status_code == 404
    run_work()
    assert api.get("values?metric=revenue&grain=month").json()["items"][0]["value"] == "10.5"
    versions = api.get("metrics/revenue/versions").json()["items"]
    assert [(version["number"], version["same_figures"]) for version in versions] == [(2, False), (1, False)]


def test_nobody_replaces_a_draft_they_have_not_seen(api: Program, program, ben, revenue: str) -> None:
    at, bens = "metrics/revenue/draft", program(ben.actor)
    assert api.put(at, {"definition": only_large()}, If_Match='"r1"').status_code == 412, "there is none to replace"
    assert api.put(at, {"definition": only_large()}).status_code == 201
    assert bens.put(at, {"definition": changed(dimensions=[])}).status_code == 428
    seen = bens.get(at)["ETag"]
    assert bens.put(at, {"definition": changed(dimensions=[])}, If_Match=seen).json()["revision"] == 2
    assert api.put(at, {"definition": only_large()}, If_Match=seen).status_code == 412
    for path, body in (("publish", {"revision": 1, "note": "x"}), ("rebase", {"revision": 1})):
        late = api.post(f"{at}/{path}", body)
        assert late.status_code == 409, late.content
    assert api.delete(at).status_code == 428
    assert api.delete(at, If_Match=seen).status_code == 412
    assert api.delete(at, If_Match='"r2"').status_code == 204
    assert api.post(f"{at}/comparison").status_code == 409, "there is no draft any more"


def test_a_draft_of_an_older_version_is_carried_over(api: Program, revenue: str, run_work) -> None:
    at = "metrics/revenue/draft"
    assert api.put(at, {"definition": only_large()}).status_code == 201
    tag = api.get("metrics/revenue")["ETag"]
    renamed = changed(name={"en": "Net revenue", "zh": "净收入"})
    assert api.put("metrics/revenue", {"definition": renamed}, If_Match=tag).status_code == 200
    assert api.get(at).json()["is_behind"] is True
    assert api.post(f"{at}/publish", {"revision": 1, "note": "x"}).status_code == 409
    carried = api.post(f"{at}/rebase", {"revision": 1}).json()
    assert carried["conflicts"] == []
    assert (carried["draft"]["based_on"], carried["draft"]["revision"]) == (2, 2)
    assert carried["draft"]["definition"]["name"]["en"] == "Net revenue"
    assert api.post(f"{at}/publish", {"revision": 2, "note": "Both"}).json()["number"] == 3
    back = api.put(at, {"restores": 1})
    assert (back.status_code, back.json()["restores"]) == (201, 1)
    assert fields(api.put(at, {})) == ["definition", "restores"]
    work = api.post(f"{at}/comparison")
    assert work.status_code == 202
    assert Work.objects.get(pk=work.json()["id"]).kind == "metrics.compare"


def test_who_vouches_is_told_and_lapses(api: Program, program, ben, revenue: str) -> None:
    at = "metrics/revenue/certification"
    assert api.get(at).status_code == 404
    assert program(ben.actor).put(at, {"version": 1, "note": "Fine"}).status_code == 403
    assert api.put(at, {"version": 7, "note": "Fine"}).status_code == 409
    assert fields(api.put(at, {"version": 1})) == ["note"]
    assert api.put(at, {"version": 1, "note": "Agrees with the ledger"}).json()["version"] == 1
    assert api.get("metrics/revenue").json()["certification"]["note"] == "Agrees with the ledger"
    api.put("metrics/revenue/draft", {"definition": only_large()})
    lapsed = api.post("metrics/revenue/draft/publish", {"revision": 1, "note": "x"}).json()
    assert (lapsed["certification"], lapsed["lapsed_from"]) == (None, 1)
    assert api.get(at).status_code == 404
    assert api.delete(at).status_code == 204


def test_only_what_nothing_uses_is_deleted(api: Program, revenue: str, run_work) -> None:
    double = {**MANUAL, "kind": "formula", "key": "double", "expression": "revenue * 2"}
    assert api.post("metrics", {"definition": double}).status_code == 201
    uses = api.get("metrics/revenue/uses").json()["items"]
    assert [(use["holds"], use["url"]) for use in uses] == [(True, "/metrics/double/")]
    assert api.post("metrics/revenue/delete", {"confirmation": "revenue"}).status_code == 422
    assert fields(api.post("metrics/double/delete", {"confirmation": "doubel"})) == ["confirmation"]
    gone = api.post("metrics/double/delete", {"confirmation": "double"}, Idempotency_Key="d")
    assert gone.status_code == 204, gone.content
    replayed = api.post("metrics/double/delete", {"confirmation": "double"}, Idempotency_Key="d")
    assert (replayed.status_code, replayed["Idempotent-Replayed"]) == (204, "true")
    assert api.get("metrics/double").status_code == 404
    assert api.delete("metrics/revenue").status_code == 204
    assert api.get("metrics").json()["items"] == []
    assert api.post("metrics/revenue/restore").json()["archived"] is False
    assert api.get("metrics/revenue/uses").json()["items"] == []


def test_values_are_typed_all_or_none(api: Program, program, mia, cleo, run_work) -> None:
    assert api.post("metrics", {"definition": MANUAL}).status_code == 201
    at, mias = "metrics/wishes/typed", program(mia.actor, "values:write", "metrics:read")
    bad = [
        {"start": "2026-01-02", "value": "1"}, {"start": "2026-02-01", "value": 1e300},
        {"start": "2026-03-01", "value": "1.0000000000001"}, {"start": "2026-04-01", "value": True},
    ]  # fmt: skip
    refused = mias.post(at, {"grain": "month", "values": bad})
    assert fields(refused) == ["values.1.value", "values.2.value", "values.3.value"]
    assert fields(mias.post(at, {"grain": "month", "values": bad[:1]})) == ["values.0"]
    good = [
        {"start": "2026-01-01", "value": "7.5", "note": "counted"},
        {"start": "2026-02-01", "value": 9},
        {"start": "2026-03-01", "value": "-99999999999999999999999999.999999999999"},
    ]
    assert mias.post(at, {"grain": "month", "values": good}).json() == {"changed": 3}
    assert mias.post(at, {"grain": "month", "values": good}).json() == {"changed": 0}
    assert mias.post(at, {"grain": "month", "values": [{"start": "2026-03-01", "value": None}]}).json()["changed"] == 1
    run_work()
    typed = api.get(f"{at}?grain=month").json()["items"]
    assert [(each["start"], each["value"], each["note"]) for each in typed] == [
        ("2026-01-01", "7.5", "counted"), ("2026-02-01", "9", ""),
    ]  # fmt: skip
    values = api.get("values?metric=wishes&grain=month").json()["items"]
    assert [value["value"] for value in values][:2] == ["7.5", "9"]
    assert program(cleo.actor).post(at, {"grain": "month", "values": good}).status_code == 403
    assert program(mia.actor, "metrics:write").post(at, {"grain": "month", "values": good}).status_code == 403


def test_targets_are_set_replaced_and_withdrawn(api: Program, program, ada, cleo, revenue: str) -> None:
    wish = {
        "metric": "revenue", "grain": "month", "baseline": "10", "goal": "20.5", "start": "2026-01-01",
        "due": "2026-12-31", "owner": str(ada.pk),
    }  # fmt: skip
    made = api.post("targets", wish, Idempotency_Key="t")
    assert made.status_code == 201, made.content
    target = made.json()
    assert (target["goal"], target["owner_name"], target["replaces"]) == ("20.5", str(ada), None)
    assert api.post("targets", wish, Idempotency_Key="t")["Idempotent-Replayed"] == "true"
    everything = api.post("targets", {**wish, "goal": "5", "due": "2025-01-01", "grain": "week"})
    assert {"due", "goal", "grain"} <= set(fields(everything))
    assert fields(api.post("targets", {**wish, "goal": "30"})) == ["reason"]
    assert fields(api.post("targets", {**wish, "owner": "00000000-0000-4000-8000-000000000000"})) == ["owner"]
    higher = {**wish, "goal": "30", "reason": "A good year"}
    assert api.post("targets", {**higher, "seen": "00000000-0000-4000-8000-000000000000"}).status_code == 409
    second = api.post("targets", {**higher, "seen": target["id"]}).json()
    assert second["replaces"] == target["id"]
    assert api.get(f"targets/{target['id']}").json()["ended_reason"] == "A good year"
    at = f"targets/{second['id']}/withdraw"
    assert fields(api.post(at, {})) == ["reason"]
    assert program(cleo.actor).post(at, {"reason": "no"}).status_code == 403
    assert api.post(at, {"reason": "Sold"}).json()["ended_reason"] == "Sold"
    assert api.post(at, {"reason": "Sold"}).status_code == 409
    assert api.get("targets").json()["items"] == []
    assert Decimal(second["goal"]) == 30


def test_targets_of_other_kinds_are_proposed_approved_and_split(api: Program, program, ada, ben, revenue: str) -> None:
    year = {"metric": "revenue", "grain": "month", "start": "2026-01-01", "due": "2026-12-31"}
    band = api.post("targets", {**year, "kind": "band", "low": "5", "high": "4"})
    assert fields(band) == ["high"]
    kept = api.post("targets", {**year, "kind": "above", "goal": "10"}).json()
    assert (kept["state"], kept["kind"], kept["baseline"]) == ("in_force", "above", None)
    target_services.change_target_policy(actor=ada.actor, second_admin=True)
    asked = api.post("targets", {**year, "kind": "above", "goal": "12", "reason": "more", "seen": kept["id"]}).json()
    assert asked["state"] == "proposed"
    assert [each["id"] for each in api.get("targets/proposed").json()["items"]] == [asked["id"]]
    assert api.post(f"targets/{asked['id']}/approve", {}).status_code == 403  # the person who proposed it
    ben.roles = [Role.ADMIN]
    ben.save()
    other = program(ben.actor)
    approved = other.post(f"targets/{asked['id']}/approve", {"seen": kept["id"]})
    assert approved.status_code == 200, approved.content
    assert approved.json()["approved_by"].startswith("Ben")
    assert other.post(f"targets/{asked['id']}/reject", {"reason": "late"}).status_code == 409
    assert [each["goal"] for each in api.get(f"targets/{asked['id']}/history").json()["items"]] == ["12", "10"]
    target_services.change_target_policy(actor=ada.actor, second_admin=False)
    team = account_services.add_team(actor=ada.actor, name="Front desk")
    split = {"rule": "hand", "into": "team", "parts": [{"team": str(team.pk), "goal": "12"}]}
    shown = api.post(f"targets/{asked['id']}/cascade/preview", split).json()
    assert [(line["name"], line["before"], line["after"]) for line in shown["lines"]][1:] == [
        ("Front desk", None, "12")
    ]
    stale = api.post(f"targets/{asked['id']}/cascade", {**split, "stamp": "old", "reason": "plan"})
    assert stale.status_code == 409
    done = api.post(f"targets/{asked['id']}/cascade", {**split, "stamp": shown["stamp"], "reason": "plan"})
    assert [each["team"] for each in done.json()["items"]] == [None, str(team.pk)]
    nobody = api.post(
        f"targets/{asked['id']}/cascade/preview", {**split, "parts": [{"member": "Atlantis", "goal": "1"}]}
    )
    assert [issue["where"] for issue in nobody.json()["issues"]] == ["team:Atlantis", "parts"]


def test_a_service_account_does_not_ask_for_approval(api: Program, key_of, ada) -> None:
    """Else one admin alone could draft and ask by its key, and approve as themselves."""
    groups = [{"name": {"en": "All"}, "weight": "1", "parts": [
        {"metric": "till", "weight": "1", "scale": {"type": "linear", "floor": "0", "goal": goal}}]}
        for goal in ("100",)]  # fmt: skip
    score = {"kind": "score", "key": "health", "name": {"en": "Health"}, "grains": ["month"], "groups": groups}
    assert api.post("metrics", {"definition": {**MANUAL, "key": "till"}}).status_code == 201
    made = api.post("metrics", {"definition": score})
    assert made.status_code == 201, made.content
    services.change_score_policy(actor=ada.actor, second_admin=True)
    service = Program("acme", key_of(ada.actor, role=Role.ADMIN, name="robot"))
    changed_score = {**score, "least_coverage": "0.5"}
    draft = service.put("metrics/health/draft", {"definition": changed_score, "note": "Less"})
    assert draft.status_code == 201, draft.content
    body = {"note": "Less", "revision": draft.json()["revision"]}
    assert service.post("metrics/health/draft/ask", body).status_code == 403
    asked = api.post("metrics/health/draft/ask", body)
    assert asked.status_code == 200, asked.content
    assert asked.json()["asked_by"]

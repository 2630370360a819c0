"""The model as code: exported, planned, applied; here and in another company."""

import json
from io import StringIO

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from apps.accounts.domain.roles import Actor
from apps.audit.models import Entry
from apps.metrics import selectors as metrics
from apps.metrics.models import MetricVersion
from apps.model.domain.difference import Status
from apps.model.domain.parsing import parse_yaml
from apps.model.domain.writing import write_yaml
from apps.model.selectors import export_model
from apps.model.services import Options, Plan, apply_model, plan_model
from apps.targets.models import Target
from apps.work.models import Work
from apps.workspaces.scope import in_public
from tests.integration.api.conftest import Program

MODEL = """\
version: 1
datasets:
  orders:
    name: Orders
    columns:
      - {name: day, source: day, type: date, role: time}
      - {name: store, source: store, type: text, role: dimension}
      - {name: amount, source: amount, type: decimal, role: measure}
metrics:
  revenue:
    name: {en: Revenue, zh: 收入}
    kind: aggregate
    unit: {kind: currency, decimals: 2}
    grains: [month]
    dimensions: [store]
    measure: {dataset: orders, how: sum, column: amount}
  orders:
    name: {en: Orders}
    kind: aggregate
    unit: {kind: count}
    grains: [month]
    dimensions: [store]
    measure: {dataset: orders, how: count}
  basket:
    name: {en: Basket}
    kind: formula
    unit: {kind: currency, decimals: 2}
    grains: [month]
    dimensions: [store]
    expression: revenue / orders
  joy:
    name: {en: Joy}
    kind: manual
    grains: [month]
north_star: {metric: basket, grain: month, reason: What a visit is worth}
tree:
  - {metric: orders}
  - metric: revenue
    below:
      - {metric: joy, link: influence}
targets:
  - {metric: basket, grain: month, baseline: 20, goal: "25.5", start: 2026-04-01, due: 2026-12-31}
  - metric: revenue
    grain: month
    dimension: store
    member: North
    baseline: 5
    goal: 9
    start: 2026-04-01
    due: 2026-12-31
"""


def apply(actor: Actor, text: str, fingerprint: str | None = None, **options: object) -> Plan:
    wanted, read = parse_yaml(text)
    return apply_model(actor=actor, wanted=wanted, read=read, options=Options(**options), fingerprint=fingerprint)


def plan(actor: Actor, text: str, **options: object) -> Plan:
    wanted, read = parse_yaml(text)
    return plan_model(actor=actor, wanted=wanted, read=read, options=Options(**options))


def said(done: Plan, *statuses: Status) -> set[str]:
    return {f"{change.section}:{change.key}" for change in done.changes if change.status in statuses}


def test_an_empty_company_gets_everything_and_the_second_time_nothing(in_acme, actor) -> None:
    planned = plan(actor, MODEL)
    assert not metrics.metrics(), "a plan changes nothing"
    assert not Entry.objects.exists()
    done = apply(actor, MODEL, planned.fingerprint, note="Release 1")
    assert done.changes == planned.changes
    assert said(done, Status.CREATED) == {
        "datasets:orders", "metrics:basket", "metrics:joy", "metrics:orders", "metrics:revenue",
        "north_star:north_star", "tree:basket / orders", "tree:basket / revenue", "tree:basket / revenue / joy",
        "targets:basket / month", "targets:revenue / month / store=North",
    }  # fmt: skip
    assert metrics.north_star().metric.key == "basket"
    assert {version.note for version in MetricVersion.objects.all()} == {"Release 1"}
    entry = Entry.objects.get(act="model.applied")
    assert (entry.note, entry.after["north_star"], entry.actor_name) == ("Release 1", ["north_star"], "Ada")
    versions, targets, work, entries = _counts()
    again = apply(actor, MODEL)
    assert again.is_empty
    assert _counts() == (versions, targets, work, entries), "nothing is written the second time"
    exported = write_yaml(export_model(actor))
    assert apply(actor, exported).is_empty
    assert write_yaml(export_model(actor)) == exported


def _counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (MetricVersion, Target, Work, Entry))


# --- REST -------------------------------------------------------------------------------------------------------------


def test_over_rest_it_is_planned_and_applied_once(api: Program, actor) -> None:
    planned = api.post("model/plan", {"yaml": MODEL})
    assert planned.status_code == 200, planned.content
    assert planned.json()["counts"]["created"] == 11
    sent = {"yaml": MODEL, "fingerprint": planned.json()["fingerprint"], "note": "From git"}
    first, second = (api.post("model/apply", sent, Idempotency_Key="release-1") for _ in range(2))
    assert (first.status_code, second.json(), second["Idempotent-Replayed"]) == (200, first.json(), "true")
    assert api.post("model/apply", sent).status_code == 409, "the plan was of a workspace that has changed since"
    text = api.get("model", Accept="application/yaml")
    assert (text.status_code, text["Content-Type"]) == (200, "application/yaml; charset=utf-8")
    assert text.content.decode() == write_yaml(export_model(actor))
    assert api.get("model?format=yaml")["Content-Disposition"] == 'attachment; filename="model.yaml"'
    whole = api.get("model").json()
    assert api.post("model/plan", {"model": whole}).json()["is_empty"]
    assert api.get("model", If_None_Match=api.get("model")["ETag"]).status_code == 304
    whole["metrics"]["revenue"]["unit"]["decimals"] = 0
    [change] = [
        change for change in api.post("model/plan", {"model": whole}).json()["changes"] if change["status"] == "changed"
    ]
    assert change == {
        "section": "metrics", "key": "revenue", "status": "changed",
        "changes": [{"field": "unit.decimals", "before": 2, "after": 0}],
    }  # fmt: skip


def test_over_rest_every_fault_has_its_line(api: Program) -> None:
    refused = api.post("model/plan", {"yaml": MODEL.replace("how: sum", "how: summ").replace("joy", "joi", 1)})
    assert refused.status_code == 422
    found = [(error["line"], error["field"]) for error in refused.json()["errors"]]
    assert found == [(16, "metrics.revenue.measure.how")]
    for body in ({}, {"yaml": MODEL, "model": {}}, {"yaml": MODEL, "prune": "?", "extra": 1}):
        assert api.post("model/plan", body).status_code == 422


def test_an_export_is_valid_by_its_schema(api: Program) -> None:
    schema = api.get("model/schema").json()
    Draft202012Validator.check_schema(schema)
    apply_it = api.post("model/plan", {"yaml": MODEL}).json()["fingerprint"]
    assert api.post("model/apply", {"yaml": MODEL, "fingerprint": apply_it}).status_code == 200
    exported = yaml.safe_load(api.get("model?format=yaml").content)
    assert not list(Draft202012Validator(schema).iter_errors(exported))
    exported["metrics"]["revenue"]["sql"] = "select 1"
    assert list(Draft202012Validator(schema).iter_errors(exported))


# --- manage.py --------------------------------------------------------------------------------------------------------


def manage(*args: str) -> tuple[int, str]:
    """The exit code of a command, and what it said."""
    out = StringIO()
    try:
        with in_public():
            call_command("model", *args, stdout=out)
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as stop:
        return int(stop.code), out.getvalue()
    return 0, out.getvalue()


def test_by_command_with_exit_codes_like_terraforms(in_acme, ben, tmp_path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text(MODEL, encoding="utf-8")
    acme = ("--workspace", "acme")
    code, told = manage("plan", str(file), *acme)
    assert code == 2
    assert "+ metrics revenue\n" in told
    assert "Plan: 11 created, 0 changed, 0 removed, 0 kept, 0 unchanged." in told
    fingerprint = told.splitlines()[-1].removeprefix("Fingerprint: ")
    assert manage("apply", str(file), *acme, "--fingerprint", "old")[0] == 1
    assert manage("apply", str(file), *acme, "--fingerprint", fingerprint, "--note", "abc123")[0] == 0
    assert manage("plan", str(file), *acme)[0] == 0
    out = tmp_path / "out.yaml"
    assert manage("export", str(out), *acme) == (0, "")
    assert manage("plan", str(out), *acme)[0] == 0
    file.write_text(MODEL.replace("how: sum", "how: avg"), encoding="utf-8")
    code, told = manage("plan", str(file), *acme)
    assert (code, '    measure.how: "sum" -> "avg"' in told) == (2, True)
    file.write_text(MODEL.replace("decimals: 2", "decimals: two", 1), encoding="utf-8")
    code, told = manage("plan", str(file), *acme)
    assert (code, f"{file}:13: metrics.revenue.unit.decimals: Write a whole number here." in told) == (1, True)
    assert json.loads(manage("schema")[1])["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize(
    "args", [("plan",), ("plan", "--workspace", "nobody"), ("destroy",), ("plan", "/nowhere", "--workspace", "acme"),
             ("plan", "--workspace", "acme", "--as", "x@y.z")],
)  # fmt: skip
def test_a_wrong_command_is_no_plan_with_changes(in_acme, args: tuple[str, ...]) -> None:
    code, told = manage(*args)
    assert (code, bool(told)) == (1, True)


# --- the page ---------------------------------------------------------------------------------------------------------

PAGE_QUERIES = 4


def test_people_see_the_difference_and_apply_it(client_of, ben) -> None:
    browser = client_of(ben)
    page = browser.get("/api/model/").content.decode()
    assert "There is nothing here yet" in page
    model = MODEL.replace("north_star: {metric: basket, grain: month, reason: What a visit is worth}\n", "")
    model = model[: model.index("tree:")]
    shown = browser.post("/api/model/", {"file": SimpleUploadedFile("model.yaml", model.encode())})
    assert shown.status_code == 200
    told = shown.content.decode()
    assert "What would change" in told
    assert 'Revenue<span class="cell-sub mono">revenue</span>' in told
    assert not metrics.metrics()
    sent = {"act": "apply", "text": shown.context["text"], "fingerprint": shown.context["plan"].fingerprint}
    assert browser.post("/api/model/", {**sent, "note": "By page"}).status_code == 302
    assert {view.key for view in metrics.metrics()} == {"basket", "joy", "orders", "revenue"}
    late = browser.post("/api/model/", sent)
    assert (late.status_code, late.context["plan"].is_empty) == (409, True)
    assert "The workspace was changed meanwhile" in late.content.decode()
    assert "Nothing would change" in browser.post("/api/model/", {"text": model}).content.decode()


def test_what_is_wrong_stands_on_the_page_with_its_line(client_of, ben) -> None:
    browser = client_of(ben)
    refused = browser.post("/api/model/", {"text": MODEL.replace("how: sum", "how: summ")})
    told = refused.content.decode()
    assert refused.status_code == 422
    assert "line 16, metrics.revenue.measure.how" in told
    assert "how: summ" in told, "the text is there to be mended"
    empty = browser.post("/api/model/", {})
    assert "Choose a file" in str(empty.context["form"].errors)


def test_a_manager_downloads_and_a_viewer_sees_nothing(client_of, mia, cleo) -> None:
    page = client_of(mia).get("/api/model/")
    assert (page.status_code, page.context["may_apply"]) == (200, False)
    assert client_of(mia).post("/api/model/", {"text": MODEL}).status_code == 403
    assert client_of(cleo).get("/api/model/").status_code == 403


def test_the_page_costs_the_same_for_many(client_of, ben, actor) -> None:
    browser = client_of(ben)
    apply(actor, MODEL)
    browser.get("/api/model/")
    with CaptureQueriesContext(connection) as caught:
        assert browser.get("/api/model/").status_code == 200
    assert len(caught) == PAGE_QUERIES

"""What a model may do to a company: faults against what will be there, pruning, rights, two at once, many metrics."""

import threading
import time

import pytest
from django.db import close_old_connections, connection

from apps.accounts import services as accounts
from apps.accounts.domain.roles import Actor
from apps.kernel.issue import Forbidden, Refusal
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.models import Metric, MetricVersion
from apps.model.domain.difference import Status
from apps.model.domain.parsing import parse_yaml
from apps.model.domain.reading import ModelRefused
from apps.model.domain.writing import write_yaml
from apps.model.selectors import export_model
from apps.targets.models import Target
from apps.targets.services import change_target_policy
from apps.work.models import Work
from apps.workspaces.scope import in_public, inside
from tests.integration.api.conftest import REVENUE, Program
from tests.integration.api.test_api_model import MODEL, apply, plan, said


def faults(actor: Actor, text: str, **options: object) -> list[tuple[int | None, str]]:
    with pytest.raises(ModelRefused) as caught:
        plan(actor, text, **options)
    return [(fault.line, str(fault.issue)) for fault in caught.value.faults]


def test_faults_are_found_against_what_will_be_there_all_at_once(in_acme, actor) -> None:
    text = """\
version: 1
datasets:
  orders:
    name: Orders
    columns:
      - {name: amount, source: amount, type: decimal, role: measure}
      - {name: amount, source: other, type: text, role: measure}
metrics:
  a: {name: {en: A}, kind: formula, grains: [month], expression: b + 1}
  b: {name: {en: B}, kind: formula, grains: [month], expression: a + 1}
  c: {name: {en: C}, kind: formula, grains: [week], expression: d * nobody}
  d: {name: {en: D}, kind: manual, grains: [month]}
  e: {name: {en: E}, kind: aggregate, grains: [month], measure: {dataset: visits, how: count}}
  money: {name: {en: M}, kind: manual, unit: {kind: currency}, grains: [month]}
  rate: {name: {en: R}, kind: manual, unit: {kind: count}, grains: [month]}
  wrong: {name: {en: W}, kind: formula, grains: [month], expression: money + rate}
north_star: {metric: d, grain: day}
tree:
  - {metric: money}
  - {metric: rate, link: influence, below: [{metric: d, link: influence}]}
  - {metric: rate, link: influence}
targets:
  - {metric: d, grain: month, baseline: 5, goal: 4, start: 2026-01-01, due: 2026-12-31}
  - {metric: d, grain: week, dimension: store, baseline: 5, goal: 5, start: 2026-12-31, due: 2026-01-01}
  - {metric: nobody, grain: month, baseline: 1, goal: 2, start: 2026-01-01, due: 2026-12-31}
"""
    found = faults(actor, text)
    told = "\n".join(f"{line} {each}" for line, each in found)
    for expected in (
        "datasets.orders.columns.1.name: Two columns are called “amount”",
        "datasets.orders.columns.1.type: A number to calculate with",
        "datasets.orders.columns: Say which column is the time of a row",
        "9 metrics.a.expression: The formula would need its own result: a → b → a.",
        "10 metrics.b.expression: The formula would need its own result: b → a → b.",
        "11 metrics.c.grains.0: “d” has no values by week, only by month.",
        "11 metrics.c.expression: At character 5: there is no metric “nobody”.",
        "13 metrics.e.measure.dataset: There is no data set “visits”. There are: orders.",
        "16 metrics.wrong.expression: At character 9: only like units are added",
        "17 north_star.grain: “d” has no values by day.",
        "19 tree.0.link: “d” has no formula, so “money” can only influence it.",
        "20 tree.1.below.0.metric: A metric cannot hang below itself",
        "21 tree.2.metric: This metric is already here.",
        "23 targets.0.goal: The goal is worse than the baseline.",
        "24 targets.1.grain: This metric is not computed by this kind of period.",
        "24 targets.1.goal: From and to are equal",
        "24 targets.1.due: It has to end after it starts.",
        "24 targets.1.dimension: This metric is not split by this dimension.",
        "24 targets.1.member: Name the member of the dimension, too.",
        "25 targets.2.metric: There is no metric “nobody”, neither in this model nor in the workspace.",
    ):
        assert expected in told, (expected, told)
    assert not Metric.objects.exists()


def test_a_metric_and_its_formula_change_together_whatever_the_order(in_acme, actor) -> None:
    apply(actor, MODEL)
    text = MODEL[: MODEL.index("north_star")].replace("grains: [month]", "grains: [quarter]")
    with pytest.raises(Refusal):
        services.define(actor=actor, definition=parse_yaml(text)[0].metrics["revenue"])
    done = plan(actor, text)
    assert said(done, Status.CHANGED) == {f"metrics:{key}" for key in ("basket", "joy", "orders", "revenue")}


def test_a_change_that_breaks_what_is_not_in_the_file_is_refused(in_acme, actor) -> None:
    apply(actor, MODEL)
    text = "version: 1\nmetrics:\n  orders: {name: {en: O}, kind: manual, grains: [month]}\n"
    [(line, told)] = faults(actor, text)
    assert line == 3
    assert told.startswith("metrics.orders.dimensions: The formula of “basket” needs it split by store.")


def test_what_a_file_leaves_out_stays_and_pruned_goes_if_unused(in_acme, actor) -> None:
    apply(actor, MODEL)
    start = MODEL.index("  joy:")
    without = MODEL[:start] + MODEL[MODEL.index("north_star") :].replace(
        "  - metric: revenue\n    below:\n      - {metric: joy, link: influence}\n", "  - {metric: revenue}\n"
    )
    kept = apply(actor, without)
    assert kept.is_empty
    assert said(kept, Status.KEPT) == {"metrics:joy", "tree:basket / revenue / joy"}
    pruned = apply(actor, without, prune=True, note="Tidied")
    assert said(pruned, Status.REMOVED) == {"metrics:joy", "tree:basket / revenue / joy"}
    assert Metric.objects.get(key="joy").archived_at is not None
    assert apply(actor, without, prune=True).is_empty
    back = apply(actor, MODEL)
    assert said(back, Status.CREATED) == {"metrics:joy", "tree:basket / revenue / joy"}
    assert Metric.objects.get(key="joy").archived_at is None
    assert MetricVersion.objects.filter(metric__key="joy").count() == 1


def test_pruning_what_is_in_use_is_refused_with_who_uses_it(in_acme, actor) -> None:
    apply(actor, MODEL)
    only = "version: 1\nmetrics:\n" + MODEL[MODEL.index("  basket:") : MODEL.index("  joy:")]
    found = [told for _line, told in faults(actor, only, prune=True)]
    assert "metrics.orders: The formula of “Basket” uses it." in found
    assert "metrics.joy: It is in the metric tree." in found
    assert not Metric.objects.exclude(archived_at=None).exists()
    assert Target.objects.filter(ended_at=None).count() == 2, "nothing of a refused plan is left"


def test_pruning_withdraws_targets_and_keeps_data(in_acme, actor) -> None:
    apply(actor, MODEL)
    without = MODEL[: MODEL.index("targets:")]
    done = apply(actor, without, prune=True, note="New year")
    assert said(done, Status.REMOVED) == {"targets:basket / month", "targets:revenue / month / store=North"}
    assert set(Target.objects.values_list("ended_reason", flat=True)) == {"New year"}
    bare = "version: 1\n"
    assert "datasets:orders" in said(plan(actor, bare), Status.KEPT)


def test_targets_of_teams_are_part_of_the_model_and_named_with_the_teams_above(in_acme, actor) -> None:
    region = accounts.add_team(actor=actor, name="East/West")
    for parent in (region.pk, None):
        accounts.add_team(actor=actor, name="Shop", parent_id=parent)
    line = "  - {metric: basket, grain: month, team: %s, baseline: 1, goal: %s, start: 2026-01-01, due: 2026-12-31}\n"
    text = MODEL + line % ("East//West / Shop", 2) + line % ("Shop", 3)
    done = apply(actor, text)
    told = {"targets:basket / month / team=East//West / Shop", "targets:basket / month / team=Shop"}
    assert told <= said(done, Status.CREATED)
    assert {(row.goal, row.team.parent) for row in Target.objects.exclude(team=None)} == {(2, region), (3, None)}
    assert write_yaml(export_model(actor)).count("team:") == 2
    assert not said(plan(actor, text), Status.CREATED) | said(plan(actor, text), Status.CHANGED)
    both = line.replace("team:", "dimension: store, member: N, team:") % ("Shop", 2)
    found = faults(actor, MODEL + line % ("Nowhere", 2) + both)
    told_of = "\n".join(f"{at} {each}" for at, each in found)
    assert "There is no team “Nowhere” here. Add it first, or leave this target out." in told_of
    assert "A target is for a team or for a member of a dimension, not for both." in told_of
    assert said(apply(actor, MODEL, prune=True), Status.REMOVED) == told


def test_a_text_may_be_applied_again_while_its_targets_wait_for_approval(in_acme, actor) -> None:
    apply(actor, MODEL)
    change_target_policy(actor=actor, second_admin=True)
    changed = MODEL.replace('goal: "25.5"', "goal: 26")
    for _time in range(2):
        apply(actor, changed)
    assert [row.goal for row in Target.objects.filter(status="proposed")] == [26]


def test_a_changed_target_replaces_the_one_in_force_with_the_note(in_acme, actor) -> None:
    apply(actor, MODEL)
    done = apply(actor, MODEL.replace('goal: "25.5"', "goal: 30").replace("start: 2026-04-01", "start: 2026-04-17", 1))
    [change] = [change for change in done.changes if change.status is Status.CHANGED]
    assert [(each.where, each.before, each.after) for each in change.fields] == [("goal", "25.5", "30")]
    target = Target.objects.get(metric__key="basket", ended_at=None)
    assert (target.replaces.goal, target.reason, str(target.start)) == (25.5, "From a model file.", "2026-04-01")


def test_the_tree_takes_the_order_and_links_of_the_file(in_acme, actor) -> None:
    apply(actor, MODEL)
    swapped = MODEL.replace("  - {metric: orders}\n", "").replace("targets:\n", "  - {metric: orders}\ntargets:\n")
    done = apply(actor, swapped)
    [change] = [change for change in done.changes if change.status is Status.CHANGED]
    assert (change.key, change.fields[0].before, change.fields[0].after) == (
        "basket", ["orders", "revenue"], ["revenue", "orders"],
    )  # fmt: skip
    assert [child.key for child in metrics.tree().children] == ["revenue", "orders"]
    assert apply(actor, swapped).is_empty


def test_another_north_star_is_led_to_and_planned_as_it_comes(in_acme, actor) -> None:
    apply(actor, MODEL)
    text = MODEL.replace("{metric: basket, grain: month, reason: What a visit is worth}", "{metric: joy, grain: month}")
    text = text[: text.index("tree:")]
    planned = plan(actor, text)
    done = apply(actor, text, planned.fingerprint)
    assert done.changes == planned.changes
    assert metrics.tree().key == "joy"
    assert apply(actor, text).is_empty


def test_data_that_is_there_has_to_have_the_columns(orders, actor) -> None:
    columns = MODEL.replace("source: amount, type: decimal", "source: amount, type: integer").replace(
        "      - {name: store, source: store", "      - {name: price, source: p, type: decimal, role: measure}\n"
        "      - {name: store, source: Shop",
    )  # fmt: skip
    found = faults(actor, columns)
    assert [line for line, _ in found] == [7, 9]
    assert "Orders has data without a column “price”" in found[0][1]
    assert "holds decimal in this workspace, not integer" in found[1][1]
    noted = plan(actor, MODEL.replace("source: store", "source: Shop"))
    assert [(note.line, note.issue.where) for note in noted.notes] == [(7, "datasets.orders.columns.1")]
    done = apply(actor, MODEL.replace("source: store", "source: Shop"))
    assert "datasets:orders" in said(done, Status.UNCHANGED)


def test_a_model_for_data_with_other_column_names(api: Program, orders, actor, run_work) -> None:
    theirs = MODEL.replace("name: amount", "name: total").replace("column: amount", "column: total")
    assert api.post("model/plan", {"yaml": theirs}).status_code == 422
    sent = {"yaml": theirs, "columns": {"orders": {"total": "amount"}}}
    planned = api.post("model/plan", sent).json()
    assert api.post("model/apply", {**sent, "fingerprint": planned["fingerprint"]}).status_code == 200
    run_work()
    assert metrics.series("revenue", metrics.north_star().grain).latest.value is not None
    refused = api.post("model/plan", {**sent, "columns": {"orders": {"totl": "amount"}}})
    assert [error["field"] for error in refused.json()["errors"]] == ["columns.orders.totl"]


# --- who, and when ----------------------------------------------------------------------------------------------------


def test_each_does_what_the_role_allows(in_acme, ben, mia, cleo, ada, program) -> None:
    [(line, told)] = faults(ben.actor, MODEL)
    assert (line, "may not choose the North Star" in told) == (35, True)
    for user in (mia, cleo):
        with pytest.raises(Forbidden):
            plan(user.actor, MODEL)
    assert write_yaml(export_model(mia.actor)), "a manager may take it along"
    with pytest.raises(Forbidden):
        export_model(cleo.actor)
    narrow = program(ada.actor, "metrics:write", "data:read", "targets:read")
    told = [error["field"] for error in narrow.post("model/plan", {"yaml": MODEL}).json()["errors"]]
    assert told == ["datasets", "north_star", "targets"]
    assert program(ada.actor, "metrics:read").get("model").status_code == 403


def test_another_company_is_another_model(in_acme, actor, borealis, dora) -> None:
    apply(actor, MODEL)
    text = write_yaml(export_model(actor))
    with in_public(), inside(borealis):
        assert not export_model(dora.actor).metrics
        apply(dora.actor, text)
        assert write_yaml(export_model(dora.actor)) == text
    for word in ("acme", "Ada", str(Metric.objects.first().pk)):
        assert word not in text


def test_what_changed_since_the_plan_is_not_run_over(orders, actor) -> None:
    planned = plan(actor, MODEL)
    services.define(actor=actor, definition=parse(REVENUE), note="by hand, meanwhile")
    with pytest.raises(Refusal) as caught:
        apply(actor, MODEL, planned.fingerprint)
    assert caught.value.status == 409
    assert metrics.metric_for("revenue").version_number == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_after_the_other(acme) -> None:
    with inside(acme):
        from django.contrib.auth import get_user_model

        actor = get_user_model().objects.get(name="Ada").actor
        fingerprint = plan(actor, MODEL).fingerprint
    gate, ended = threading.Barrier(2), []

    def run() -> None:
        try:
            gate.wait()
            with inside(acme):
                apply(actor, MODEL, fingerprint)
                ended.append("applied")
        except Refusal as refusal:
            ended.append(str(refusal.status))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    close_old_connections()
    assert sorted(ended) == ["409", "applied"]
    with inside(acme):
        assert set(MetricVersion.objects.values_list("number", flat=True)) == {1}


def test_three_hundred_metrics_take_seconds(in_acme, actor) -> None:
    base = MODEL[: MODEL.index("metrics:")] + "metrics:\n"
    rows = [
        f"  m{n}:\n    name: {{en: Metric {n}, zh: 指标 {n}}}\n    kind: aggregate\n    unit: {{kind: currency}}\n"
        "    grains: [month]\n    dimensions: [store]\n"
        "    measure: {dataset: orders, how: sum, column: amount, "
        f"filters: [{{column: store, op: eq, values: [s{n}]}}]}}\n"
        for n in range(200)
    ]
    formulas = [
        f"  f{n}: {{name: {{en: Formula {n}}}, kind: formula, unit: {{kind: currency}}, grains: [month], "
        f"dimensions: [store], expression: m{n} + m{n + 1}{f' + f{n - 1}' if n else ''}}}\n"
        for n in range(100)
    ]
    star = "north_star: {metric: f99, grain: month}\n"
    text = base + "".join(rows + formulas) + star
    taken = []
    for act in (plan, apply, plan):
        started = time.perf_counter()
        done = act(actor, text)
        taken.append(time.perf_counter() - started)
    print("300 metrics: plan {:.1f} s, apply {:.1f} s, plan again {:.1f} s".format(*taken))
    assert done.is_empty
    assert Work.objects.filter(kind__startswith="metrics.").count() == 1, "values are asked for once"
    assert len(metrics.metrics()) == 300
    assert max(taken) < 60

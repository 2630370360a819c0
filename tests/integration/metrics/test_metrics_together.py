"""Many definitions in one go: checked against what all of them will be, and the order of children in the tree."""

import pytest

from apps.audit.models import Entry
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.models import Metric, MetricVersion
from apps.work.models import Work
from tests.integration.metrics.metric_cases import document


def test_a_formula_and_its_inputs_come_and_change_together(in_acme, actor, run_work) -> None:
    both = document("both", "formula", expression="left + right")
    made = services.define_together(
        actor=actor, definitions=[both, document("left", "manual"), document("right", "manual")], note="First"
    )
    keys = [version.metric.key for version in made]
    assert (set(keys), keys[-1]) == ({"left", "right", "both"}, "both"), "inputs first"
    assert list(Work.objects.values_list("kind", flat=True)) == ["metrics.compute_all"]
    assert not services.define_together(actor=actor, definitions=[both]), "the same again is nothing"
    by_year = [
        document("both", "formula", expression="left + right", grains=["year"]),
        document("left", "manual", grains=["year"]),
        document("right", "manual", grains=["year"]),
    ]
    with pytest.raises(Refusal):
        services.define(actor=actor, definition=by_year[1])
    services.define_together(actor=actor, definitions=by_year, note="By year")
    assert selectors.metric_for("both").grains == (Grain.YEAR,)
    assert run_work() > 0


def test_all_faults_of_all_metrics_are_said_and_nothing_is_kept(in_acme, actor, cleo) -> None:
    wrong = [document("a", "formula", expression="b + nobody"), document("b", "formula", expression="a"),
             document("c", "manual")]  # fmt: skip
    with pytest.raises(Refusal) as caught:
        services.define_together(actor=actor, definitions=wrong)
    places = [issue.where for issue in caught.value.issues]
    assert set(places) == {"a.expression", "b.expression"}
    assert len(places) == 3, "the cycle twice, and who is not there"
    assert not Metric.objects.exists()
    with pytest.raises(Forbidden):
        services.define_together(actor=cleo.actor, definitions=[document("c", "manual")])


def test_an_archived_metric_comes_back_with_its_versions(in_acme, actor) -> None:
    [made] = services.define_together(actor=actor, definitions=[document("a", "manual")])
    services.archive_metric(actor=actor, metric_id=made.metric_id)
    assert not services.define_together(actor=actor, definitions=[document("a", "manual")])
    assert Metric.objects.get().archived_at is None
    assert MetricVersion.objects.count() == 1
    assert Entry.objects.filter(act="metric.restored").count() == 1


def test_children_are_put_in_order(in_acme, actor) -> None:
    services.define_together(actor=actor, definitions=[document(key, "manual") for key in ("root", "a", "b", "c")])
    root = selectors.metric_for("root")
    services.choose_north_star(actor=actor, metric_id=root.id, grain=root.grains[0])
    top = selectors.tree().id
    nodes = {
        key: services.add_node(actor=actor, metric_id=selectors.metric_for(key).id, parent_id=top, link="influence").pk
        for key in ("a", "b", "c")
    }
    services.arrange(actor=actor, parent_id=top, first=[nodes["c"], nodes["a"]])
    assert [child.key for child in selectors.tree().children] == ["c", "a", "b"]
    entries = Entry.objects.filter(act="tree.changed").count()
    services.arrange(actor=actor, parent_id=top, first=[nodes["c"]])
    assert Entry.objects.filter(act="tree.changed").count() == entries, "as it is already"
    with pytest.raises(NotHere):
        services.arrange(actor=actor, parent_id=root.id, first=[])

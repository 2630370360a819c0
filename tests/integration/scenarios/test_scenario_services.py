"""Saving what-ifs: nothing real is touched, what was compared is kept, nobody saves over what they have not seen."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ObjectDoesNotExist

from apps.audit.models import Entry
from apps.kernel.issue import NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.metrics.models import Edition, ManualValue, MetricValue, MetricVersion, TreeNode
from apps.scenarios import selectors, services
from apps.scenarios.domain.base import Scope
from apps.scenarios.domain.changes import Changes, Move, Pull
from apps.scenarios.models import Scenario
from apps.targets.models import Target

JUNE = Scope(Grain.MONTH, date(2026, 6, 1))
MORE_VISITS = Changes(moves={"visits": Move("set", Decimal("3.2"))})
BELIEF = {Pull("arpu", "nps"): Decimal("0.5")}


def keep(person, changes: Changes = MORE_VISITS, name: str = "More visits", **more: object) -> Scenario:
    told = {"note": "", "shared": False, "base": selectors.today(JUNE).base} | more
    return services.save_scenario(actor=person.actor, name=name, changes=changes, **told)


def everything_real() -> list[list[dict]]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (MetricValue, MetricVersion, ManualValue, TreeNode, Target, Edition)
    ]


def test_the_base_is_the_published_tree_with_its_values(shop) -> None:
    sheet = selectors.today(JUNE)
    base = sheet.base
    values = {key: each.value for key, each in base.metrics.items()}
    assert values["revenue"] == 32_000_000
    assert values["visits"] == Decimal("2.5")
    assert base.targets["revenue"].goal == 40_000_000
    assert list(base.influences()) == [("arpu", "nps")]
    assert not sheet.gaps
    assert sheet.leaves == ("customers", "visits", "spend", "nps")
    assert sheet.work_out(MORE_VISITS).values["revenue"] == 40_960_000


def test_taking_a_base_costs_few_queries_and_none_but_one_again(shop, django_assert_num_queries) -> None:
    with django_assert_num_queries(4):  # edition, tree, values, targets
        first = selectors.today(JUNE).base
    with django_assert_num_queries(1):
        assert selectors.today(JUNE).base == first


def test_saving_changes_nothing_real(shop, ada) -> None:
    before, edition = everything_real(), metrics.edition()
    row = keep(ada, Changes(MORE_VISITS.moves, {}, {"revenue": Decimal(1)}, BELIEF))
    services.change_scenario(
        actor=ada.actor, scenario_id=row.pk, revision=1, name="Other", note="", shared=True, changes=Changes()
    )
    services.copy_scenario(actor=ada.actor, scenario_id=row.pk, name="Copy")
    services.take_todays_values(actor=ada.actor, scenario_id=row.pk, revision=2)
    services.delete_scenario(actor=ada.actor, scenario_id=row.pk)
    assert everything_real() == before
    assert metrics.edition() == edition


def test_what_was_compared_stays_when_the_data_changes(shop, ada, run_work) -> None:
    row = keep(ada)
    view = metrics.metric_for("customers")
    metric_services.type_value(
        actor=ada.actor, metric_id=view.id, grain=Grain.MONTH, period_start=date(2026, 6, 1), value=Decimal(9000)
    )
    run_work()
    kept = selectors.scenario_for(ada.actor, row.pk)
    assert kept.sheet.now["revenue"] == 32_000_000
    assert selectors.today(JUNE).base.metrics["revenue"].value == 36_000_000
    services.take_todays_values(actor=ada.actor, scenario_id=row.pk, revision=1)
    anew = selectors.scenario_for(ada.actor, row.pk)
    assert anew.sheet.now["revenue"] == 36_000_000
    assert anew.changes == MORE_VISITS
    assert anew.row.summary["then"] == "46080000"


def test_todays_values_drop_what_has_no_place_any_more(shop, ada) -> None:
    row = keep(ada, Changes(MORE_VISITS.moves, elasticities=BELIEF))
    node = TreeNode.objects.get(metric__key="nps")
    metric_services.remove_node(actor=ada.actor, node_id=node.pk)
    services.take_todays_values(actor=ada.actor, scenario_id=row.pk, revision=1)
    assert selectors.scenario_for(ada.actor, row.pk).changes == MORE_VISITS


def test_an_assumption_keeps_who_stated_it(shop, ada, ben) -> None:
    row = keep(ada, Changes(elasticities=BELIEF), shared=True)
    stated = selectors.scenario_for(ada.actor, row.pk).assumptions[Pull("arpu", "nps")]
    assert (stated.stated_by_name, stated.elasticity) == ("Ada", Decimal("0.5"))
    copy = services.copy_scenario(actor=ben.actor, scenario_id=row.pk, name="Ben's")
    changed = services.change_scenario(
        actor=ben.actor, scenario_id=copy.pk, revision=1, name="Ben's", note="", shared=False,
        changes=Changes(MORE_VISITS.moves, elasticities=BELIEF),
    )  # fmt: skip
    again = selectors.scenario_for(ben.actor, changed.pk).assumptions[Pull("arpu", "nps")]
    assert (again.stated_by_name, again.stated_at) == ("Ada", stated.stated_at)
    services.change_scenario(
        actor=ben.actor, scenario_id=copy.pk, revision=2, name="Ben's", note="", shared=False,
        changes=Changes(elasticities={Pull("arpu", "nps"): Decimal("0.6")}),
    )  # fmt: skip
    assert selectors.scenario_for(ben.actor, copy.pk).assumptions[Pull("arpu", "nps")].stated_by_name == "Ben"


def test_only_its_author_sees_a_private_one_and_only_they_change_a_shared_one(shop, ada, ben, cleo, dora) -> None:
    private, shared = keep(ada), keep(ada, name="Shared", shared=True)
    assert [row.name for row in selectors.scenarios(ben.actor)] == ["Shared"]
    assert len(selectors.scenarios(ada.actor)) == 2
    for act in (services.delete_scenario, services.copy_scenario):
        more = {"name": "Mine"} if act is services.copy_scenario else {}
        with pytest.raises(NotHere):
            act(actor=ben.actor, scenario_id=private.pk, **more)
    with pytest.raises(Refusal) as refused:
        services.delete_scenario(actor=ben.actor, scenario_id=shared.pk)
    assert refused.value.status == 403
    assert keep(cleo, name="A viewer's own").author_name == "Cleo"
    assert services.copy_scenario(actor=cleo.actor, scenario_id=shared.pk, name="Copy").shared is False


def test_two_at_once_the_second_is_told(shop, ada) -> None:
    row = keep(ada)
    told = {"actor": ada.actor, "scenario_id": row.pk, "name": "Name", "note": "", "shared": False}
    services.change_scenario(revision=1, changes=Changes(), **told)
    with pytest.raises(Refusal) as refused:
        services.change_scenario(revision=1, changes=MORE_VISITS, **told)
    assert refused.value.status == 409
    assert selectors.scenario_for(ada.actor, row.pk).changes == Changes()


def test_everything_wrong_is_said_at_once(shop, ada) -> None:
    wrong = Changes(moves={"revenue": Move("set", Decimal(1))}, goals={"revenue": Decimal(26_000_000)})
    with pytest.raises(Refusal) as refused:
        keep(ada, wrong, name=" ")
    assert [issue.where for issue in refused.value.issues] == ["move:revenue", "goal:revenue", "name"]


def test_it_is_recorded_without_what_was_played_through(shop, ada) -> None:
    row = keep(ada, name="Secret plan", note="close the north")
    services.delete_scenario(actor=ada.actor, scenario_id=row.pk)
    told = dict(Entry.objects.filter(act__startswith="scenario.").values_list("act", "after"))
    assert told == {"scenario.saved": {"name": "Secret plan", "shared": "no"}, "scenario.deleted": None}
    with pytest.raises(ObjectDoesNotExist):
        Scenario.objects.get(pk=row.pk)

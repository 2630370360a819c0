"""Defining, typing, choosing the North Star: who may, what is refused, what is kept."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from apps.audit import selectors as audit
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.models import ManualValue, MetricValue, MetricVersion, NorthStar, TreeNode
from apps.metrics.services import TypedValue
from apps.work.models import Work
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


def wheres(refusal: Refusal) -> list[str]:
    return [issue.where for issue in refusal.issues]


# --- definitions ------------------------------------------------------------------------------------------------------


def test_versions_are_counted_kept_and_audited(define, actor) -> None:
    first = define("plan", "manual")
    again = define("plan", "manual")
    second = define("plan", "manual", grains=["month", "quarter"])
    assert (first.pk, first.number, second.number) == (again.pk, 1, 2)
    assert [version.number for version in selectors.versions_of("plan")] == [2, 1]
    view = selectors.metric_for("plan")
    assert (view.version_number, view.definition.grains) == (2, (Grain.MONTH, Grain.QUARTER))
    assert [entry.act for entry in audit.history_of(m.metric("plan"))] == ["metric.redefined", "metric.defined"]
    assert Work.objects.filter(kind="metrics.compute_metric", subject=str(view.id)).count() == 1
    assert MetricVersion.objects.get(number=1).definition["grains"] == ["month"]


def test_who_may_define(in_acme, cleo, hana, mia, ben) -> None:
    for person in (cleo, hana, mia):
        with pytest.raises(Forbidden):
            services.define(actor=person.actor, definition=m.document("plan", "manual"))
    assert services.define(actor=ben.actor, definition=m.document("plan", "manual")).number == 1


def test_a_bad_definition_is_refused_with_every_issue(define) -> None:
    with pytest.raises(Refusal) as caught:
        define("it", "formula", expression="visits * spend")
    assert wheres(caught.value) == ["expression", "expression"]
    with pytest.raises(Refusal) as caught:
        define("it", "aggregate", measure=m.measure("sum", "amount"))
    assert wheres(caught.value) == ["measure.dataset"]
    assert not MetricVersion.objects.exists()


def test_a_cycle_over_two_formulas_is_refused(define) -> None:
    define("plan", "manual")
    define("a", "formula", expression="plan * 2")
    define("b", "formula", expression="a + 1")
    with pytest.raises(Refusal) as caught:
        define("a", "formula", expression="b - 1")
    assert "a → b → a" in str(caught.value.issues[0])


def test_new_and_known_keys(define, actor) -> None:
    plan = m.document("plan", "manual")
    with pytest.raises(NotHere):
        services.define(actor=actor, definition=plan, new=False)
    services.define(actor=actor, definition=plan, new=True)
    with pytest.raises(Refusal) as caught:
        services.define(actor=actor, definition=plan, new=True)
    assert wheres(caught.value) == ["key"]


def test_owners(define, actor, ben) -> None:
    services.define(actor=actor, definition=m.document("plan", "manual"), owner_id=ben.pk)
    assert selectors.metric_for("plan").owner_name == "Ben"
    define("plan", "manual")
    assert selectors.metric_for("plan").owner_id == ben.pk
    with pytest.raises(Refusal):
        services.set_owner(actor=actor, metric_id=m.metric("plan").pk, owner_id=uuid4())


def test_what_is_in_use_is_not_archived(define, actor) -> None:
    define("plan", "manual")
    define("double", "formula", expression="plan * 2")
    plan, double = m.metric("plan"), m.metric("double")
    services.choose_north_star(actor=actor, metric_id=double.pk, grain=Grain.MONTH)
    with pytest.raises(Refusal) as caught:
        services.archive_metric(actor=actor, metric_id=plan.pk)
    assert [str(issue) for issue in caught.value.issues] == ["The formula of “Double” uses it."]
    with pytest.raises(Refusal) as caught:
        services.archive_metric(actor=actor, metric_id=double.pk)
    assert len(caught.value.issues) == 2
    define("free", "manual")
    services.archive_metric(actor=actor, metric_id=m.metric("free").pk)
    assert "free" not in {view.key for view in selectors.metrics()}
    with pytest.raises(Refusal):
        define("free", "manual")
    with pytest.raises(Refusal):
        define("other", "formula", expression="free + 1")
    services.restore_metric(actor=actor, metric_id=m.metric("free").pk)
    assert "free" in {view.key for view in selectors.metrics()}


def test_names_come_in_the_readers_language(in_acme, actor) -> None:
    definition = m.document("mau", "manual", name={"en": "Monthly active", "zh": "月活跃"})
    services.define(actor=actor, definition=definition)
    with translation.override("zh-hans"):
        assert selectors.metric_for("mau").name == "月活跃"
        assert selectors.in_words(definition) == "按月由人工填写。"
    with translation.override("en"):
        assert selectors.metrics()[0].name == "Monthly active"


def test_a_value_without_data_cannot_be_stored_as_a_number(define, run_work, actor) -> None:
    define("plan", "manual")
    plan = m.metric("plan")
    services.type_value(actor=actor, metric_id=plan.pk, grain=Grain.MONTH, period_start=JAN, value=Decimal(1))
    run_work()
    for state in ("no_data", "undefined"):
        with pytest.raises(IntegrityError), transaction.atomic():
            MetricValue.objects.update(state=state)


# --- typed values -----------------------------------------------------------------------------------------------------


def test_typed_values_are_all_checked_at_once(define, actor) -> None:
    define("plan", "manual", dimensions=["region"])
    plan = m.metric("plan")
    wrong = [
        TypedValue(date(2026, 1, 2), Decimal(1)),
        TypedValue(JAN, Decimal("NaN")),
        TypedValue(JAN, Decimal(10**26)),
        TypedValue(JAN, Decimal("0.1234567890123")),
        TypedValue(JAN, Decimal(1), dimension="store", member="x"),
        TypedValue(JAN, Decimal(1), member="x"),
        TypedValue(JAN, Decimal(1), dimension="region"),
        TypedValue(JAN, Decimal(1), dimension="region", member="North"),
    ]
    with pytest.raises(Refusal) as caught:
        services.type_values(actor=actor, metric_id=plan.pk, grain=Grain.MONTH, values=wrong)
    assert wheres(caught.value) == [f"values.{index}" for index in range(7)]
    assert not ManualValue.objects.exists()
    with pytest.raises(Refusal):
        services.type_values(actor=actor, metric_id=plan.pk, grain=Grain.DAY, values=[])


def test_typed_values_have_a_history(define, actor, cleo, run_work) -> None:
    define("plan", "manual", dimensions=["region"])
    plan = m.metric("plan")
    values = [TypedValue(JAN, Decimal("1.5")), TypedValue(JAN, Decimal(3), "region", "North")]
    type_values = services.type_values
    assert type_values(actor=actor, metric_id=plan.pk, grain=Grain.MONTH, values=values) == 2
    assert type_values(actor=actor, metric_id=plan.pk, grain=Grain.MONTH, values=values) == 0
    assert type_values(actor=actor, metric_id=plan.pk, grain=Grain.MONTH, values=[TypedValue(JAN, None)]) == 1
    with pytest.raises(Forbidden):
        type_values(actor=cleo.actor, metric_id=plan.pk, grain=Grain.MONTH, values=values)
    run_work()
    assert m.cells("plan", "month", "region") == {(JAN, "North"): 3}
    assert m.totals("plan") == {}
    assert selectors.typed_values("plan", Grain.MONTH) == {}
    assert [row.value for row in ManualValue.objects.filter(dimension="").order_by("typed_at")] == [
        Decimal("1.5"),
        None,
    ]
    value = MetricValue.objects.get()
    assert [typed.value for typed in selectors.value_for(value.pk).typed] == [3]


# --- the North Star ---------------------------------------------------------------------------------------------------


def tree_keys(node=None) -> dict:
    root = node or selectors.tree()
    return {(root.key, root.link): [tree_keys(child) for child in root.children]}


def test_the_root_follows_the_north_star_and_nothing_is_lost(define, actor) -> None:
    for key in ("visits", "spend", "nps"):
        define(key, "manual")
    define("arpu", "formula", expression="visits * spend")
    define("income", "formula", expression="arpu * 12")
    arpu, visits, income = (m.metric(key).pk for key in ("arpu", "visits", "income"))
    choose = services.choose_north_star
    assert selectors.north_star() is None
    choose(actor=actor, metric_id=arpu, grain=Grain.MONTH, reason="It is what the chief asks for.")
    root = TreeNode.objects.get()
    services.add_factors(actor=actor, node_id=root.pk)
    services.add_node(actor=actor, metric_id=m.metric("nps").pk, parent_id=root.pk, link="influence")
    branch = {
        ("arpu", "formula"): [
            {("visits", "formula"): []},
            {("spend", "formula"): []},
            {("nps", "influence"): []},
        ]
    }
    assert tree_keys() == branch
    choose(actor=actor, metric_id=income, grain=Grain.MONTH)
    assert tree_keys() == {("income", "formula"): [branch]}
    choose(actor=actor, metric_id=visits, grain=Grain.MONTH)
    assert tree_keys() == {
        ("visits", "formula"): [
            {("income", "influence"): [{("arpu", "formula"): [{("spend", "formula"): []}, {("nps", "influence"): []}]}]}
        ]
    }
    assert [star.metric.key for star in selectors.north_star_history()] == ["visits", "income", "arpu"]
    assert NorthStar.objects.filter(ended_at__isnull=True).count() == 1
    star = selectors.north_star()
    assert (star.metric.key, star.grain, star.chosen_by_name) == ("visits", Grain.MONTH, "Ada")
    assert choose(actor=actor, metric_id=visits, grain=Grain.MONTH).pk == star.id


def test_who_may_choose_and_what(define, actor, ben) -> None:
    define("plan", "manual")
    plan = m.metric("plan").pk
    with pytest.raises(Forbidden):
        services.choose_north_star(actor=ben.actor, metric_id=plan, grain=Grain.MONTH)
    with pytest.raises(Refusal) as caught:
        services.choose_north_star(actor=actor, metric_id=plan, grain=Grain.DAY)
    assert wheres(caught.value) == ["grain"]
    with pytest.raises(NotHere):
        services.choose_north_star(actor=actor, metric_id=uuid4(), grain=Grain.MONTH)

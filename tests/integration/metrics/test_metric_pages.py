"""The pages of metrics as a person uses them: forms sent, errors read, values followed to their rows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.metrics import selectors, services
from apps.metrics.domain.definition import document_of
from apps.metrics.models import MetricValue, TreeNode
from tests.integration.metrics.conftest import document

ROWS = [
    ("2025-01-03", "o1", "c1", "North", "paid", "100.00"),
    ("2025-01-20", "o2", "c2", "South", "paid", "50.50"),
    ("2025-01-31", "o3", "c1", "North", "open", "25.00"),
    ("2025-02-11", "o4", "c3", "South", "paid", "80.00"),
    ("2025-02-28", "o5", "c1", "North", "paid", "20.00"),
]
AGGREGATE = {
    "name_en": "Revenue", "name_zh": "收入", "key": "revenue", "unit_kind": "currency", "unit_decimals": "2",
    "direction": "up", "grains": ["month", "quarter"], "trailing": "1", "dimensions": ["region"],
    "measure_dataset": "orders", "measure_how": "sum", "measure_column": "amount", "save": "1",
}  # fmt: skip


@pytest.fixture
def orders(upload: Callable) -> Any:
    return upload("orders", ROWS)


@pytest.fixture
def analyst(client_of: Callable, ben: Any) -> Any:
    """Ben, the analyst."""
    return client_of(ben)


def text_of(response: Any) -> str:
    return response.content.decode()


def test_a_form_defines_a_metric_and_its_values_appear(orders: Any, analyst: Any, run_work: Callable) -> None:
    sent = analyst.post("/metrics/new-metric/aggregate/", AGGREGATE)
    assert (sent.status_code, sent["Location"]) == (302, "/metrics/revenue/")
    run_work()
    page = text_of(analyst.get("/metrics/revenue/?grain=month"))
    assert "¥175.50" in page
    assert "¥100.00" in page
    assert "North" in page
    assert "the sum of" not in page.lower() or "amount" in page


def test_values_that_are_ready_while_their_page_is_made_are_waited_for(
    orders: Any, analyst: Any, run_work: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that has read no values yet goes on asking, though the work ends before it is whole."""
    analyst.post("/metrics/new-metric/aggregate/", AGGREGATE)
    history = selectors.history_of
    monkeypatch.setattr(selectors, "history_of", lambda metric: run_work() and history(metric))  # read after the values
    page = text_of(analyst.get("/metrics/revenue/?grain=month"))
    assert "¥100.00" not in page
    assert "work-progress" in page


def test_a_form_says_everything_that_is_wrong_at_once_and_in_place(orders: Any, analyst: Any) -> None:
    wrong = {**AGGREGATE, "key": "Bad Key", "name_en": "", "name_zh": "", "measure_column": "", "trailing": "12"}
    response = analyst.post("/metrics/new-metric/aggregate/", wrong)
    page = text_of(response)
    assert response.status_code == 422
    assert "A key starts with a letter" in page
    assert "Give it a name in English or Chinese." in page
    assert "Choose the column to work on." in page
    assert not selectors.metrics()


def test_choosing_a_data_set_shows_its_columns_and_keeps_what_was_typed(orders: Any, analyst: Any) -> None:
    page = text_of(
        analyst.post(
            "/metrics/new-metric/aggregate/", {"name_en": "Kept", "measure_dataset": "orders", "refresh": "columns"}
        )
    )
    assert 'value="Kept"' in page
    assert 'value="amount"' in page
    assert "This field is required" not in page


def test_a_condition_is_added_saved_and_shown_again(orders: Any, analyst: Any, run_work: Callable) -> None:
    more = text_of(analyst.post("/metrics/new-metric/aggregate/", {**AGGREGATE, "refresh": "condition"}))
    assert 'name="measure_filter0_column"' in more
    condition = {"measure_filter0_column": "status", "measure_filter0_op": "eq", "measure_filter0_values": "paid"}
    analyst.post("/metrics/new-metric/aggregate/", AGGREGATE | condition)
    run_work()
    assert selectors.series("revenue", "month").points[0].value == Decimal("150.5")
    assert 'value="paid"' in text_of(analyst.get("/metrics/revenue/edit/"))


def test_editing_makes_a_draft_and_publishing_a_new_version_with_its_note(
    orders: Any, analyst: Any, run_work: Callable
) -> None:
    analyst.post("/metrics/new-metric/aggregate/", AGGREGATE)
    run_work()
    note = "The largest order counts."
    saved = analyst.post("/metrics/revenue/edit/", {**AGGREGATE, "measure_how": "max", "note": note, "seen": "0"})
    assert saved["Location"] == "/metrics/revenue/draft/"
    run_work()
    assert selectors.metric_for("revenue").version_number == 1
    assert note in text_of(analyst.get("/metrics/revenue/draft/"))
    published = analyst.post("/metrics/revenue/draft/publish/", {"note": note, "seen": "1"})
    assert published["Location"] == "/metrics/revenue/"
    run_work()
    metric = selectors.metric_for("revenue")
    assert metric.version_number == 2
    assert selectors.series("revenue", "month").points[0].value == Decimal(100)
    assert "The largest order counts." in text_of(analyst.get("/metrics/revenue/"))


def test_an_edit_form_writes_the_same_document_back(orders: Any, analyst: Any, actor: Any) -> None:
    ratio = document(
        "spend", "ratio", trailing=1, dimensions=["region"],
        unit={"kind": "currency", "decimals": 1, "suffix": {"en": "/ order", "zh": "/ 单"}},
        numerator={"dataset": "orders", "how": "sum", "column": "amount",
                   "filters": [{"column": "status", "op": "in", "values": ["paid", "open"]}]},
        denominator={"dataset": "orders", "how": "count"},
    )  # fmt: skip
    services.define(actor=actor, definition=ratio)
    from apps.datasets import selectors as datasets
    from apps.metrics.forms import DefinitionForm, initial_of

    initial = initial_of(document_of(ratio))
    form = DefinitionForm(
        {**initial, "note": ""},
        kind="ratio",
        datasets=datasets.datasets(),
        currency="CNY",
        editing=True,
        initial=initial,
    )
    assert form.is_valid(), form.errors
    from apps.metrics.domain.definition import parse

    assert parse(form.document()) == ratio


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("revenue / nobody", "At character 11"),
        ("revenue +", "At character"),
        ("__import__('os')", "At character 1"),
        ("twice * 2", "this very metric"),
    ],
)
def test_a_wrong_formula_is_refused_at_its_character(
    orders: Any, analyst: Any, run_work: Callable, expression: str, said: str
) -> None:
    analyst.post("/metrics/new-metric/aggregate/", AGGREGATE)
    form = {key: AGGREGATE[key] for key in ("unit_kind", "unit_decimals", "direction", "save")}
    response = analyst.post(
        "/metrics/new-metric/formula/",
        {**form, "key": "twice", "name_en": "Twice", "grains": ["month"], "expression": expression},
    )
    assert response.status_code == 422
    assert said in text_of(response)


@pytest.fixture
def value(orders: Any, analyst: Any, run_work: Callable) -> MetricValue:
    analyst.post("/metrics/new-metric/aggregate/", AGGREGATE)
    run_work()
    return MetricValue.objects.get(grain="month", period_start=date(2025, 1, 1), dimension="")


def test_a_value_is_followed_to_the_rows_of_the_file(value: MetricValue, analyst: Any, run_work: Callable) -> None:
    waiting = text_of(analyst.get(f"/metrics/value-rows/{value.pk}/"))
    assert "work-progress" in waiting
    run_work()
    page = text_of(analyst.get(f"/metrics/value-rows/{value.pk}/"))
    for said in ("orders.csv", ">o1<", ">o2<", ">o3<", "1 to 3 of 3"):
        assert said in page
    assert ">o4<" not in page


def test_rows_are_for_leaders_only(value: MetricValue, client_of: Callable, cleo: Any) -> None:
    assert client_of(cleo).get(f"/metrics/value-rows/{value.pk}/").status_code == 403


def test_values_are_exported_exactly(value: MetricValue, analyst: Any) -> None:
    response = analyst.get("/metrics/revenue/export/?grain=month")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert "revenue,2025-01,2025-01-01,2025-02-01,,,175.5" in lines[1]
    assert any(",region,North,125," in line for line in lines)


def test_the_outline_takes_factors_moves_and_removes(
    value: MetricValue, analyst: Any, actor: Any, run_work: Callable
) -> None:
    count = document("orders_count", "aggregate", measure={"dataset": "orders", "how": "count"})
    spend = document("spend", "formula", expression="revenue / orders_count")
    for definition in (count, spend):
        services.define(actor=actor, definition=definition)
    run_work()
    services.choose_north_star(actor=actor, metric_id=selectors.metric_for("spend").id, grain="month")
    root = TreeNode.objects.get(parent=None)
    assert analyst.get("/metrics/tree-setup/")["Location"] == f"/metrics/tree-setup/{root.pk}/"
    assert "Add them all" in text_of(analyst.get(f"/metrics/tree-setup/{root.pk}/"))
    analyst.post(f"/metrics/tree-setup/{root.pk}/factors/")
    assert not TreeNode.objects.filter(parent=root).exists()  # a draft: nothing shows until it is published

    def children() -> list[selectors.NodeView]:
        return list(selectors.tree_work().root.children)

    first, second = children()
    assert (first.key, second.key) == ("revenue", "orders_count")
    analyst.post(f"/metrics/tree-setup/{second.id}/move/up/")
    assert [child.id for child in children()] == [second.id, first.id]
    assert analyst.get(f"/metrics/tree-setup/{second.id}/").status_code == 200
    analyst.post(f"/metrics/tree-setup/{first.id}/place/", {"parent": str(second.id)})
    assert [child.id for child in children()] == [second.id]
    analyst.post(f"/metrics/tree-setup/{second.id}/turn/undo/")
    assert len(children()) == 2
    analyst.post(f"/metrics/tree-setup/{first.id}/remove/")
    assert [child.id for child in children()] == [second.id]


def test_an_act_of_somebody_who_has_not_seen_the_draft_shows_what_was_done(
    value: MetricValue, analyst: Any, actor: Any, define: Callable
) -> None:
    define("other", "manual")
    services.choose_north_star(actor=actor, metric_id=selectors.metric_for("revenue").id, grain="month")
    root = TreeNode.objects.get(parent=None)
    services.draft_add(actor=actor, seen=0, parent_id=root.pk, metric_id=selectors.metric_for("other").id)
    made = selectors.tree_work().root.children[0]
    late = analyst.post(f"/metrics/tree-setup/{made.id}/remove/", {"seen": "0"}, headers={"HX-Request": "true"})
    assert late.status_code == 409
    page = text_of(late)
    assert "Ada changed the draft meanwhile" in page
    assert "Ada: Added “Other” below “Revenue”" in page
    assert "<html" not in page
    seen = selectors.tree_work().revision
    assert analyst.post(f"/metrics/tree-setup/{made.id}/remove/", {"seen": seen}).status_code == 302
    analyst.post(f"/metrics/tree-setup/{root.pk}/turn/undo/")
    page = text_of(analyst.get("/metrics/tree-setup/check/"))
    assert "Added “Other” below “Revenue”" in page
    assert "“Other” has no value yet" in page
    seen = selectors.tree_work().revision
    assert analyst.post("/metrics/tree-setup/publish/", {"seen": seen, "note": ""}).status_code == 422
    told = {"seen": seen, "note": "It matters."}
    assert analyst.post("/metrics/tree-setup/publish/", told)["Location"] == "/tree/"
    assert TreeNode.objects.filter(parent=root).count() == 1
    history = text_of(analyst.get("/metrics/tree-history/"))
    assert "It matters." in history
    assert analyst.post("/metrics/tree-history/1/restore/")["Location"] == "/metrics/tree-setup/check/"
    seen = selectors.tree_work().revision
    analyst.post("/metrics/tree-setup/discard/", {"seen": seen})
    assert not selectors.has_tree_draft()


def test_a_link_the_formula_does_not_name_is_refused_in_place(value: MetricValue, analyst: Any, actor: Any) -> None:
    services.define(
        actor=actor, definition=document("other", "aggregate", measure={"dataset": "orders", "how": "count"})
    )
    services.choose_north_star(actor=actor, metric_id=selectors.metric_for("revenue").id, grain="month")
    root = TreeNode.objects.get(parent=None)
    response = analyst.post(
        f"/metrics/tree-setup/{root.pk}/add/", {
            "metric": str(selectors.metric_for("other").id), "link": "formula", "parent": str(root.pk),
        },
    )  # fmt: skip
    assert response.status_code == 422
    assert "can only influence it" in text_of(response)


def test_typed_values_are_taken_all_or_none(
    analyst: Any, actor: Any, run_work: Callable, client_of: Callable, mia: Any
) -> None:
    services.define(actor=actor, definition=document("heads", "manual"))
    person = client_of(mia)
    page = text_of(person.get("/metrics/heads/values/"))
    field = page.split('name="value-')[2].split('"')[0]
    other = page.split('name="value-')[3].split('"')[0]
    bad = person.post("/metrics/heads/values/", {f"value-{field}": "12", f"value-{other}": "twelve"})
    assert bad.status_code == 422
    assert "is not a number" in text_of(bad)
    assert not selectors.typed_values("heads", "month")
    person.post("/metrics/heads/values/", {f"value-{field}": "1,200", f"note-{field}": "payroll"})
    run_work()
    assert [v.value for v in selectors.typed_values("heads", "month").values()] == [Decimal(1200)]
    assert "1,200" in text_of(person.get("/metrics/heads/"))


def test_a_chosen_north_star_is_kept_as_history(value: MetricValue, client_of: Callable, adi: Any, cleo: Any) -> None:
    admin = client_of(adi)
    metric = selectors.metric_for("revenue")
    form = {"metric": str(metric.id), "grain": "year", "reason": "It pays."}
    assert admin.post("/choose/", form).status_code == 422  # it has no values by year
    assert admin.post("/choose/", {**form, "grain": "month"}).status_code == 302
    assert "It pays." in text_of(client_of(cleo).get("/choose/"))
    assert client_of(cleo).post("/choose/", form).status_code == 403


def test_unlike_units_are_marked_at_their_character(analyst: Any, value: MetricValue, define: Callable) -> None:
    define("money", "manual", unit={"kind": "currency"})
    define("share", "manual", unit={"kind": "percent"})
    sent = {"name_en": "Both", "key": "both", "unit_kind": "number", "unit_decimals": "0", "direction": "up"}
    sent["grains"] = "month"
    page = text_of(analyst.post("/metrics/new-metric/formula/", {**sent, "expression": "money + share", "save": "1"}))
    assert "only like units are added" in page
    assert "money + <mark>share</mark>" in page

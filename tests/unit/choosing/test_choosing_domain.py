"""The guided choice as a table, proposals and faults of a mapping, what is left out, and cautions."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.choosing.domain import making, mapping, sheet
from apps.choosing.domain.cautions import CAUTIONS, cautions_for
from apps.choosing.domain.guide import ACTS, ASKS, BUSINESSES, Answers, answers, recommend
from apps.choosing.domain.library import found, library, template_for
from apps.choosing.domain.mapping import Chosen
from apps.choosing.domain.templates import INDUSTRIES
from apps.kernel.issue import NotHere
from apps.metrics.domain.definition import document_of, parse
from apps.metrics.domain.fields import KnownColumn, KnownDataset

TEMPLATES = list(library().values())

# --- the guide --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("business", "ask", "act", "first"),
    [
        ("direct", "users", "count", "after_sales_mau"),
        ("direct", "money", "factors", "after_sales_mau"),
        ("dealer", "money", "factors", "after_sales_arpu"),
        ("dealer", "loyalty", "count", "after_sales_arpu"),
        ("group", "whole", "score", "after_sales_health_score"),
        ("group", "users", "count", "after_sales_health_score"),
        ("car_maker", "loyalty", "count", "family_car_retention"),
        ("car_software", "money", "count", "car_software_subscriptions"),
        ("car_community", "users", "count", "car_community_dau"),
        ("community", "users", "count", "social_dau"),
        ("streaming", "result", "factors", "hours_watched"),
        ("booking", "money", "factors", "completed_orders"),
        ("team_tool", "users", "count", "weekly_active_teams"),
        ("team_tool", "result", "habit", "teams_three_tasks"),
        ("sales_tool", "users", "habit", "crm_follow_up"),
        ("sales_tool", "money", "habit", "marketing_reach"),
        ("data_tool", "users", "habit", "storage_first_week"),
        ("data_tool", "result", "habit", "advanced_filters"),
        ("rare", "users", "count", "contracts_signed"),
    ],
)
def test_three_answers_lead_to(business: str, ask: str, act: str, first: str) -> None:
    assert recommend(answers(business, ask, act), TEMPLATES).template.key == first


def test_every_way_through_ends_in_reasons_and_a_runner_up() -> None:
    recommended = set()
    for business, ask, act in product(BUSINESSES, ASKS, ACTS):
        told = recommend(Answers(business, ask, act), TEMPLATES)
        assert business in told.template.front.fits.first
        assert told.runner_up.key != told.template.key
        assert told.reasons
        assert told.why_not
        assert len(told.reasons) + len(told.care) == 3
        recommended.add(told.template.key)
    assert recommended == set(library())


def test_what_is_no_answer_is_open() -> None:
    assert answers("nonsense", "money", "") == Answers("", "money", "")
    assert not answers("dealer", "money", "").complete


# --- the library ------------------------------------------------------------------------------------------------------


def test_the_library_has_the_sixteen_and_finds_them_in_both_languages() -> None:
    assert len(library()) == 16
    assert {template.front.industry for template in TEMPLATES} == set(INDUSTRIES)
    assert [each.key for each in found("签署")] == ["contracts_signed"]
    assert "after_sales_arpu" in [each.key for each in found("ANNUAL revenue", "after_sales")]
    assert not found("no such thing")
    with pytest.raises(NotHere):
        template_for("nothing")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.key)
def test_a_template_says_what_it_reads(template) -> None:
    for key, needed in template.front.data.items():
        assert set(needed.columns) == {column.name for column in template.model.datasets[key].columns}
        chinese = [
            any(ord(sign) > 0x2E80 for sign in name) for column in needed.columns.values() for name in column.names
        ]
        assert any(chinese)
        assert not all(chinese)
    assert template.root.name.zh
    for choice in template.front.choices:
        filters = [
            each
            for metric in template.model.metrics.values()
            for each in _filters(document_of(metric))
            if each == (choice.data, choice.column, list(choice.values))
        ]
        assert filters, "no condition asks for these values"


def _filters(part):
    if isinstance(part, list):
        for each in part:
            yield from _filters(each)
    elif isinstance(part, dict):
        yield from ((part["dataset"], each["column"], each["values"]) for each in part.get("filters", ()))
        for value in part.values():
            yield from _filters(value)


@pytest.mark.parametrize(
    ("key", "metric", "op", "value"),
    [
        ("teams_three_tasks", "three_tasks_share", "ge", 3),
        ("advanced_filters", "filtering_share", "gt", 5),
        ("marketing_reach", "reaching_share", "gt", 1000),
    ],
)
def test_over_is_not_at_least(key: str, metric: str, op: str, value: int) -> None:
    condition = library()[key].model.metrics[metric].conditions[0]
    assert (condition.op, condition.value) == (op, value)


def test_a_gigabyte_has_to_be_exceeded_within_seven_days() -> None:
    definition = library()["storage_first_week"].model.metrics["stored_over_1gb"]
    assert definition.within_days == 7
    assert (definition.goal.filters[0].op, definition.goal.filters[0].values) == ("gt", ("1",))


def test_the_health_score_is_that_of_the_mission() -> None:
    score = library()["after_sales_health_score"].root
    assert [group.weight for group in score.groups] == [30, 30, 20, 20]
    assert [len(group.parts) for group in score.groups] == [3, 3, 3, 3]
    assert all(sum(part.weight for part in group.parts) == 100 for group in score.groups)


# --- mapping ----------------------------------------------------------------------------------------------------------


def dataset(key: str, name: str, *columns: tuple[str, str, str, str]) -> KnownDataset:
    return KnownDataset(key, name, {each[0]: KnownColumn(*each) for each in columns})


WORK = dataset(
    "work", "工单明细", ("no", "工单编号", "text", "key"), ("opened", "进店日期", "date", "time"),
    ("client", "车主", "text", "entity"), ("total", "结算金额", "decimal", "measure"),
    ("shop", "网点", "text", "dimension"),
)  # fmt: skip
PLAIN = dataset(
    "orders", "RO list", ("order_id", "RO number", "text", "key"), ("visit_date", "Visit date", "datetime", "time"),
    ("customer_id", "Customer id", "integer", "entity"), ("sales", "Sales (CNY)", "decimal", "money"),
)  # fmt: skip
ARPU = library()["after_sales_arpu"]


def test_columns_are_proposed_by_name_and_type_in_both_languages() -> None:
    told = mapping.propose(ARPU, {"work": WORK, "costs": dataset("costs", "成本", ("day", "日期", "date", "time"))})
    assert told.data == {"visits": "work"}
    assert {name: column for (_, name), column in told.columns.items()} == {
        "order_no": "no", "opened_on": "opened", "customer": "client", "amount": "total", "store": "shop",
    }  # fmt: skip
    assert not mapping.faults(ARPU, told, {"work": WORK})
    english = mapping.propose(ARPU, {"orders": PLAIN})
    assert english.column("visits", "customer") == "customer_id"
    assert english.column("visits", "amount") == "sales"
    assert not mapping.faults(ARPU, english, {"orders": PLAIN})


def test_nothing_is_proposed_where_something_needed_is_not_there() -> None:
    assert mapping.propose(ARPU, {"x": dataset("x", "Visits", ("day", "Date", "date", "time"))}).data == {"visits": ""}


def test_every_fault_of_a_mapping_is_told_at_once() -> None:
    wrong = Chosen(
        {"visits": "work"},
        {
            ("visits", "opened_on"): "shop", ("visits", "customer"): "total", ("visits", "amount"): "client",
            ("visits", "store"): "no", ("visits", "fixed"): "no", ("visits", "region"): "gone",
            ("visits", "parts"): "total",
        },
    )  # fmt: skip
    told = {
        issue.where.removeprefix("column.visits."): issue.in_words()
        for issue in mapping.faults(ARPU, wrong, {"work": WORK})
    }
    assert set(told) == {"opened_on", "customer", "amount", "store", "fixed", "region", "parts"} - {"parts"}
    assert "holds no dates" in told["opened_on"]
    assert "holds no numbers" in told["amount"]
    assert "no yes/no column" in told["fixed"]
    assert "no column to split by" in told["store"]
    twice = Chosen({"visits": "work"}, {**mapping.propose(ARPU, {"work": WORK}).columns, ("visits", "parts"): "total"})
    assert [issue.where for issue in mapping.faults(ARPU, twice, {"work": WORK})] == ["column.visits.parts"]
    assert [issue.where for issue in mapping.faults(ARPU, Chosen({}, {}), {})] == ["data.visits"]
    assert [issue.where for issue in mapping.faults(ARPU, Chosen({"visits": "no"}, {}), {})] == ["data.visits"]
    empty = mapping.faults(ARPU, Chosen({"visits": "work"}, {}), {"work": WORK})
    assert {issue.where for issue in empty} == {f"column.visits.{name}" for name in ("opened_on", "customer", "amount")}


# --- making -----------------------------------------------------------------------------------------------------------


def test_what_has_no_columns_is_left_out_with_what_it_takes() -> None:
    made = making.make(ARPU, mapping.propose(ARPU, {"work": WORK}), {}, with_star=True)
    assert {each.metric: each.columns for each in made.dropped} == {
        "first_time_fix": (("visits", "fixed"),), "parts_share": (("visits", "parts"),),
    }  # fmt: skip
    arpu = made.model.metrics["arpu"]
    assert (arpu.dimensions, arpu.numerator.dataset, arpu.numerator.column) == (("shop",), "work", "total")
    assert [row.metric for row in made.model.tree] == ["visits_per_customer", "revenue_per_visit", "customers_12m"]
    assert made.model.tree[0].below == ()


def test_a_metric_that_says_the_same_is_used_again_and_another_keeps_its_key() -> None:
    chosen = mapping.propose(ARPU, {"work": WORK})
    first = making.make(ARPU, chosen, {}, with_star=True).model.metrics
    mine = first["arpu"].model_copy(update={"name": first["customers_12m"].name, "dimensions": ("shop", "maker")})
    other = parse({"key": "revenue_per_visit", "kind": "manual", "name": {"en": "Typed"}, "grains": ["month"]})
    made = making.make(ARPU, chosen, {"arpu": mine, "revenue_per_visit": other}, with_star=True)
    assert made.model.metrics["arpu"] == mine
    assert "revenue_per_visit" not in made.model.metrics
    assert made.model.tree[1].metric == "revenue_per_visit_2"


def test_a_score_gives_the_weight_of_what_is_missing_to_the_others() -> None:
    health = library()["after_sales_health_score"]
    columns = {("visits", each): each for each in ("opened_on", "customer", "amount", "cost", "fixed", "repeat")}
    made = making.make(health, Chosen({"visits": "work"}, columns), {}, with_star=True)
    score = made.model.metrics["health_score"]
    assert made.reweighed == ("health_score",)
    assert [[part.metric for part in group.parts] for group in score.groups] == [
        ["retention_12m"], ["arpu_growth", "gross_margin"], ["first_time_fix", "repeat_repairs"],
    ]  # fmt: skip
    assert [group.weight for group in score.groups] == [Decimal("37.5"), Decimal("37.5"), 25]
    assert [part.weight for part in score.groups[1].parts] == [Decimal("57.1"), Decimal("42.9")]


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=12))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_spread_weights_make_a_hundred(tenths: list[int]) -> None:
    assert sum(making.spread([Decimal(each) / 10 for each in tenths])) == 100


# --- cautions and the three tests -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("en", "zh", "key"),
    [
        ("Work-order completion rate", "工单完成率", "completion"),
        ("CSAT", "客户满意度", "csat"),
        ("Average response time", "平均响应时间", "response"),
        ("Technician utilisation", "技师利用率", "utilisation"),
        ("Registrations", "注册用户数", "registrations"),
        ("Page views", "页面浏览量", "page_views"),
        ("Monthly active users of contracts", "合同产品月活", "rare_use"),
    ],
)
def test_well_known_wrong_answers_are_warned_of_in_both_languages(en: str, zh: str, key: str) -> None:
    for name in ({"en": en}, {"zh": zh}):
        metric = parse({"key": "x", "kind": "manual", "name": name, "grains": ["month"], "unit": {"kind": "percent"}})
        assert [caution.key for caution in cautions_for(metric)] == [key]


def test_no_known_north_star_is_warned_of_and_each_caution_names_a_better_one() -> None:
    assert not {template.key: cautions_for(template.root) for template in TEMPLATES if cautions_for(template.root)}
    assert {caution.template for caution in CAUTIONS} <= set(library())


def test_a_sheet_needs_scores_from_0_to_5_and_evidence_for_extremes() -> None:
    assert not sheet.issues({"value": 3, "revenue": 4, "sustainable": 5}, {"sustainable": "Done weekly"})
    found_issues = sheet.issues({"value": None, "revenue": 6, "sustainable": 0}, {"value": "x" * 1001})
    assert [issue.where for issue in found_issues] == ["value", "value_evidence", "revenue", "sustainable_evidence"]
    assert sheet.weakest({"value": 2, "revenue": 3, "sustainable": 5}) == ["value"]
    assert sheet.total({"value": 2, "revenue": 3, "sustainable": 5}) == 10

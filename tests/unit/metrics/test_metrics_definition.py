"""Definition documents: what is taken, what is refused and where, and how it sounds."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.kernel.issue import Refusal
from apps.metrics.domain import checks
from apps.metrics.domain.checks import Known, KnownColumn, KnownDataset, issues
from apps.metrics.domain.definition import datasets_of, document_of, parse
from apps.metrics.domain.words import in_words

BASE: dict[str, Any] = {"key": "mau", "name": {"en": "Monthly active", "zh": "月活跃客户"}, "grains": ["month"]}
PAID = {"column": "status", "op": "eq", "values": ["paid"]}
MAU = {
    "kind": "aggregate",
    "measure": {"dataset": "orders", "how": "distinct", "column": "customer_id", "filters": [PAID]},
}

ORDERS = KnownDataset(
    "orders",
    "Orders",
    {
        column.key: column
        for column in (
            KnownColumn("day", "日期", "date", "time"),
            KnownColumn("customer_id", "客户号", "text", "entity"),
            KnownColumn("status", "状态", "text", "attribute"),
            KnownColumn("region", "大区", "text", "dimension"),
            KnownColumn("store", "门店", "text", "dimension"),
            KnownColumn("amount", "金额", "decimal", "measure"),
            KnownColumn("items", "件数", "integer", "measure"),
            KnownColumn("warranty", "保修", "boolean", "attribute"),
            KnownColumn("booked_at", "预约时间", "datetime", "attribute"),
        )
    },
)
COSTS = KnownDataset(
    "costs",
    "Costs",
    {
        "day": KnownColumn("day", "day", "date", "time"),
        "amount": KnownColumn("amount", "amount", "decimal", "measure"),
        "region": KnownColumn("region", "region", "text", "dimension"),
    },
)


def definition(**parts: Any) -> Any:
    return parse({**BASE, **parts})


def formula_metric(key: str, expression: str, **parts: Any) -> Any:
    return definition(**{"key": key, "kind": "formula", "expression": expression} | parts)


def known(*others: Any) -> Known:
    return Known({"orders": ORDERS, "costs": COSTS}, {other.key: other for other in others})


def wheres(found: list[Any]) -> list[str]:
    assert all("%(" not in str(issue) for issue in found)
    return [issue.where for issue in found]


# --- the document -----------------------------------------------------------------------------------------------------

DOCUMENTS = [
    MAU,
    {"kind": "aggregate", "measure": {"dataset": "orders", "how": "count"}, "trailing": 12},
    {
        "kind": "ratio",
        "numerator": {"dataset": "orders", "how": "sum", "column": "amount"},
        "denominator": {"dataset": "costs", "how": "sum", "column": "amount"},
        "dimensions": ["region"],
        "unit": {"kind": "percent", "decimals": 1},
        "grains": ["day", "week", "month", "quarter", "year"],
    },
    {"kind": "formula", "expression": "a * b", "direction": "down"},
    {
        "kind": "manual",
        "description": {"en": "Typed by Ben."},
        "unit": {"kind": "currency", "suffix": {"en": "/ year"}},
    },
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_comes_back_as_it_was(document: dict[str, Any]) -> None:
    read = definition(**document)
    assert parse(document_of(read)) == read
    with pytest.raises(ValueError, match="frozen"):
        read.key = "other"


def test_dates_and_decimals_may_come_as_such() -> None:
    filters = [
        {"column": "day", "op": "ge", "values": [date(2026, 1, 1)]},
        {"column": "amount", "op": "gt", "values": [Decimal("12.5")]},
    ]
    read = definition(kind="aggregate", measure={"dataset": "orders", "how": "count", "filters": filters})
    assert [condition.values for condition in read.measure.filters] == [("2026-01-01",), ("12.5",)]


def test_everything_wrong_is_said_at_once_each_at_its_field() -> None:
    document = {
        "kind": "aggregate",
        "key": "Monthly Active",
        "name": {"en": "", "zh": " "},
        "grains": ["month", "fortnight"],
        "unit": {"kind": "yuan", "decimals": 9},
        "trailing": 0,
        "sql": "select 1",
        "measure": {
            "dataset": "orders",
            "how": "sum",
            "filters": [{"column": "status", "op": "eq"}, {"column": "a", "op": "~", "values": [1.5]}],
        },
    }
    with pytest.raises(Refusal) as caught:
        parse(document)
    assert set(wheres(list(caught.value.issues))) == {
        "key",
        "name",
        "grains.1",
        "unit.kind",
        "unit.decimals",
        "trailing",
        "sql",
        "measure.filters.0",
        "measure.filters.1.op",
        "measure.filters.1.values.0",
    }


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"kind": "magic"}, "kind"),
        ({}, "kind"),
        ({"kind": "manual", "key": "min"}, ""),
        ({"kind": "manual", "key": "x" * 41}, "key"),
        ({"kind": "manual", "grains": []}, "grains"),
        ({"kind": "manual", "grains": ["month", "month"]}, ""),
        ({"kind": "manual", "dimensions": ["region", "region"]}, ""),
        ({"kind": "manual", "name": {"en": "x" * 121}}, "name.en"),
        ({"kind": "formula", "expression": "x" * 2001}, "expression"),
        ({"kind": "formula"}, "expression"),
        ({"kind": "aggregate", "measure": {"dataset": "orders", "how": "sum"}}, "measure"),
        ({"kind": "aggregate", "measure": {"dataset": "orders", "how": "count", "column": "status"}}, "measure"),
        ({**MAU, "trailing": True}, "trailing"),
        ({**MAU, "trailing": 12, "grains": ["month", "quarter"]}, ""),
        (
            {
                "kind": "ratio",
                "numerator": {"dataset": "orders", "how": "avg", "column": "amount"},
                "denominator": {"dataset": "orders", "how": "count"},
            },
            "",
        ),
    ],
)
def test_what_cannot_be_is_refused(parts: dict[str, Any], where: str) -> None:
    with pytest.raises(Refusal) as caught:
        definition(**parts)
    assert where in wheres(list(caught.value.issues))


@pytest.mark.parametrize("document", [[], "x", 3, None, {"kind": object()}, {"key": {1: object()}}])
def test_what_is_no_document_is_refused(document: Any) -> None:
    with pytest.raises(Refusal):
        parse(document)


# --- against what there is --------------------------------------------------------------------------------------------


def test_a_good_definition_has_no_issues() -> None:
    assert issues(definition(**MAU, dimensions=["region"]), known()) == []


@pytest.mark.parametrize(
    ("measure", "where"),
    [
        ({"dataset": "order", "how": "count"}, "measure.dataset"),
        ({"dataset": "orders", "how": "sum", "column": "price"}, "measure.column"),
        ({"dataset": "orders", "how": "sum", "column": "status"}, "measure.column"),
        ({"dataset": "orders", "how": "median", "column": "day"}, "measure.column"),
    ],
)
def test_columns_have_to_be_there_and_fit(measure: dict[str, Any], where: str) -> None:
    assert wheres(issues(definition(kind="aggregate", measure=measure), known())) == [where]


@pytest.mark.parametrize(
    ("column", "op", "values", "where"),
    [
        ("status", "eq", ["paid"], None),
        ("status", "in", ["paid", "open"], None),
        ("status", "is_null", [], None),
        ("status", "gt", ["paid"], "op"),
        ("status", "eq", [3], "values.0"),
        ("warranty", "eq", [True], None),
        ("warranty", "eq", ["true"], None),
        ("warranty", "eq", ["yes"], "values.0"),
        ("warranty", "ge", [True], "op"),
        ("amount", "gt", ["12.5"], None),
        ("amount", "gt", [12], None),
        ("amount", "gt", ["12,5"], "values.0"),
        ("amount", "gt", [True], "values.0"),
        ("amount", "in", ["1", "x", "NaN", "2"], "values.1"),
        ("items", "ge", ["3"], None),
        ("items", "ge", ["3.5"], "values.0"),
        ("day", "ge", ["2026-01-31"], None),
        ("day", "ge", ["2026-02-30"], "values.0"),
        ("day", "ge", ["20260131"], "values.0"),
        ("booked_at", "lt", ["2026-01-31T08:00"], None),
        ("booked_at", "lt", ["2026-01-31T08:00+08:00"], "values.0"),
        ("nothing", "eq", ["x"], "column"),
    ],
)
def test_filter_values_have_to_be_of_the_columns_type(
    column: str, op: str, values: list[Any], where: str | None
) -> None:
    condition = {"column": column, "op": op, "values": values}
    read = definition(kind="aggregate", measure={"dataset": "orders", "how": "count", "filters": [condition]})
    found = wheres(issues(read, known()))
    assert found[:1] == ([f"measure.filters.0.{where}"] if where else [])


def test_typed_values_have_the_columns_type() -> None:
    assert checks.typed("12.50", "decimal") == Decimal("12.5")
    assert checks.typed("12", "integer") == 12
    assert checks.typed("2026-01-31", "date") == date(2026, 1, 31)
    assert checks.typed("2026-01-31 08:30", "datetime") == datetime(2026, 1, 31, 8, 30)
    assert checks.typed("false", "boolean") is False
    assert checks.typed("12", "text") == "12"


def test_a_dimension_is_one_in_every_data_set_that_is_read() -> None:
    sides = {
        "numerator": {"dataset": "orders", "how": "sum", "column": "amount"},
        "denominator": {"dataset": "costs", "how": "sum", "column": "amount"},
    }
    assert issues(definition(kind="ratio", dimensions=["region"], **sides), known()) == []
    assert wheres(issues(definition(kind="ratio", dimensions=["store"], **sides), known())) == ["dimensions.0"]
    assert wheres(issues(definition(**MAU, dimensions=["customer_id"]), known())) == ["dimensions.0"]


VISITS = definition(key="visits", kind="manual", grains=["month", "quarter"], dimensions=["region"])
SPEND = definition(key="spend", kind="manual", grains=["month"], dimensions=["region", "store"])


def test_a_formula_over_known_metrics_has_no_issues() -> None:
    assert issues(formula_metric("arpu", "visits * spend", dimensions=["region"]), known(VISITS, SPEND)) == []


def test_unknown_names_are_all_said_with_their_place() -> None:
    found = issues(formula_metric("arpu", "visits * spent + ticket / visits"), known(VISITS, SPEND))
    assert [issue.params["position"] for issue in found] == [10, 18]
    assert [issue.params["key"] for issue in found] == ["spent", "ticket"]


def test_a_broken_formula_is_an_issue_at_its_field() -> None:
    assert wheres(issues(formula_metric("arpu", "visits * (spend"), known(VISITS, SPEND))) == ["expression"]
    assert wheres(issues(formula_metric("arpu", "1 + 2"), known(VISITS, SPEND))) == ["expression"]


def test_cycles_are_said_with_their_way() -> None:
    a, b = formula_metric("a", "b + visits"), formula_metric("b", "c * 2")
    found = issues(formula_metric("c", "a - visits"), known(VISITS, a, b))
    assert [str(issue) for issue in found] == ["expression: The formula would need its own result: c → a → b → c."]
    assert wheres(issues(formula_metric("c", "c + visits"), known(VISITS))) == ["expression"]
    assert issues(formula_metric("c", "visits"), known(VISITS, a, b)) == []


def test_inputs_have_to_have_the_grains_and_dimensions() -> None:
    found = issues(
        formula_metric("arpu", "visits * spend", grains=["month", "quarter"], dimensions=["store"]),
        known(VISITS, SPEND),
    )
    assert wheres(found) == ["dimensions.0", "grains.1"]


def test_a_metric_keeps_what_formulas_above_it_need() -> None:
    arpu = formula_metric("arpu", "visits * spend", dimensions=["region"])
    poorer = definition(key="visits", kind="manual", grains=["quarter"])
    assert wheres(issues(poorer, known(VISITS, SPEND, arpu))) == ["grains", "dimensions"]


# --- in words ---------------------------------------------------------------------------------------------------------


def test_the_sentence_of_monthly_active_customers() -> None:
    read = definition(**MAU)
    assert in_words(read, "en") == "The number of different customer_id in orders where status is paid, by month."
    assert in_words(read, "zh-hans") == "按月统计：orders 中 status 为 paid 的行里不同 customer_id 的个数。"
    named = Known({"orders": replace(ORDERS, name="工单")}, {})
    assert in_words(read, "zh-hans", named) == "按月统计：工单中状态为 paid 的行里不同客户号的个数。"


WORDS = [
    (
        {"kind": "aggregate", "measure": {"dataset": "orders", "how": "count"}},
        "The number of rows in orders, by month.",
        "按月统计：orders 的行数。",
    ),
    (
        {
            "kind": "aggregate",
            "trailing": 12,
            "measure": {
                "dataset": "orders",
                "how": "sum",
                "column": "amount",
                "filters": [{"column": "amount", "op": "gt", "values": [0]}, {"column": "status", "op": "not_null"}],
            },
        },
        "The sum of amount in orders where amount is more than 0 and status is not empty, "
        "over the 12 months up to the end of each month.",
        "按月统计，每次取截至期末的 12 个月：orders 中 amount 大于 0，且 status 不为空的行里 amount 之和。",
    ),
    (
        {
            "kind": "ratio",
            "grains": ["month", "quarter", "year"],
            "dimensions": ["region"],
            "numerator": {"dataset": "orders", "how": "sum", "column": "amount"},
            "denominator": {"dataset": "orders", "how": "distinct", "column": "customer_id"},
        },
        "The sum of amount in orders, divided by the number of different customer_id in orders, "
        "by month, quarter and year, in total and for each region.",
        "按月、季度和年统计：orders 中 amount 之和，除以 orders 中不同 customer_id 的个数，另按 region 分别给出。",
    ),
    (
        {"kind": "formula", "expression": "visits*spend", "grains": ["year"]},
        "Calculated as visits × spend, by year.",
        "按年计算：visits × spend。",
    ),
    ({"kind": "manual", "grains": ["week"]}, "Typed by hand, by week.", "按周由人工填写。"),
]


@pytest.mark.parametrize(("parts", "english", "chinese"), WORDS)
def test_every_kind_has_its_sentence(parts: dict[str, Any], english: str, chinese: str) -> None:
    read = definition(**parts)
    assert in_words(read, "en") == english
    assert in_words(read, "zh-hans") == chinese


@pytest.mark.parametrize("how", ["sum", "distinct", "avg", "min", "max", "median"])
@pytest.mark.parametrize(
    ("op", "values"),
    [
        ("eq", [1]), ("ne", [1]), ("lt", [1]), ("le", [1]), ("gt", [1]), ("ge", [1]),
        ("in", [1, 2]), ("not_in", [1, 2]), ("is_null", []), ("not_null", []),
    ],
)  # fmt: skip
def test_no_two_definitions_sound_alike(how: str, op: str, values: list[int]) -> None:
    def said(how: str, op: str, values: list[int], language: str) -> str:
        filters = [{"column": "amount", "op": op, "values": values}]
        measure = {"dataset": "orders", "how": how, "column": "amount", "filters": filters}
        return in_words(definition(kind="aggregate", measure=measure), language)

    for language in ("en", "zh-hans"):
        own = said(how, op, values, language)
        assert own != said("avg" if how != "avg" else "sum", op, values, language)
        assert own != said(how, "lt" if op != "lt" else "le", [1], language)


def test_days_are_before_and_after() -> None:
    filters = [{"column": "day", "op": "ge", "values": ["2026-01-01"]}]
    read = definition(kind="aggregate", measure={"dataset": "orders", "how": "count", "filters": filters})
    assert "日期 is on or after 2026-01-01" in in_words(read, "en", known())
    assert "日期不早于 2026-01-01" in in_words(read, "zh-hans", known())


def test_a_formula_is_said_with_names() -> None:
    read = formula_metric("arpu", "visits*(spend-1)")
    named = known(definition(kind="manual", key="visits", name={"en": "Visits", "zh": "到店次数"}), SPEND)
    assert in_words(read, "en", named) == "Calculated as “Visits” × (“Monthly active” − 1), by month."
    assert in_words(read, "zh", named) == "按月计算：“到店次数” × (“月活跃客户” − 1)。"


def test_which_data_sets_a_metric_reads() -> None:
    assert datasets_of(definition(**MAU)) == ("orders",)
    assert datasets_of(VISITS) == ()

"""Kinds of metric that follow entities: their documents, what is refused and where, sentences, traps."""

from datetime import date
from typing import Any

import pytest

from apps.kernel.issue import Issue, Refusal
from apps.kernel.period import Calendar, Grain
from apps.metrics.domain import expression, formula
from apps.metrics.domain.checks import Known, KnownColumn, KnownDataset, issues
from apps.metrics.domain.definition import (
    KINDS,
    datasets_of,
    document_of,
    is_zero_when_empty,
    parse,
    tables_of,
)
from apps.metrics.domain.look import LAST_DAY, Look, look_of
from apps.metrics.domain.traps import traps_of
from apps.metrics.domain.words import in_words

BASE: dict[str, Any] = {"key": "m", "name": {"en": "M", "zh": "指标"}, "grains": ["month"]}
ORDERS = KnownDataset(
    "orders",
    "Orders",
    {
        column.key: column
        for column in (
            KnownColumn("day", "Day", "date", "time"),
            KnownColumn("at", "Time", "datetime", "attribute"),
            KnownColumn("customer", "Customer", "text", "entity"),
            KnownColumn("status", "Status", "text", "attribute"),
            KnownColumn("region", "Region", "text", "dimension"),
            KnownColumn("amount", "Amount", "decimal", "measure"),
            KnownColumn("items", "Items", "integer", "measure"),
            KnownColumn("currency", "Currency", "text", "attribute"),
        )
    },
)
CUSTOMERS = KnownDataset(
    "customers",
    "Customers",
    {
        "customer": KnownColumn("customer", "Customer", "text", "entity"),
        "since": KnownColumn("since", "Since", "date", "time"),
        "until": KnownColumn("until", "Until", "date", "attribute"),
        "region": KnownColumn("region", "Region", "text", "dimension"),
        "tier": KnownColumn("tier", "Tier", "text", "dimension"),
    },
)
PAID = {"column": "status", "op": "eq", "values": ["paid"]}
VISITS = {"measure": {"dataset": "orders", "how": "count", "filters": [PAID]}, "op": "ge", "value": 3}
SPEND = {"measure": {"dataset": "orders", "how": "sum", "column": "amount"}, "op": "gt", "value": "99.5"}
ACTIVITY = {"dataset": "orders", "entity": "customer", "filters": [PAID]}
FILE = {"dataset": "customers", "started": "since", "ended": "until"}
STEP = {"dataset": "orders", "entity": "customer"}
TIER = {"column": "tier", "dataset": "customers", "on": "customer"}
WON = {**STEP, "filters": [PAID], "moment": "at", "name": {"en": "Paid", "zh": "付款"}}
GOOD: dict[str, dict[str, Any]] = {
    "entity_count": {"entity": "customer", "conditions": [VISITS, SPEND], "dimensions": ["region"]},
    "entity_share": {"entity": "customer", "conditions": [VISITS], "base": FILE},
    "conversion": {"start": STEP, "goal": WON, "within_days": 7},
    "funnel": {"steps": [STEP, {**STEP, "filters": [PAID]}, WON], "within_days": 30, "order": "strict"},
    "lifecycle": {"activity": ACTIVITY, "figure": "churned", "known_since": "2025-01-01"},
    "retention": {"activity": ACTIVITY, "variant": "unbroken", "interval": 3, "minimum": 2},
    "repeat": {"activity": ACTIVITY, "within_days": 90, "moment": "at"},
    "cumulative": {"measure": {"dataset": "orders", "how": "sum", "column": "amount"}, "to_date": "half"},
    "stock": {"dataset": "orders", "entity": ["customer"], "column": "amount", "at": "average"},
    "recurring": {"dataset": "orders", "entity": "customer", "column": "amount", "figure": "nrr"},
    "nps": {"dataset": "orders", "column": "items", "trailing": 3},
    "aggregate": {
        "measure": {"dataset": "orders", "how": "percentile", "share": "0.9", "expression": "amount * items - 1"}
    },
    "score": {
        "groups": [
            {"name": {"en": "Stickiness"}, "weight": 30, "parts": [{"metric": "a", "scale": {"type": "percentile"}}]}
        ]
    },
}


def definition(kind: str, **parts: Any) -> Any:
    return parse({**BASE, "kind": kind, **GOOD.get(kind, {}), **parts})


def known(*others: Any) -> Known:
    return Known({"orders": ORDERS, "customers": CUSTOMERS}, {other.key: other for other in others})


def misfits(read: Any, what: Known) -> list[Issue]:
    """What does not fit."""
    return list(issues(read, what))


A = parse({**BASE, "key": "a", "kind": "manual"})


def complaints(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Refusal) as caught:
        parse({**BASE, **document})
    return {issue.where: issue.in_words() for issue in caught.value.issues}


@pytest.mark.parametrize("kind", GOOD)
def test_a_document_comes_back_and_fits(kind: str) -> None:
    read = definition(kind)
    assert parse(document_of(read)) == read
    assert misfits(read, known(A)) == []
    assert set(GOOD) | {"ratio", "formula", "manual"} == set(KINDS)


# --- sentences --------------------------------------------------------------------------------------------------------

SENTENCES = {
    "entity_count": (
        "The number of different Customer with at least 3 rows in Orders where Status is paid and a sum of Amount of "
        "more than 99.5 in Orders, by month, in total and for each Region.",
        "按月统计：满足以下条件的不同 Customer 的个数：至少 3 条 Orders 中 Status 为 paid 的行，且 "
        "Orders 的行里 Amount 之和多于 99.5，另按 Region 分别给出。",
    ),
    "entity_share": (
        "Of the different Customer in Customers whose Since was before the period and whose Until had not come when it "
        "began, the share with at least 3 rows in Orders where Status is paid, by month.",
        "按月统计：Customers 的行里 Since 早于本期、且期初时尚未到 Until 的不同 Customer 中，满足以下条件者的占比："
        "至少 3 条 Orders 中 Status 为 paid 的行。",
    ),
    "conversion": (
        "Of the different Customer with a row in Orders, the share "
        "that goes on to “Paid” (a row in Orders where Status "
        "is paid) within 7 days, the same day included, by month.",
        "按月统计：有 Orders 的行的不同 Customer 中，在 7 天内（含当天）到达“付款”"
        "（Orders 中 Status 为 paid 的行）的占比。",
    ),
    "lifecycle": (
        "The number of different Customer who had a row in Orders where Status is paid in the period "
        "before and none in "
        "this one, by month.",
        "按月统计：上期有而本期没有 Orders 中 Status 为 paid 的行的不同 Customer 的个数。",
    ),
    "retention": (
        "Of the different Customer with a row in Orders where Status is paid for the first time, the share active in "
        "each of the 3 months after (at least 2 rows), by month.",
        "按月统计：首次有 Orders 中 Status 为 paid 的行的不同 Customer 中，"
        "在之后 3 个月中每一期都活跃（至少 2 行）的占比。",
    ),
    "repeat": (
        "The share of rows in Orders where Status is paid that another row of the same Customer follows "
        "within 90 days, "
        "by month.",
        "按月统计：Orders 中 Status 为 paid 的行里，同一 Customer 在 90 天内又有一行的占比。",
    ),
    "cumulative": (
        "The sum of Amount in Orders, since the start of the half-year, by month.",
        "按月统计，每次自半年初起累计：Orders 中 Amount 之和。",
    ),
    "stock": (
        "Amount in Orders on average over its days, added over Customer, a value holding for 31 days, by month.",
        "按月统计：Orders 的行里各 Customer 日均 Amount 之和，每个值沿用 31 天。",
    ),
    "nps": (
        "The share of 9 and 10 minus that of 0 to 6 in Items of Orders, times 100, over the 3 months up to the end of "
        "each month.",
        "按月统计，每次取截至期末的 3 个月：Orders 的行里 Items 的净推荐值："
        "（9 至 10 分的占比减 0 至 6 分的占比）× 100。",
    ),
    "aggregate": (
        "The 90th percentile of amount * items - 1 in Orders, by month.",
        "按月统计：Orders 中 amount * items - 1 的第 90 百分位数。",
    ),
    "score": (
        "A score from 0 to 100 of Stickiness 100 % (“M”), by month.",
        "按月统计：0 至 100 分的得分，由 Stickiness 100%（“指标”）构成。",
    ),
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_it_says_what_it_is(kind: str) -> None:
    found = [in_words(definition(kind), language, known(A)) for language in ("en", "zh-hans")]
    assert found == list(SENTENCES[kind])


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_has_a_sentence_even_without_names(kind: str, language: str) -> None:
    text = in_words(definition(kind), language)
    assert "{" not in text
    assert text.endswith("." if language == "en" else "。")


# --- what cannot be ---------------------------------------------------------------------------------------------------

REFUSED = [
    ({"kind": "aggregate", "measure": {"dataset": "o", "how": "percentile", "column": "a"}}, "measure", "0.9"),
    (
        {"kind": "aggregate", "measure": {"dataset": "o", "how": "sum", "column": "a", "share": "0.5"}},
        "measure",
        "Only",
    ),
    (
        {"kind": "aggregate", "measure": {"dataset": "o", "how": "sum", "column": "a", "expression": "a"}},
        "measure",
        "not both",
    ),
    ({"kind": "aggregate", "measure": {"dataset": "o", "how": "distinct", "expression": "a"}}, "measure", "column"),
    ({"kind": "entity_count", "entity": "c", "conditions": []}, "conditions", "needed"),
    ({"kind": "entity_count", "entity": "c", "conditions": [VISITS], "trailing": 401}, "trailing", "400"),
    (
        {"kind": "entity_count", "entity": "c", "conditions": [{**VISITS, "value": 1.5}]},
        "conditions.0.value",
        "“12.5”",
    ),
    (
        {
            "kind": "entity_count",
            "entity": "c",
            "conditions": [{**SPEND, "measure": {**SPEND["measure"], "how": "avg"}}],
        },
        "conditions.0",
        "sum or a count",
    ),
    ({"kind": "entity_share", **GOOD["entity_share"], "base": {"dataset": "c", "ended": "u"}}, "base", "started"),
    ({"kind": "retention", "activity": ACTIVITY, "intervals": 3, "interval": 4}, "", "3 periods"),
    ({"kind": "retention", "activity": ACTIVITY, "grains": ["month", "week"]}, "", "one kind of period"),
    ({"kind": "retention", "activity": ACTIVITY, "intervals": 99}, "intervals", "36"),
    ({"kind": "lifecycle", "activity": ACTIVITY, "known_since": "spring"}, "known_since", "2026-06-30"),
    ({"kind": "repeat", "activity": ACTIVITY, "within_days": 0}, "within_days", "3660"),
    ({"kind": "funnel", "steps": [STEP]}, "steps", "At least 2"),
    ({"kind": "cumulative", "measure": SPEND["measure"]}, "", "either"),
    ({"kind": "cumulative", "measure": SPEND["measure"], "trailing": 3, "to_date": "year"}, "", "either"),
    ({"kind": "cumulative", "measure": SPEND["measure"], "to_date": "week"}, "", "since the start of the month"),
    ({"kind": "cumulative", "measure": SPEND["measure"], "to_date": "month"}, "", "shorter"),
    ({"kind": "cumulative", "measure": SPEND["measure"], "to_date": "year", "grains": ["week"]}, "", "Weeks"),
    ({"kind": "recurring", **GOOD["recurring"], "grains": ["month", "year"]}, "", "two metrics"),
    ({"kind": "stock", **GOOD["stock"], "carry_days": -1}, "carry_days", "between 0"),
]


@pytest.mark.parametrize(("document", "where", "words"), REFUSED)
def test_what_cannot_be_is_refused_in_words(document: dict[str, Any], where: str, words: str) -> None:
    found = complaints(document)
    assert list(found) == [where]
    assert words in found[where]


def test_five_faults_are_five_issues() -> None:
    found = issues(
        definition(
            "entity_share",
            entity="client",
            conditions=[
                {**VISITS, "measure": {"dataset": "orders", "how": "sum", "column": "status"}},
                {**VISITS, "measure": {"dataset": "order", "how": "count"}},
            ],
            base={"dataset": "customers", "started": "tier", "filters": [{"column": "x", "op": "is_null"}]},
        ),
        known(),
    )
    assert {issue.where: issue.in_words() for issue in found} == {
        "conditions.0.measure.column": "“status” holds no numbers. Columns with numbers: amount, items.",
        "conditions.1.measure.dataset": "There is no data set “order”. There are: orders, customers.",
        "entity": "Customers has no column “client”. It has: customer, since, until, region, tier.",
        "base.filters.0.column": "Customers has no column “x”. It has: customer, since, until, region, tier.",
        "base.started": "“tier” holds no days. Columns with days or times: since, until.",
    }


UNFIT = [
    ("retention", {"activity": {**ACTIVITY, "dataset": "x"}}, "activity.dataset"),
    ("lifecycle", {"activity": {**ACTIVITY, "entity": "x"}}, "activity.entity"),
    ("repeat", {"moment": "status"}, "moment"),
    ("conversion", {"goal": {**WON, "moment": "status"}}, "goal.moment"),
    ("funnel", {"steps": [STEP, {**STEP, "entity": "x"}]}, "steps.1.entity"),
    ("stock", {"entity": ["customer", "x"]}, "entity.1"),
    ("recurring", {"column": "status"}, "column"),
    ("nps", {"dataset": "x"}, "dataset"),
    ("nps", {"filters": [{**PAID, "op": "gt"}]}, "filters.0.op"),
    ("entity_share", {"base": {"dataset": "customers"}}, "base.started"),
    ("entity_share", {"dimensions": ["tier"]}, "dimensions.0"),
    ("aggregate", {"measure": {"dataset": "orders", "how": "sum", "expression": "amount * x"}}, "measure.expression"),
    ("aggregate", {"measure": {"dataset": "orders", "how": "sum", "expression": "2 * 3"}}, "measure.expression"),
    (
        "nps",
        {"entity_dimensions": [{"column": "x", "dataset": "customers", "on": "customer"}]},
        "entity_dimensions.0.column",
    ),
    ("lifecycle", {"entity_dimensions": [{**TIER, "on": "since"}]}, "entity_dimensions.0.on"),
    ("stock", {"entity_dimensions": [{**TIER, "entity": "nobody"}]}, "entity_dimensions.0.entity"),
    ("repeat", {"entity_dimensions": [{**TIER, "entity": "items"}]}, "entity_dimensions.0.entity"),
    ("recurring", {"entity_dimensions": [{**TIER, "dataset": "x"}]}, "entity_dimensions.0.dataset"),
    ("entity_share", {"base": FILE, "entity_dimensions": [{**TIER, "as_of": "event"}]}, "entity_dimensions.0.as_of"),
    ("formula", {"expression": "a + 1", "entity_dimensions": [TIER]}, "entity_dimensions.0"),
    ("score", {"caps": [{"metric": "b", "op": "gt", "value": 0, "at_most": 59}]}, "caps.0.metric"),
    ("score", {"grains": ["week"]}, "grains.0"),
]


@pytest.mark.parametrize(("kind", "parts", "where"), UNFIT)
def test_it_has_to_fit_the_data(kind: str, parts: dict[str, Any], where: str) -> None:
    found = misfits(definition(kind, **parts), known(A))
    assert [issue.where for issue in found] == [where]
    assert "%(" not in found[0].in_words()


def test_a_split_by_a_file_says_what_stands_in_its_way() -> None:
    def said(kind: str, **parts: Any) -> list[str]:
        return [issue.in_words() for issue in misfits(definition(kind, **parts), known(A))]

    (found,) = said("repeat", entity_dimensions=[{**TIER, "entity": "items"}])
    assert found == "“Items” is of another type than “Customer” of Customers: nobody would be found."
    (found,) = said("formula", expression="a + 1", entity_dimensions=[TIER])
    assert found.startswith("It has no rows of its own.")
    (found,) = said("entity_share", base=FILE, entity_dimensions=[{**TIER, "as_of": "event"}])
    assert found.startswith("All customers of a file are counted, also those without a row")


def test_a_score_over_itself_is_a_cycle() -> None:
    score = definition("score", key="a")
    (issue,) = issues(score, known(A))
    assert (issue.where, issue.params["path"]) == ("groups", "a → a")


@pytest.mark.parametrize(
    ("start", "goal", "english", "chinese", "trapped"),
    [
        (STEP, WON, "within 7 days, the same day included, by month.", "7 天内（含当天）到达", True),
        (STEP, STEP, "within 7 days, on a later day where", "7 天内（不知时刻则须晚一天）到达", False),
        ({**STEP, "moment": "at"}, WON, "within 7 days, by month.", "7 天内到达", False),
    ],
)
def test_whether_the_same_day_counts_is_said(start: Any, goal: Any, english: str, chinese: str, trapped: bool) -> None:
    read = definition("conversion", start=start, goal=goal)
    assert english in in_words(read, "en", known())
    assert chinese in in_words(read, "zh-hans", known())
    assert ["start.moment"] * trapped == [issue.where for issue in traps_of(read, known())]


def test_a_funnel_is_split_by_the_data_set_of_its_first_step() -> None:
    other = {"dataset": "customers", "entity": "customer"}
    assert misfits(definition("conversion", start=STEP, goal=other, dimensions=["region"]), known()) == []
    (issue,) = misfits(definition("conversion", start=STEP, goal=other, dimensions=["tier"]), known())
    assert issue.where == "dimensions.0"
    (issue,) = misfits(definition("conversion", goal={**STEP, "entity": "items"}), known())
    assert issue.where == "goal.entity"
    assert "another type" in issue.in_words()


@pytest.mark.parametrize(
    ("text", "position"), [("amount / items", 8), ("amount * max(items, 1)", 10), ("read_csv('x')", 1), ("a ** b", 4)]
)
def test_an_expression_over_columns_has_no_division_and_no_function(text: str, position: int) -> None:
    with pytest.raises(formula.FormulaError) as caught:
        expression.parse(text)
    assert caught.value.position == position or "read_csv" in text


# --- what kinds have in common ----------------------------------------------------------------------------------------


def test_a_file_of_customers_is_a_table_and_covers_nothing() -> None:
    share = definition("entity_share")
    assert (datasets_of(share), tables_of(share)) == (("orders", "customers"), ("customers",))
    active = definition("entity_share", base={"dataset": "orders"})
    assert (datasets_of(active), tables_of(active)) == (("orders",), ())


def test_counts_are_zero_where_nothing_matches_and_shares_are_not() -> None:
    zero = {kind for kind in GOOD if is_zero_when_empty(definition(kind))}
    assert zero == {"entity_count", "lifecycle", "cumulative"}
    assert is_zero_when_empty(definition("recurring", figure="churn"))


SHANGHAI = Calendar("Asia/Shanghai", fiscal_year_start=4)
JUNE = SHANGHAI.period_of(date(2026, 6, 1), Grain.MONTH)
SPAN = (date(2026, 5, 31), date(2026, 6, 10))


@pytest.mark.parametrize(
    ("look", "first", "last"),
    [
        (Look(), date(2026, 5, 1), date(2026, 6, 30)),
        (Look(trailing=12), date(2026, 5, 1), date(2027, 5, 31)),
        (Look(to_date=Grain.YEAR), date(2026, 5, 1), date(2027, 3, 31)),
        (Look(to_date=Grain.HALF), date(2026, 5, 1), date(2026, 9, 30)),
        (Look(ahead=3), date(2026, 2, 1), date(2026, 6, 30)),
        (Look(ahead_days=31), date(2026, 4, 1), date(2026, 6, 30)),
        (Look(carry_days=21), date(2026, 5, 1), date(2026, 7, 31)),
        (Look(carry_days=20), date(2026, 5, 1), date(2026, 6, 30)),
        (Look(history=True), date(2026, 5, 1), LAST_DAY),
    ],
)
def test_changed_rows_reach_the_periods_that_look_at_them(look: Look, first: date, last: date) -> None:
    assert look.reach(SHANGHAI, SPAN, Grain.MONTH) == (first, last)


def test_a_window_to_date_starts_with_the_fiscal_year() -> None:
    year = Look(to_date=Grain.YEAR)
    assert year.start(SHANGHAI, JUNE) == date(2026, 4, 1)
    assert [period.key for period in year.needed(SHANGHAI, JUNE)] == ["2026-04", "2026-05"]
    assert Look().needed(SHANGHAI, JUNE) == []


def test_a_cohort_is_mature_when_its_last_period_is_over() -> None:
    assert Look(ahead=3).matures(SHANGHAI, JUNE) == date(2026, 10, 1)
    assert Look(ahead_days=30).matures(SHANGHAI, JUNE) == date(2026, 7, 31)
    curve = definition("retention", variant="unbounded", intervals=6, interval=1)
    assert look_of(curve, 2) == Look(ahead=6, awaits=2, history=True)
    assert look_of(curve, 0) == Look(history=True)
    assert look_of(definition("retention"), 2) == Look(ahead=2, awaits=2, history=True)


# --- traps ------------------------------------------------------------------------------------------------------------

TRAPS = [
    ("entity_count", {"conditions": [{**VISITS, "op": "gt", "value": 5}]}, "conditions.0.op", "begins at 6"),
    ("entity_count", {"conditions": [{**VISITS, "op": "lt", "value": 5}]}, "conditions.0.op", "ends at 4"),
    ("entity_count", {"conditions": [{**VISITS, "value": 1}]}, "conditions.0.op", "Once is enough"),
    ("entity_count", {}, "grains", "so far"),
    ("entity_count", {}, "conditions.0.measure.filters.0", "paying accounts"),
    ("cumulative", {}, "to_date", "same day"),
    ("stock", {"at": "opening"}, "at", "Closing"),
    ("retention", {"variant": "unbounded"}, "variant", "rises"),
    ("lifecycle", {"known_since": None}, "known_since", "everybody is new"),
    ("recurring", {"unit": {"kind": "currency"}}, "column", "“currency”"),
    (
        "aggregate",
        {"unit": {"kind": "percent"}, "measure": {"dataset": "orders", "how": "avg", "column": "amount"}},
        "measure.how",
        "small store",
    ),
]


@pytest.mark.parametrize(("kind", "parts", "where", "words"), TRAPS)
def test_known_traps_are_told_and_do_not_block(kind: str, parts: dict[str, Any], where: str, words: str) -> None:
    found = [trap for trap in traps_of(definition(kind, **parts), known()) if words in trap.in_words()]
    assert [(trap.where, trap.blocking) for trap in found] == [(where, False)]


def test_a_formula_that_adds_shares_is_told() -> None:
    shares = [parse({**BASE, "key": key, "kind": "manual", "unit": {"kind": "percent"}}) for key in ("a", "b")]
    mean = definition("formula", expression="(a + b) / 2")
    (trap,) = traps_of(mean, known(*shares))
    assert (trap.where, trap.params["metrics"]) == ("expression", "a, b")
    assert traps_of(definition("formula", expression="a / b"), known(*shares)) == []


def test_a_condition_on_the_currency_ends_the_warning() -> None:
    one = {"filters": [{"column": "currency", "op": "eq", "values": ["CNY"]}], "unit": {"kind": "currency"}}
    assert traps_of(definition("recurring", **one), known()) == []

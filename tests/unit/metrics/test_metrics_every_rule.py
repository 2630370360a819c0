"""What no other test reads: each rule of a document, the words it says, and the field it says them at."""

import time
from typing import Any

import pytest

from apps.kernel.issue import Refusal
from apps.metrics.domain.checks import Known, KnownColumn, KnownDataset, issues
from apps.metrics.domain.definition import parse
from apps.metrics.domain.formula.reading import read
from apps.metrics.domain.parts import MOST_DAYS

ACTIVITY = {"dataset": "orders", "entity": "customer"}
ONCE = [{"measure": {"dataset": "orders", "how": "count"}, "value": 1}]
SUM = {"dataset": "orders", "how": "sum", "column": "amount"}
LINEAR = {"type": "linear", "floor": 0, "goal": 1}


def document(kind: str, **parts: Any) -> dict[str, Any]:
    return {"key": "some", "kind": kind, "name": {"en": "Some"}, "grains": ["month"], **parts}


def aggregate(**measure: Any) -> dict[str, Any]:
    return document("aggregate", measure={**SUM, **measure})


def filtered(*, op: Any = "eq", column: Any = "region", **parts: Any) -> dict[str, Any]:
    return aggregate(filters=[{"column": column, "op": op, **parts}])


def score(**scale: Any) -> dict[str, Any]:
    part = {"metric": "other", "scale": scale}
    return document("score", groups=[{"name": {"en": "All"}, "weight": 1, "parts": [part]}])


FILTER, SCALE = "measure.filters.0", "groups.0.parts.0.scale"
RULES = [
    (filtered(op="is_null", values=["x"]), FILTER, "“is empty” and “is not empty” take no value."),
    (filtered(op="in"), FILTER, "Give at least one value to compare with."),
    (filtered(values=["a", "b"]), FILTER, "Give exactly one value to compare with."),
    (filtered(values=[1.5]), f"{FILTER}.values.0", "Write a text, a whole number, true or false; decimals and dates"),
    (filtered(values="x"), f"{FILTER}.values", "A list is expected here."),
    (aggregate(how="count"), "measure", "Counting rows takes no column. To count different values, choose “distinct”."),
    (aggregate(expression="amount"), "measure", "Choose a column or write an expression, not both."),
    (
        aggregate(how="distinct", column=None, expression="amount"),
        "measure",
        "Different values are counted of a column, not of an expression.",
    ),
    (aggregate(how="mode"), "measure.how", "Choose one of: sum, count, distinct, avg, min, max, median, percentile."),
    (aggregate(column=5), "measure.column", "Write a text here."),
    (aggregate(kolumn="x"), "measure.kolumn", "There is no such field here. Check its spelling."),
    (document("aggregate", measure="x"), "measure", "A group of fields is expected here."),
    (document("aggregate"), "measure", "This is needed."),
    (document("aggregate", measure=SUM, trailing="x"), "trailing", "Write a whole number here."),
    (document("aggregate", measure=SUM, trailing=401), "trailing", "It has to be between 1 and 400."),
    (document("manual", key="abs"), "", "“abs” is the name of a function of formulas. Choose another key."),
    (document("manual", grains=["month", "month"]), "", "Name each kind of period only once."),
    (document("aggregate", measure=SUM, dimensions=["a", "a"]), "", "Name each dimension only once."),
    ({**document("manual"), "kind": None}, "kind", "Choose one of: aggregate, ratio, formula"),
    ({"key": "some", "name": {"en": "Some"}, "grains": ["month"]}, "kind", "Say which kind of metric it is."),
    (
        document("ratio", numerator={**SUM, "how": "avg"}, denominator=SUM),
        "",
        "The two sides of a ratio are sums or counts. For anything else use a formula.",
    ),
    (
        document("entity_share", entity="customer", conditions=ONCE, base={"dataset": "people", "ended": "until"}),
        "base",
        "Say also in which column it started.",
    ),
    (
        document("retention", activity=ACTIVITY, intervals=3, interval=4),
        "",
        "The headline is one of the 3 periods that are followed.",
    ),
    (document("repeat", activity=ACTIVITY, within_days=0), "within_days", f"It has to be between 1 and {MOST_DAYS}."),
    (document("lifecycle", activity=ACTIVITY, known_since=5), "known_since", "Write a day such as 2026-06-30."),
    (document("cumulative", measure=SUM), "", "Choose either a number of periods or since when it runs."),
    (
        document("cumulative", measure=SUM, to_date="month"),
        "",
        "What runs since the start of a period is read by shorter periods than that.",
    ),
    (
        document("cumulative", measure=SUM, to_date="year", grains=["week"]),
        "",
        "Weeks do not fit into months or years. Read it by day or month.",
    ),
    (score(type="linear", floor=1, goal=1), SCALE, "The values of 0 and of 100 points have to differ."),
    (
        score(type="inverted", goal=5, ceiling=5),
        SCALE,
        "Where less is better, the value of 100 points is the smaller one.",
    ),
]


@pytest.mark.parametrize(("wrong", "where", "words"), RULES, ids=[words[:40] for _, _, words in RULES])
def test_a_rule_says_what_is_wrong_at_its_field(wrong: dict[str, Any], where: str, words: str) -> None:
    with pytest.raises(Refusal, match=r"The definition has to be mended first\.") as caught:
        parse(wrong)
    found = {issue.where: issue.in_words(lambda text: text) for issue in caught.value.issues}
    assert where in found, found
    assert found[where].startswith(words)


def test_what_is_no_document_at_all() -> None:
    with pytest.raises(Refusal, match=r"A definition is made of texts, numbers and lists only\."):
        parse(document("manual", description=object()))


def test_five_faults_are_five_issues() -> None:
    wrong = document("manual", key="Not A Key", name={}, grains=["fortnight"], direction="sideways", surprise=1)
    with pytest.raises(Refusal) as caught:
        parse(wrong)
    assert [issue.where for issue in caught.value.issues] == ["key", "name", "direction", "grains.0", "surprise"]


# --- rules about what there is ----------------------------------------------------------------------------------------


def column(key: str, kind: str, role: str) -> KnownColumn:
    return KnownColumn(key, kind, role, key)


ORDERS = KnownDataset(
    "orders", "Orders",
    {"customer": column("customer", "text", "entity"), "region": column("region", "text", "dimension"),
     "step": column("step", "text", "dimension"), "amount": column("amount", "decimal", "measure"),
     "day": column("day", "date", "time")},
)  # fmt: skip
PEOPLE = KnownDataset("people", "People", {"customer": column("customer", "text", "entity")})
OTHER = parse(document("aggregate", key="other", measure=SUM))
KNOWN = Known({"orders": ORDERS, "people": PEOPLE}, {"other": OTHER})
FITS = [
    (
        document("aggregate", measure=SUM, dimensions=["step"]),
        "dimensions.0",
        "“step” is the name of a built-in dimension. Rename the column in the data set.",
    ),
    (
        document("aggregate", measure=SUM, dimensions=["customer"]),
        "dimensions.0",
        "“customer” is no dimension of Orders",
    ),
    (
        document("entity_share", entity="customer", conditions=ONCE, base={"dataset": "people"}),
        "base.started",
        "Say in which column of People it started, or take the data set of the first condition.",
    ),
    (document("formula", expression="2 * 3"), "expression", "The formula uses no metric. For a fixed number, type"),
    (
        document("formula", expression="other", grains=["week"]),
        "grains.0",
        "“other” has no values by week, only by month",
    ),
    (
        document("formula", expression="other", dimensions=["region"]),
        "dimensions.0",
        "“other” is not split by “region”, only by: ",
    ),
    (
        document(
            "score", groups=[{"name": {"en": "A"}, "weight": 1, "parts": [{"metric": "nobody", "scale": LINEAR}]}]
        ),
        "groups.0.parts.0.metric",
        "There is no metric “nobody”. There are: other.",
    ),
]


@pytest.mark.parametrize(("wrong", "where", "words"), FITS, ids=[words[:40] for _, _, words in FITS])
def test_a_rule_about_what_there_is(wrong: dict[str, Any], where: str, words: str) -> None:
    found = {issue.where: issue.in_words(lambda text: text) for issue in issues(parse(wrong), KNOWN) if issue.blocking}
    assert where in found, found
    assert found[where].startswith(words)


# --- hostile ----------------------------------------------------------------------------------------------------------

HOSTILE = {
    "read_csv('/etc/passwd')": 1,
    "other + read_csv('/etc/passwd')": 9,
    "9**9**9**9": 3,
    "other; DROP TABLE orders": 6,
    "__import__('os').system('id')": 1,
    "other[0]": 6,
    "lambda: other": 7,
    "lambda other": 8,
    "(" * 5_000 + "other" + ")" * 5_000: 2001,
    "(" * 900 + "other" + ")" * 900: 52,
    "-" * 1_990 + "other": 52,
    "2^" * 900 + "other": 2,
    "other + " * 12_500 + "other": 2001,
}


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:20] for text in HOSTILE])
def test_a_hostile_formula_is_refused_at_its_character_at_once(text: str) -> None:
    started = time.process_time()
    found = read(text).faults
    spent = time.process_time() - started
    assert [issue.params["position"] for issue in found][:1] == [HOSTILE[text]]
    if len(text) > 2_000:
        assert found[0].in_words(str) == "A formula has at most 2000 characters. Make some of it a metric."
    assert spent < 0.1

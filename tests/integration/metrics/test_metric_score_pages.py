"""The form of a score: parts and weights, what they mean, the traps, figures before it is saved, and the page of it."""

from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from apps.metrics import selectors, services
from apps.metrics.domain.definition import document_of
from apps.metrics.models import MetricValue
from tests.integration.metrics import metric_cases as m

ROWS = [
    ("2025-01-03", "o1", "c1", "North", "paid", "100.00"),
    ("2025-01-20", "o2", "c1", "South", "paid", "50.00"),
    ("2025-02-11", "o4", "c3", "South", "open", "80.00"),
    ("2025-02-28", "o5", "c1", "North", "paid", "20.00"),
]
COMMON = {"name_en": "Health", "unit_kind": "score", "unit_decimals": "0", "direction": "up", "grains": ["month"]}
SENT = {
    **COMMON, "mean": "arithmetic", "least_coverage": "70",
    "group0_name_en": "Sales", "group0_name_zh": "销售", "group0_weight": "75",
    "group0_part0_metric": "revenue", "group0_part0_weight": "1", "group0_part0_scale": "linear",
    "group0_part0_floor": "0", "group0_part0_goal": "200",
    "group1_name_en": "Service", "group1_name_zh": "", "group1_weight": "25",
    "group1_part0_metric": "open_share", "group1_part0_weight": "1", "group1_part0_scale": "inverted",
    "group1_part0_goal": "0", "group1_part0_ceiling": "100 %",
    "cap0_metric": "revenue", "cap0_op": "lt", "cap0_value": "120", "cap0_at_most": "30",
}  # fmt: skip
WORDS = {"HTTP_HX_REQUEST": "true"}
FORM = "/metrics/new-metric/score/"


@pytest.fixture
def analyst(client_of: Callable, ben: Any, upload: Callable, define: Callable, run_work: Callable) -> Any:
    """Ben, the analyst, with two metrics: revenue 150 then 100, the share of open orders 0 then a half."""
    upload("orders", ROWS)
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), dimensions=["region"])
    only_open = [{"column": "status", "op": "eq", "values": ["open"]}]
    define(
        "open_share", "ratio", unit={"kind": "percent"}, direction="down", dimensions=["region"],
        numerator=m.measure("count", filters=only_open), denominator=m.measure("count"),
    )  # fmt: skip
    run_work()
    return client_of(ben)


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def test_a_score_is_defined_in_a_form_and_computed(analyst: Any, run_work: Callable) -> None:
    page = text_of(analyst.get(FORM))
    assert '<option value="revenue"' in page
    saved = analyst.post(FORM, {**SENT, "key": "health", "save": "1"})
    assert saved.status_code == 302, text_of(saved)
    document = document_of(selectors.metric_for("health").definition)
    assert [group["weight"] for group in document["groups"]] == ["75", "25"]
    assert document["groups"][1]["parts"][0]["scale"] == {"type": "inverted", "goal": "0", "ceiling": "1"}
    assert document["caps"] == [{"metric": "revenue", "op": "lt", "value": "120", "at_most": "30"}]
    assert Decimal(document["least_coverage"]) == Decimal("0.7")
    run_work()
    found = MetricValue.objects.filter(metric__key="health", dimension="").order_by("period_start")
    # January: 0.75 x 75 + 0.25 x 100; February: 0.75 x 50 + 0.25 x 50 is 50, held down to 30.
    assert [row.value for row in found] == [Decimal("81.25"), Decimal(30)]
    edited = text_of(analyst.get("/metrics/health/edit/"))
    for field in ('name="group1_part0_ceiling" value="1"', 'name="cap0_at_most" value="30"', 'value="销售"'):
        assert field in edited, field


def test_the_form_says_weights_scales_and_traps_while_one_types(analyst: Any) -> None:
    page = text_of(analyst.post(FORM, {**SENT, "refresh": "words"}, **WORDS))
    assert "A score from 0 to 100 of Sales 75 % (“Revenue”) and Service 25 % (“Open_Share”)" in page
    assert "0 points at 0, 100 at 200" in page  # the picture of the scale, told to who does not see it
    assert "100 → 50 points" in page or "100.00 → 50 points" in page
    assert "Is this meant?" not in page
    assert 'id="total-groups" hx-swap-oob="true"' in page
    wrong = {
        **SENT, "group1_part0_scale": "linear",
        "group1_part0_floor": "0", "group1_part0_goal": "80",
        "group0_part0_scale": "percentile", "group0_part0_direction": "up",
    }  # fmt: skip
    page = text_of(analyst.post(FORM, {**wrong, "refresh": "words"}, **WORDS))
    assert "“open_share” is better when lower, and here more of it gives more points." in page
    assert "“open_share” is a share: 80% is 0.8. Write 0.8 or 80%, not 80." in page
    assert "without a split “revenue” never gives points" in page


@pytest.mark.parametrize(
    ("first", "words"), [("74.9", "99.9 %: 0.1 % are missing"), ("75.1", "100.1 %: 0.1 % too much")]
)
def test_weights_that_do_not_make_a_hundred_are_refused_and_spread(analyst: Any, first: str, words: str) -> None:
    sent = {**SENT, "group0_weight": first, "key": "health"}
    refused = analyst.post(FORM, {**sent, "save": "1"})
    assert refused.status_code == 422
    assert words in text_of(refused)
    assert f"The weights make {words.split(' %')[0]} %" in text_of(refused)
    spread = text_of(analyst.post(FORM, {**sent, "group0_weight": "", "refresh": "spread-groups"}))
    assert 'name="group0_weight" value="75"' in spread
    both = text_of(
        analyst.post(FORM, {**sent, "group0_weight": "30", "group1_weight": "30", "refresh": "spread-groups"})
    )
    assert both.count('_weight" value="50"') == 2


def test_a_part_of_another_part_counts_twice(analyst: Any, define: Callable) -> None:
    define("double", "formula", expression="revenue * 2")
    sent = {**SENT, "group1_part0_metric": "double", "refresh": "words"}
    assert "“revenue” is part of “double”: what moves it counts twice." in text_of(analyst.post(FORM, sent, **WORDS))


def test_the_last_periods_stand_beside_the_form(analyst: Any, run_work: Callable) -> None:
    """At once, as typed; of a score that exists beside the present version, which keeps what begins earlier."""
    figures = text_of(analyst.post(FORM, {**SENT, "refresh": "words"}, **WORDS))
    order = ["Feb 2025", "30.0", "At risk", "Jan 2025", "81.3", "Healthy"]
    assert [figures.index(text) for text in order] == sorted(figures.index(text) for text in order)
    assert not MetricValue.objects.filter(metric__key="health").exists()
    analyst.post(FORM, {**SENT, "key": "health", "save": "1"})
    run_work()
    changed = {**SENT, "group0_weight": "25", "group1_weight": "75", "cap0_metric": "", "refresh": "words"}
    figures = text_of(analyst.post("/metrics/health/edit/", {**changed, "start": "2025-02-01"}, **WORDS))
    assert "Periods that begin before 1 Feb 2025 keep their score" in figures
    assert figures.count("keeps its score") == 1  # January, with what it would be
    for text in ("81.3", "93.8", "50.0"):
        assert text in figures, text
    figures = text_of(analyst.post("/metrics/health/edit/", {**changed, "start": "ever"}, **WORDS))
    assert "keeps its score" not in figures
    assert "The change holds for all periods." in figures


def test_two_admins_at_once(analyst: Any, client_of: Callable, cleo: Any, run_work: Callable) -> None:
    """The second one sees what the first changed, and carries it over or keeps only the own."""
    analyst.post(FORM, {**SENT, "key": "health", "save": "1"})
    run_work()
    edit = "/metrics/health/edit/"
    base = text_of(analyst.get(edit)).split('name="base" value="')[1].split('">')[0]
    common = {**SENT, "start": "2025-02-01", "seen": "0", "base": base, "save": "1"}
    first = analyst.post(edit, {**common, "group0_weight": "60", "group1_weight": "40"})
    assert first.status_code == 302, text_of(first)
    second = analyst.post(edit, {**common, "group0_part0_goal": "100", "cap0_at_most": "40"})
    page = text_of(second)
    assert second.status_code == 409
    assert "What Ben" in page
    for text in ("Sales: weight", "<del>75%</del>", "<ins>60%</ins>"):
        assert text in page, text
    assert "Sales · Revenue: how it gives points" in page
    revision = page.split('name="carry" value="')[1].split('"')[0]
    carried = analyst.post(edit, {**common, "group0_part0_goal": "100", "cap0_at_most": "40", "carry": revision})
    page = text_of(carried)
    for field in ('group0_weight" value="60"', 'group0_part0_goal" value="100"', 'cap0_at_most" value="40"'):
        assert field in page, field
    assert f'name="seen" value="{revision}"' in page
    mine = analyst.post(edit, {**common, "group0_part0_goal": "100", "over": revision})
    assert mine.status_code == 302
    weights = [group.weight for group in selectors.draft_of("health").definition.groups]
    assert weights == [75, 25]


def test_a_change_goes_by_another_admin_and_into_the_history(
    analyst: Any, client_of: Callable, ada: Any, run_work: Callable
) -> None:
    analyst.post(FORM, {**SENT, "key": "health", "save": "1"})
    run_work()
    owner = client_of(ada)
    saved = owner.post("/company/", {**_company(owner), "second_admin": "on"})
    assert saved.status_code == 302, text_of(saved)
    analyst.post("/metrics/health/edit/", {
        **SENT, "group0_weight": "60", "group1_weight": "40", "seen": "0", "start": "2025-02-01", "save": "1",
    })  # fmt: skip
    page = text_of(analyst.get("/metrics/health/draft/"))
    assert "Ask for approval" in page
    assert "Publish version 2" not in page
    revision = page.split('name="seen" value="')[1].split('"')[0]
    asked = analyst.post("/metrics/health/draft/ask/", {"note": "Service matters more", "seen": revision})
    assert asked.status_code == 302, text_of(asked)
    assert analyst.post("/metrics/health/draft/approve/", {"seen": revision}).status_code == 403
    assert "Approve version 2" in text_of(owner.get("/metrics/health/draft/"))
    empty = owner.post("/metrics/health/draft/reject/", {"seen": revision, "reason": ""})
    assert empty.status_code == 422
    assert "what should be different" in text_of(empty)
    assert owner.post("/metrics/health/draft/approve/", {"seen": revision}).status_code == 302
    run_work()
    found = MetricValue.objects.filter(metric__key="health", dimension="").order_by("period_start")
    assert [row.version.number for row in found] == [1, 2]
    history = text_of(owner.get("/metrics/health/versions/"))
    assert "Approved by Ada" in history
    lines = owner.get("/metrics/health/versions/file/").content.decode("utf-8-sig").splitlines()
    assert any("Service matters more,Sales: weight,75%,60%" in line for line in lines), lines


def _company(client: Any) -> dict[str, str]:
    """What the page of the company says, sent back as it is."""
    form = client.get("/company/").context["form"]
    return {name: str(form[name].value()) for name in form.fields if name != "second_admin"}


def test_the_form_grows_and_keeps_what_was_typed(analyst: Any) -> None:
    more = text_of(analyst.post(FORM, {**SENT, "refresh": "group"}))
    assert 'name="group2_weight"' in more
    assert 'name="group0_part0_goal" value="200"' in more
    part = text_of(analyst.post(FORM, {**SENT, "refresh": "group1"}))
    assert 'name="group1_part1_metric"' in part
    assert 'name="group0_part1_metric"' not in part
    assert 'name="cap1_value"' in text_of(analyst.post(FORM, {**SENT, "refresh": "cap"}))
    band = text_of(analyst.post(FORM, {**SENT, "group0_part0_scale": "band", "refresh": "columns"}))
    assert 'name="group0_part0_low_end"' in band
    assert 'name="group0_part0_floor"' not in band
    assert 'name="dimensions" value="region"' in band


def test_every_fault_stands_at_its_field(analyst: Any) -> None:
    wrong = {
        **SENT, "group0_name_en": "", "group0_name_zh": "", "group0_part0_goal": "0", "group1_weight": "-1",
        "cap0_at_most": "200", "group1_part1_metric": "revenue", "group1_part1_weight": "much",
        "group1_part1_scale": "steps", "group1_part1_points": "60", "save": "1",
    }  # fmt: skip
    response = analyst.post(FORM, wrong)
    page = text_of(response)
    assert response.status_code == 422
    assert "Write pairs of a value and its points" in page
    response = analyst.post(FORM, {**wrong, "group1_part1_points": "60 = 0, above = 100"})
    page = text_of(response)
    for words in (
        "Give it a name in English or Chinese.", "The values of 0 and of 100 points have to differ.",
        "Write a number of up to 15 digits",
    ):  # fmt: skip
        assert words in page, words
    assert page.count("It has to be between") == 2
    missing = {**COMMON, "mean": "arithmetic", "least_coverage": "70", "save": "1"}
    assert analyst.post(FORM, missing).status_code == 422
    assert [view.key for view in selectors.metrics()] == ["open_share", "revenue"]


@pytest.mark.parametrize("base", ["{", "[]", '{"kind": "score"}', "1e999", "[" * 20_000])
def test_what_one_began_from_is_read_as_nothing_where_it_is_none(analyst: Any, base: str) -> None:
    analyst.post(FORM, {**SENT, "key": "health", "save": "1"})
    shown = analyst.post("/metrics/health/edit/", {**SENT, "base": base, "refresh": "words"}, **WORDS)
    assert shown.status_code == 200


def test_what_becomes_a_score_again_is_asked_about_too(analyst: Any, actor: Any, run_work: Callable) -> None:
    analyst.post(FORM, {**SENT, "key": "health", "save": "1"})
    definition = m.document("health", "formula", expression="revenue * 2")
    health = services.define(actor=actor, definition=definition, new=False).metric
    services.change_score_policy(actor=actor, second_admin=True)
    draft = services.restore_version(actor=actor, metric_id=health.pk, number=1)
    page = text_of(analyst.get("/metrics/health/draft/"))
    assert "/metrics/health/draft/ask/" in page
    asked = analyst.post("/metrics/health/draft/ask/", {"note": "A score again", "seen": draft.revision})
    assert asked.status_code == 302

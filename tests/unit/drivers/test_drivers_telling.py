"""Said in a sentence and a paragraph: only what was computed, down to the leaves, and it adds up."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings

from apps.drivers.domain.explaining import explain
from apps.drivers.domain.joints import End
from apps.drivers.domain.planting import plant
from apps.drivers.domain.showing import Bridge, Shown, bridge
from apps.drivers.domain.telling import Language, choose, paragraph, sentence, way_down
from apps.drivers.domain.told import Aim, Cause, Leaf, Outlook, Started, Told
from apps.metrics.domain.definition import Definition
from apps.metrics.domain.formula import Input
from apps.metrics.domain.scoring import score
from tests.unit.drivers.trees import leaf_metric, score_of, stories

NAMES = {
    "en": {"0": "customer stickiness", "1": "revenue health", "2": "efficiency", "3": "quality",
           "active_rate": "monthly active rate", "margin": "gross margin"},
    "zh": {"0": "客户黏性", "1": "收入健康", "2": "运营效率", "3": "质量", "active_rate": "月活率", "margin": "毛利率"},
}  # fmt: skip


def health() -> Bridge:
    """The mission's case: 81 to 78; the active rate fell from 32 % to 28 %, the gross margin from 52 % to 49.5 %."""
    definition = score_of(
        {"stickiness": (30, {"active_rate": ("0.20", "0.60", 1), "retention": (0, 1, 1)}),
         "revenue": (30, {"margin": ("0.10", "0.60", 1)}),
         "efficiency": (20, {"turnaround": (0, 1, 1)}),
         "quality": (20, {"first_fix": (0, 1, 1)})},
    )  # fmt: skip
    keys = ("active_rate", "retention", "margin", "turnaround", "first_fix")
    values = {"active_rate": "0.32", "retention": "0.9", "margin": "0.52", "turnaround": "0.9", "first_fix": "0.99"}
    ends = []
    for end in (values, values | {"active_rate": "0.28", "margin": "0.495"}):
        exact = {key: Fraction(value) for key, value in end.items()}
        read = {Input(key): value for key, value in exact.items()} | {
            Input("health"): score(definition, exact, {}).score
        }
        ends.append(End(read, {Input("health"): definition}))
    return bridge(explain(plant("health", {key: leaf_metric(key) for key in keys} | {"health": definition}), *ends), 0)


def name_of(bar: Shown, language: Language) -> str:
    share = bar.share
    return NAMES[language].get(share.key or str(share.group), share.key)


def told(found: Bridge, language: Language) -> Told:
    chosen = choose(found)
    ends = {"active_rate": ("32.0%", "28.0%"), "margin": ("52.0%", "49.5%")}

    def cause(bar: Shown) -> Cause:
        leaf = way_down(bar)
        below = Leaf(name_of(leaf, language), *ends[leaf.share.key], signed(leaf.effect)) if leaf else None
        return Cause(name_of(bar, language), signed(bar.effect), leaf=below)

    return Told(
        name="Health score" if language == "en" else "健康分",
        period="Sep 2026" if language == "en" else "2026年9月",
        base="Aug 2026" if language == "en" else "2026年8月",
        against="previous",
        before=str(found.before),
        after=str(found.after),
        change=signed(found.change),
        moved=True,
        causes=tuple(cause(bar) for bar in chosen.named),
        rest=signed(chosen.rest) if chosen.rest_count else "",
        rest_count=chosen.rest_count,
        stable=tuple(name_of(bar, language) for bar in chosen.stable),
        started=(Started("Win back the lapsed" if language == "en" else "唤醒沉睡客户", "张伟", "30 Nov 2026"),),
        aim=Aim(
            "Off track" if language == "en" else "落后",
            "80.5",
            "85.0",
            "Dec 2026" if language == "en" else "2026年12月",
        ),
        outlook=Outlook("Dec 2026" if language == "en" else "2026年12月", "79.2", "76.0", "82.4"),
    )


def signed(value: Decimal) -> str:
    return f"+{value}" if value > 0 else f"−{abs(value)}" if value else "±0"


def test_78_from_81_says_a_half_each_in_english() -> None:
    facts = told(health(), "en")
    assert sentence(facts, "en") == (
        "Health score was 78.0 in Sep 2026, −3.0 against Aug 2026 (81.0): "
        "customer stickiness −1.5 and revenue health −1.5."
    )
    assert paragraph(facts, "en") == (
        "Health score was 78.0 in Sep 2026, −3.0 against Aug 2026 (81.0). Customer stickiness accounts for −1.5 "
        "(mainly monthly active rate: 32.0% → 28.0%, −1.5); "
        "revenue health for −1.5 (mainly gross margin: 52.0% → 49.5%, −1.5). "
        "Efficiency and quality made no difference. Started: “Win back the lapsed” (张伟, due 30 Nov 2026). "
        "Target of 85.0 by Dec 2026: off track, with 80.5 due now. "
        "Forecast for Dec 2026: 79.2, between 76.0 and 82.4."
    )


def test_78_from_81_says_a_half_each_in_chinese() -> None:
    facts = told(health(), "zh")
    assert sentence(facts, "zh") == (
        "健康分：2026年9月为 78.0，较2026年8月（81.0）变动 −3.0，其中客户黏性占 −1.5，收入健康占 −1.5。"
    )
    assert paragraph(facts, "zh") == (
        "健康分：2026年9月为 78.0，较2026年8月（81.0）变动 −3.0。"
        "其中，客户黏性占 −1.5（主要是月活率 32.0% → 28.0%，占 −1.5）；"
        "收入健康占 −1.5（主要是毛利率 52.0% → 49.5%，占 −1.5）。运营效率、质量没有带来变化。"
        "已启动：“唤醒沉睡客户”（张伟，30 Nov 2026到期）。到2026年12月的目标值为 85.0：落后，目前应为 80.5。"
        "预测2026年12月为 79.2，区间 76.0 至 82.4。"
    )


def test_both_languages_say_the_same_figures() -> None:
    found = health()
    figures = [re.findall(r"[+−]?\d+\.\d+%?", paragraph(told(found, each), each)) for each in ("en", "zh")]
    assert sorted(figures[0]) == sorted(figures[1])
    assert {"−3.0", "78.0", "81.0", "−1.5"} <= set(figures[0])


def test_nothing_is_ever_said_to_be_caused() -> None:
    for language in ("en", "zh"):
        said = paragraph(told(health(), language), language).lower()
        assert not any(word in said for word in ("cause", "because", "due to", "导致", "因为", "造成"))


def plain(**more: object) -> Told:
    facts = {"name": "ARPU", "period": "Jun", "base": "May", "against": "previous", "before": "1", "after": "2",
             "change": "+1", "moved": True} | more  # fmt: skip
    return Told(**facts)


def test_what_stands_still_what_lies_beside_and_what_is_taken_as_a_whole() -> None:
    assert sentence(plain(moved=False), "en") == "ARPU was 2 in Jun, the same as in May."
    assert sentence(plain(moved=False), "zh") == "ARPU：Jun为 2，与May相同。"
    assert "+1 of it is measured beside the formula" in paragraph(plain(gap="+1"), "en")
    assert "与公式不符" in paragraph(plain(gap="+1"), "zh")
    assert paragraph(plain(unsplit="Its formula has no value."), "en").endswith("Its formula has no value.")
    rest = plain(causes=(Cause("visits", "+3", "1", "2"),), rest="−2", rest_count=4)
    assert "Visits accounts for +3 (1 → 2); the other 4 together for −2." in paragraph(rest, "en")
    assert "其余 4 项合计占 −2" in paragraph(rest, "zh")


def test_targets_and_peers_have_words_of_their_own() -> None:
    assert "+1 against the 1 due by then" in sentence(plain(against="target"), "en")
    assert "较应达到的 1 相差 +1" in sentence(plain(against="target"), "zh")
    assert "ARPU (own) was 2 in Jun, +1 against rival (1)" in sentence(
        plain(against="peer", whom="own", peer="rival"), "en"
    )
    assert "较全公司（1）相差 +1" in sentence(plain(against="peer", whom="own"), "zh")


@settings(max_examples=40, deadline=None)
@given(stories(4))
def test_what_is_named_and_the_rest_make_the_change(story: tuple[str, dict[str, Definition], End, End]) -> None:
    key, definitions, before, after = story
    share = explain(plant(key, definitions), before, after)
    if share is None:
        return
    found = bridge(share, 1)
    chosen = choose(found)
    if found.bars:
        assert sum((bar.effect for bar in chosen.named), Decimal(0)) + chosen.rest == found.change
        assert len(chosen.named) + chosen.rest_count == sum(1 for bar in found.bars if bar.effect)
    assert not any(bar.effect for bar in chosen.stable)
    for bar in chosen.named:
        leaf = way_down(bar)
        assert leaf is None or (not leaf.parts and (leaf.effect > 0) == (bar.effect > 0)) or leaf.parts

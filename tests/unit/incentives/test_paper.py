"""A statement's paper: everything of one person's amount, adding up, and nothing of anybody else's."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.incentives.domain.attainment import Attaining, Basis, Reading
from apps.incentives.domain.canonical import canonical, read
from apps.incentives.domain.components import Decision, Verdict
from apps.incentives.domain.curve import Tier, Tiers
from apps.incentives.domain.paper import FEW, Paper, amount_sentences, cut, paid_lines, pool_sentences, team_steps
from apps.incentives.domain.plan import Combine, Kind, Missing, Scope
from apps.incentives.domain.pool import Funding
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Adjustment, Slice
from tests.unit.incentives.laws import LAW
from tests.unit.incentives.numbers import F, fen
from tests.unit.incentives.plans import (
    ACTIVE,
    BEFORE,
    BOOST,
    BY_RATIO,
    JOINED,
    POOL,
    SEED,
    THREE,
    component,
    person,
    reading,
    readings,
    snapshot,
)
from tests.unit.incentives.running import MOVED, POOLED, TWO_TEAMS


def paper_of(given, key: str = "E1") -> Paper:
    return cut(given, calculate(given), key)


def test_the_worked_example_leads_from_each_line_to_its_reading():
    paper = paper_of(snapshot(BY_RATIO))
    lines = paid_lines(paper)
    assert [(line.name, line.minor) for line in lines] == [
        ("ACTIVE", fen("12,000.00")),
        ("CSAT", fen("10,000.00")),
        ("COST", fen("5,250.00")),
    ]
    (cause,) = lines[0].causes
    assert (cause.reading.actual, cause.reading.target) == (9_200, 10_000)
    assert cause.outcome.landing is not None
    assert [sentence.in_words() for sentence in cause.sentences] == [
        "ACTIVE: 9,200 ÷ 10,000 = 92 %.",
        "92 % lies between 80 % (pays 50 %) and 100 % (pays 100 %): 50 % + (92 % − 80 %) ÷ (100 % − 80 %) × "
        "(100 % − 50 %) = 80 %.",
        "Weight 50 % × 80 % = 40 % of the target bonus.",
    ]
    assert [each.in_words() for each in team_steps(paper, "t")] == [
        "All components together: 90.83 % of the target bonus."
    ]
    assert amount_sentences(paper)[-1].in_words() == "Rounded once: ¥27,250.00."


def test_a_transfer_keeps_the_part_of_each_team():
    slices = (Slice(BEFORE, "A", F(3_000)), Slice(JOINED, "B", F(3_600)))
    known = {**readings("A"), **readings("B", active=11_000)}
    paper = paper_of(snapshot(people=[person(slices=slices)], known=known))
    line = paid_lines(paper)[0]
    assert [cause.team for cause in line.causes] == ["A", "B"]
    assert sum(cause.exact for cause in line.causes) == line.exact
    assert line.causes[0].days == (BEFORE,)
    # a factor of 0.4 on 45 of 92 days of 3,000, and of 0.75 on 47 of 92 days of 3,600
    assert [cause.exact for cause in line.causes] == [F("0.4") * F(45 * 3_000, 92), F("0.75") * F(47 * 3_600, 92)]


def test_nothing_of_others_is_in_it():
    everybody = [person("E1", 12_345), person("E2", 65_432), person("E3", 71_717, team="u")]
    known = {**readings(), **readings("u", active=7_777)}
    given_ = snapshot(people=everybody, known=known, adjustments=(Adjustment("a1", "E2", 4_242, "for E2", "Ada"),))
    text = canonical(paper_of(given_))
    assert "12345" in text
    for marker in ("E2", "E3", "65432", "71717", "7777", "4242", "for E2"):
        assert marker not in text


@pytest.mark.parametrize("plan", [POOL, replace(POOL, person_cap=F(9_000))])
def test_of_a_pool_only_the_own_part_is_kept(plan):
    paper = paper_of(snapshot(plan, people=THREE), "E1")
    (shared,) = paper.shared
    assert shared.people == len(THREE)
    assert [part.key for part in shared.pool.split.parts] == ["E1"]
    assert paper.result.minor == sum(line.minor for line in paid_lines(paper))


def test_the_total_of_a_pool_that_few_share_is_told_to_nobody_of_them():
    few = paper_of(snapshot(replace(BY_RATIO, kind=Kind.POOL), people=THREE))
    assert pool_sentences(few, whole=False) == ()
    assert "27,250.00" in pool_sentences(few, whole=True)[0].in_words()
    many = paper_of(snapshot(POOL, people=[person(f"E{number}", 1_000) for number in range(FEW)]), "E0")
    assert pool_sentences(many, whole=False)


def test_components_that_multiply_are_one_line_with_all_their_causes():
    paper = paper_of(snapshot(replace(SEED, combine=Combine.MULTIPLIED)))
    (line,) = paid_lines(paper)
    assert line.key == ""
    assert [cause.component.key for cause in line.causes] == [ACTIVE, "csat", "cost"]
    assert sum(cause.exact for cause in line.causes) == line.exact


def test_below_a_cap_every_cause_shrinks_with_its_line():
    paper = paper_of(snapshot(replace(BY_RATIO, person_cap=F(10_900))))
    causes = [cause.exact for line in paid_lines(paper) for cause in line.causes]
    assert causes == [4_800, 4_000, 2_100]  # 12,000, 10,000 and 5,250 of 27,250, of which 10,900 are paid


amounts = st.integers(0, 10**7)


@LAW
@given(amounts, st.integers(0, 20_000), st.integers(0, 15), st.booleans())
def test_lines_and_causes_add_up_and_the_text_leads_back(amount, active, coefficient, boosted):
    plan = replace(SEED, multipliers=(BOOST,) if boosted else (), person_cap=F(40_000))
    paper = paper_of(snapshot(plan, [person(amount=amount, coefficient=F(coefficient, 10))], readings(active=active)))
    lines = paid_lines(paper)
    assert sum(line.minor for line in lines) == paper.result.minor
    for line in lines:
        assert sum(cause.exact for cause in line.causes) == line.exact
    text = canonical(paper)
    assert canonical(read(Paper, json.loads(text))) == text


def test_what_was_added_and_decided_for_this_person_is_in_it():
    mine = Adjustment("a1", "E1", 4_242, "for E1", "Ada")
    decisions = tuple(Decision(ACTIVE, team, Verdict.ZERO, "why", "Ada") for team in ("", "t", "u"))
    plan = replace(SEED, missing=Missing.ZERO)
    given_ = replace(snapshot(plan, adjustments=(mine,)), decisions=decisions)
    paper = paper_of(given_)
    assert paper.snapshot.adjustments == (mine,)
    assert [each.team for each in paper.snapshot.decisions] == ["", "t"]


def test_what_was_never_measured_is_told_as_nothing_measured():
    nothing = Decision(ACTIVE, "t", Verdict.ZERO, "why", "Ada")
    known = {place: each for place, each in readings().items() if place[0] != ACTIVE}
    paper = paper_of(snapshot(replace(SEED, missing=Missing.ZERO), known=known, decisions=(nothing,)))
    (cause,) = paid_lines(paper)[0].causes
    assert (cause.reading, cause.exact) == (Reading(), 0)


def test_funds_of_other_teams_are_not_in_it():
    plan = replace(POOL, pool=replace(POOL.pool, funding=Funding.FIXED))
    people = [person("E1"), person("E2", team="u")]
    paper = paper_of(snapshot(plan, people, {**readings(), **readings("u")}, pools={"t": F(9_000), "u": F(7_777)}))
    assert paper.snapshot.pools == {"t": F(9_000)}


def test_components_that_multiply_make_one_line_without_a_name():
    (line,) = paid_lines(paper_of(snapshot(replace(BY_RATIO, combine=Combine.MULTIPLIED))))
    assert (line.key, line.name) == ("", "")
    assert [cause.exact for cause in line.causes] == [line.exact, 0, 0]  # the first one stands for all
    assert [cause.component.key for cause in line.causes] == [each.key for each in BY_RATIO.components]


def test_a_component_of_the_company_is_read_from_the_companys_figure():
    plan = replace(SEED, components=tuple(replace(each, scope=Scope.COMPANY) for each in SEED.components))
    known = {(key, ""): each for (key, _team), each in readings().items()}
    paper = paper_of(snapshot(plan, known=known))
    line = paid_lines(paper)[0]
    assert line.causes[0].reading == known[ACTIVE, ""]
    assert line.causes[0].outcome.key == ACTIVE
    assert team_steps(paper, "nowhere") == ()


def test_where_nothing_is_paid_every_cause_is_nothing():
    for plan in (SEED, POOL, replace(SEED, combine=Combine.MULTIPLIED)):
        paper = paper_of(snapshot(plan, known=readings(active=0, csat=0, cost=9_000_000)))
        assert paper.result.minor == 0
        for line in paid_lines(paper):
            assert (line.minor, line.exact, [cause.exact for cause in line.causes]) == (0, 0, [0] * len(line.causes))


SALES = component("sales", 0, tiers=Tiers((Tier(F(0), F("0.05")),)), attaining=Attaining(Basis.ACTUAL))


def test_with_tiers_only_what_was_measured_against_the_own_target_is_kept():
    known = readings() | {("sales", "t"): reading(100_000)}
    plan = replace(BY_RATIO, components=(*BY_RATIO.components, SALES))
    paper = paper_of(snapshot(plan, [person("E1"), person("E2", 3_000)], known), "E2")
    assert [(each.team, each.target) for each in paper.worked] == [("t", "3000")]
    line = paid_lines(paper)[-1]
    assert (line.minor, line.causes[0].outcome.money) == (fen("5,000.00"), 5_000)
    assert line.causes[0].sentences[-1].in_words() == "From 0 on: 100,000 × 5 % = ¥5,000.00."
    pooled = paper_of(snapshot(replace(plan, kind=Kind.POOL), THREE, known))
    assert {(each.team, each.target) for each in pooled.worked} == {("t", "12000"), ("t", "30000")}
    assert sum(line.minor for line in paid_lines(pooled)) == pooled.result.minor


def test_exact_figures_stay_exact_where_tiers_pay_nothing():
    """A whole 0 would be written as a number, and a statement is read back as what it was."""
    for plan in (replace(BY_RATIO, components=(SALES,)), replace(BY_RATIO, components=(*BY_RATIO.components, SALES))):
        paper = paper_of(snapshot(plan, known=readings() | {("sales", "t"): reading(-1)}))
        text = canonical(paper)
        assert canonical(read(Paper, json.loads(text))) == text
        assert paid_lines(paper)[-1].minor == 0


def test_somebody_in_two_pools_is_told_of_both():
    paper = paper_of(snapshot(POOLED, [MOVED, person("E2", 3_000, team="b"), person("E3", team="c")], TWO_TEAMS))
    told = [each.in_words() for each in pool_sentences(paper, whole=True)]
    assert [each.split(":")[0] for each in told if each.startswith("Pool of")] == ["Pool of a", "Pool of b"]
    assert [(each.pool.team, each.people) for each in paper.shared] == [("a", 1), ("b", 2)]
    assert paper.run.by_key == {"E1": paper.result}

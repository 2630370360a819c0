"""Why somebody is paid another amount: by cause, adding up to the cent."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.incentives.domain.attainment import Reading
from apps.incentives.domain.components import Decision, Verdict
from apps.incentives.domain.plan import Kind, Missing
from apps.incentives.domain.snapshot import Adjustment, Snapshot
from apps.incentives.domain.why import Cause, _rounded, mixed, split_by_cause, why, why_each
from apps.kernel.issue import Refusal
from tests.unit.incentives.laws import LAW, exact
from tests.unit.incentives.numbers import F, fen
from tests.unit.incentives.plans import (
    ACTIVE,
    BEFORE,
    BOOST,
    BY_RATIO,
    THREE,
    component,
    person,
    reading,
    readings,
    snapshot,
)

ONLY = replace(BY_RATIO, components=(component(ACTIVE, 100),))
BASE = snapshot(ONLY, [person(amount=10_000)], {(ACTIVE, "t"): reading("1", 1)})


def changed(**more: Any) -> Snapshot:
    return replace(BASE, **more)


def parts(before: Snapshot, after: Snapshot) -> list[tuple[Cause, int]]:
    found = why(before, after, "E1")
    assert sum(each.minor for each in found.parts) == found.after - found.before
    assert sum(each.exact for each in found.parts) == found.after - found.before
    return [(each.cause, each.minor) for each in found.parts]


HALF_AGAIN = replace(ONLY, multipliers=(replace(BOOST, factor=F("1.5")),))


@pytest.mark.parametrize(
    ("after", "cause", "minor"),
    [
        (changed(plan=HALF_AGAIN), Cause.PLAN, "5,000.00"),
        (changed(participants=(person(amount=12_000),)), Cause.ROSTER, "2,000.00"),
        (changed(readings={(ACTIVE, "t"): reading("1", "1.25")}), Cause.TARGET, "-5,000.00"),
        (changed(readings={(ACTIVE, "t"): reading("1.1", 1)}), Cause.DATA, "5,000.00"),
        (changed(adjustments=(Adjustment("a", "E1", 700, "Thanks.", "hr"),)), Cause.ADJUSTMENT, "7.00"),
        (changed(participants=()), Cause.ROSTER, "-10,000.00"),
        (changed(rates={"JPY": F(3)}), Cause.RATE, "0.00"),
    ],
)
def test_one_cause_alone_explains_everything(after: Snapshot, cause: Cause, minor: str) -> None:
    assert parts(BASE, after) == [(cause, fen(minor))]


def test_nothing_changed() -> None:
    assert parts(BASE, replace(BASE)) == []
    elsewhere = replace(BASE.readings[ACTIVE, "t"], source=(("upload", "2"),))
    assert parts(BASE, changed(readings={(ACTIVE, "t"): elsewhere})) == []  # the same value from another file


def test_a_rate() -> None:
    abroad = replace(BASE, participants=(person(amount=10_000, currency="JPY"),), rates={"JPY": F(20)})
    assert parts(abroad, replace(abroad, rates={"JPY": F(21)})) == [(Cause.RATE, 10_000)]
    with pytest.raises(Refusal, match="one is in CNY, the other in JPY"):
        why(BASE, abroad, "E1")


def test_what_causes_do_together_is_shared() -> None:
    after = changed(participants=(person(amount=12_000),), readings={(ACTIVE, "t"): reading("1.1", 1)})
    # 10,000 -> 18,000: the roster alone does 2,000, the data alone 5,000, both together 1,000 more
    assert parts(BASE, after) == [(Cause.ROSTER, fen("2,500.00")), (Cause.DATA, fen("5,500.00"))]
    assert parts(after, BASE) == [(Cause.ROSTER, fen("-2,500.00")), (Cause.DATA, fen("-5,500.00"))]


def test_cents_are_shared_so_that_they_add_up() -> None:
    """Three causes that only act together: a third each of 100 and of 101 cents."""

    def value(snap: Snapshot) -> int:
        both = snap.plan is HALF_AGAIN and snap.adjustments and snap.rates
        return 101 if both else 0

    after = changed(plan=HALF_AGAIN, adjustments=(Adjustment("a", "E1", 0, "-", "hr"),), rates={"EUR": F(1)})
    found = split_by_cause(BASE, after, value)
    assert [(each.cause, each.exact, each.minor) for each in found.parts] == [
        (Cause.PLAN, F(101, 3), 34),
        (Cause.RATE, F(101, 3), 34),
        (Cause.ADJUSTMENT, F(101, 3), 33),
    ]


def test_a_new_component_brings_its_own_readings() -> None:
    plan = replace(ONLY, components=(component(ACTIVE, 50), component("nps", 50)))
    known = {(ACTIVE, "t"): reading("1.1", 1), ("nps", "t"): reading(2, 1)}
    found = parts(BASE, changed(plan=plan, readings=known))
    assert [cause for cause, _ in found] == [Cause.PLAN, Cause.TARGET, Cause.DATA]
    old = mixed(changed(plan=plan, readings=known), BASE, frozenset({Cause.TARGET, Cause.DATA})).readings
    assert old["nps", "t"] == known["nps", "t"]  # what only the other side knows is taken from there
    back = parts(changed(plan=plan, readings=known), BASE)
    assert [minor for _, minor in back] == [-minor for _, minor in found]


def test_decisions_are_data() -> None:
    nothing = Decision(ACTIVE, "t", Verdict.ZERO, "Lost.", "hr")
    before = changed(plan=replace(ONLY, missing=Missing.ZERO))
    assert parts(before, replace(before, decisions=(nothing,))) == [(Cause.DATA, fen("-10,000.00"))]


def test_what_cannot_be_taken_apart_is_told_together() -> None:
    """The new plan allows the decision that the missing value needs: neither goes without the other."""
    nothing = Decision(ACTIVE, "t", Verdict.ZERO, "Lost.", "hr")
    after = changed(plan=replace(ONLY, missing=Missing.ZERO), decisions=(nothing,))
    assert parts(BASE, after) == [(Cause.TOGETHER, fen("-10,000.00"))]


def test_what_is_blocked_is_not_compared() -> None:
    blocked = changed(readings={})
    with pytest.raises(Refusal, match="one of the two cannot be calculated") as refused:
        why(BASE, blocked, "E1")
    assert refused.value.issues


def test_a_pool_that_somebody_left() -> None:
    """The pot was 27,250.00 for three; for two, and with more reached, it is 20,533.33."""
    pooled = replace(BY_RATIO, kind=Kind.POOL)
    before = snapshot(pooled, THREE)
    after = snapshot(pooled, THREE[:2], readings(active=9_400))
    found = why_each(before, after)
    assert [sum(getattr(each, end) for each in found.values()) for end in ("before", "after")] == [
        fen("27,250.00"), fen("20,533.33"),
    ]  # fmt: skip
    assert found == {(each.key, "CNY"): why(before, after, each.key) for each in THREE}
    assert [[part.cause for part in each.parts] for each in found.values()] == [[Cause.ROSTER, Cause.DATA]] * 3
    assert found["E3", "CNY"].after == 0


def test_everybody_at_once_is_what_each_is_alone_and_adds_up_both_ways() -> None:
    """One joins, one leaves, one is paid in another currency, one cannot be calculated before."""
    rates = {"EUR": F(1, 8)}
    broken = replace(person("broken"), slices=())
    before = changed(participants=(*THREE, person("leaver"), person("moved"), broken), rates=rates, plan=BY_RATIO)
    before = replace(before, readings=readings())
    people = (*THREE, person("joiner"), replace(person("moved"), currency="EUR"), person("broken"))
    after = replace(before, participants=people, readings=readings(active=9_400))
    told: list[tuple[int, int]] = []
    found = why_each(before, after, each=lambda done, whole: told.append((done, whole)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)], "roster and data: every mixture once, for everybody"
    for key in ("E1", "E2", "E3", "leaver", "joiner"):
        assert found[key, "CNY"] == why(before, after, key)
    assert (found["joiner", "CNY"].before, found["leaver", "CNY"].after) == (0, 0)
    assert "broken" not in {key for key, _currency in found}
    gone, come = found["moved", "CNY"], found["moved", "EUR"]
    assert (gone.after, come.before) == (0, 0)
    assert [each.cause for each in (*gone.parts, *come.parts)] == [Cause.TOGETHER, Cause.TOGETHER]
    for each in found.values():
        assert sum(part.minor for part in each.parts) == each.after - each.before


def test_who_joins_by_a_new_roster_under_a_new_plan_is_among_everybody_and_so_is_who_gets_nothing() -> None:
    before = changed(participants=(person(), person("E0", 0)))
    after = replace(before, plan=HALF_AGAIN, participants=(*before.participants, person("E2")))
    found = why_each(before, after)
    assert {key: (each.before, each.after) for (key, _currency), each in found.items()} == {
        "E0": (0, 0), "E1": (fen("30,000.00"), fen("45,000.00")), "E2": (0, fen("45,000.00")),
    }  # fmt: skip


def test_a_mixture_that_cannot_be_calculated_is_told_as_one_for_everybody_it_concerns() -> None:
    """The new plan asks for a target, which is there only with the new targets."""
    after = changed(readings={(ACTIVE, "t"): reading("0.9", None)}, plan=replace(ONLY, missing=Missing.ZERO))
    after = replace(after, decisions=(Decision(ACTIVE, "t", Verdict.ZERO, "No target.", "hr"),))
    (only,) = why_each(BASE, after).values()
    assert only == why(BASE, after, "E1")
    assert [each.cause for each in only.parts] == [Cause.TOGETHER]


def test_a_mixture_of_none_and_of_all() -> None:
    after = changed(plan=HALF_AGAIN, readings={(ACTIVE, "t"): reading("1.1", "1.2")}, rates={"EUR": F(1)})
    assert mixed(BASE, after, frozenset()) == BASE
    assert mixed(BASE, after, frozenset(Cause)) == after
    other = replace(
        after,
        period=BEFORE,
        pools={"t": F(1)},
        working_days=(BEFORE.first,),
        adjustments=(Adjustment("a", "E1", 1, "-", "hr"),),
        readings={(ACTIVE, "t"): Reading(F(1), F(2), inside=3, due=4, source=(("upload", "2"),))},
    )
    assert mixed(BASE, other, frozenset(Cause)) == other
    assert mixed(other, BASE, frozenset(Cause)) == BASE
    aims = mixed(BASE, other, frozenset({Cause.TARGET})).readings[ACTIVE, "t"]
    assert aims == replace(BASE.readings[ACTIVE, "t"], target=F(2))
    roster = mixed(BASE, other, frozenset({Cause.ROSTER}))
    assert (roster.period, roster.pools, roster.working_days) == (BEFORE, {"t": 1}, (BEFORE.first,))
    assert roster.readings == BASE.readings
    assert mixed(BASE, other, frozenset({Cause.ADJUSTMENT})) == replace(BASE, adjustments=other.adjustments)
    targets = mixed(BASE, after, frozenset({Cause.TARGET})).readings[ACTIVE, "t"]
    assert (targets.actual, targets.target) == (1, F("1.2"))
    data = mixed(BASE, after, frozenset({Cause.DATA})).readings[ACTIVE, "t"]
    assert (data.actual, data.target) == (F("1.1"), 1)


amounts = exact(0, 20_000, 7)
snapshots = st.builds(
    lambda plan, amount, actual, target, extra: snapshot(
        plan,
        [person(amount=amount), person("E2", 777)],
        {(ACTIVE, "t"): reading(actual, target)},
        adjustments=(Adjustment("a", "E1", extra, "-", "hr"),),
    ),
    st.sampled_from([ONLY, HALF_AGAIN, replace(ONLY, kind=Kind.POOL), replace(ONLY, person_cap=F(5_000))]),
    amounts,
    exact(0, 2, 50),
    st.sampled_from([F(1), F("1.2")]),
    st.integers(-500, 500),
)


@LAW
@given(snapshots, snapshots)
def test_the_parts_make_the_difference_whatever_changed(one: Snapshot, other: Snapshot) -> None:
    found = why(one, other, "E1")
    assert sum(each.minor for each in found.parts) == found.after - found.before
    assert all(abs(each.minor - each.exact) < 1 for each in found.parts)
    back = {each.cause: each.exact for each in why(other, one, "E1").parts}
    assert back == {each.cause: -each.exact for each in found.parts}, "going back undoes it, cause by cause"


def test_shares_are_fractions() -> None:
    assert all(isinstance(each.exact, Fraction) for each in why(BASE, changed(participants=()), "E1").parts)


def test_a_left_over_cent_goes_to_the_cause_that_is_nearest_to_the_next_one() -> None:
    """Not to the smallest, nor to the first: 0.4 and 10.6 are 0 and 11."""
    assert _rounded({Cause.PLAN: F("0.4"), Cause.DATA: F("10.6")}, 11) == {Cause.PLAN: 0, Cause.DATA: 11}
    assert _rounded({Cause.PLAN: F("-0.4"), Cause.DATA: F("-10.6")}, -11) == {Cause.PLAN: 0, Cause.DATA: -11}

"""Which readings a plan asks for: each once, under its key, with its metric, of the team or of the company."""

from __future__ import annotations

from dataclasses import replace

from apps.incentives.domain.attainment import Attaining, Basis, RangeRule
from apps.incentives.domain.figures import Wanted, wanted
from apps.incentives.domain.plan import Kind, Scope, TargetOf
from apps.incentives.domain.pool import Funding, Terms
from tests.unit.incentives.numbers import F
from tests.unit.incentives.options import multiplied
from tests.unit.incentives.plans import BOOST, COST, CSAT, SAFE, SAFETY, SEED, component, curve

TEAM, COMPANY = Scope.TEAM, Scope.COMPANY
OF_SEED = (
    Wanted("active", "m_active", TEAM, with_target=True),
    Wanted(CSAT, "m_csat", TEAM, with_target=False),  # its curve is written on the value itself
    Wanted(COST, "m_cost", TEAM, with_target=True),
)


def test_of_the_seed_plan_with_a_gate() -> None:
    assert wanted(SEED) == OF_SEED
    gated = replace(SEED, gates=(replace(SAFE, condition=replace(SAFE.condition, scope=COMPANY)),))
    assert wanted(gated) == (*OF_SEED, Wanted(SAFETY, "m_safety", COMPANY))


def test_of_multipliers_what_they_look_at() -> None:
    """One that always multiplies looks at nothing."""
    line = Wanted("active", "m_active", TEAM, with_target=True)
    safe = Wanted(SAFETY, "m_safety", TEAM)
    assert wanted(multiplied()) == (line, safe)
    assert wanted(multiplied(condition=SAFE.condition)) == (line, safe, Wanted(BOOST.key, "m_safety", TEAM))
    drawn = multiplied(factor=None, curve=curve((1, 1), (2, 2)), metric="m_p", scope=COMPANY)
    assert wanted(drawn) == (line, safe, Wanted(BOOST.key, "m_p", COMPANY))


def test_what_money_is_a_share_of_is_read_for_the_company_and_for_the_team() -> None:
    share = replace(SEED, target=TargetOf.METRIC, target_metric="m_s")
    assert set(wanted(share)) == {*OF_SEED, Wanted("target", "m_s", TEAM), Wanted("target", "m_s", COMPANY)}
    assert wanted(replace(share, target_metric="")) == wanted(replace(share, target=TargetOf.FIXED)) == OF_SEED
    funded = replace(SEED, kind=Kind.POOL, pool=Terms(Funding.SHARE_OF_METRIC, F("0.1"), metric="m_p"))
    assert set(wanted(funded)) == {*OF_SEED, Wanted("pool", "m_p", TEAM), Wanted("pool", "m_p", COMPANY)}
    for other in (
        replace(funded, kind=Kind.INDIVIDUAL),
        replace(funded, pool=replace(funded.pool, metric="")),
        replace(funded, pool=replace(funded.pool, funding=Funding.FIXED)),
    ):
        assert wanted(other) == OF_SEED


def test_a_range_has_its_own_targets() -> None:
    for rule in RangeRule:
        ranged = replace(SEED, components=(component("a", 100, attaining=Attaining(Basis.RANGE, range_rule=rule)),))
        assert wanted(ranged) == (Wanted("a", "m_a", TEAM, with_target=rule is not RangeRule.SHARE),)

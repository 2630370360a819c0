"""Why a value differs from another: exact shares of the difference, which add up to it at every level of the tree.

One mathematics for a period against an earlier one, actual against target, and one store against another: two ends of
the same tree, `before` and `after`. It is accounting ("accounts for"), never a claim of what caused what.

    branch      what is asked (a tree with both ends) and what is answered (a share for each node)
    polynomial  a formula of which some inputs move at the same pace
    owen        the shares: Shapley values down the tree, and sequential substitution (财务口径)
    lmdi        shares by logarithms, for products of positive numbers
    segments    by the members of a dimension: sums, and ratios by mix and rate
    showing     figures as shown that still add up, and when a percentage says nothing

A score is taken apart in `scoring_drivers`, next to the score itself.
"""

from apps.metrics.domain.drivers.branch import Branch, Effect, Method
from apps.metrics.domain.drivers.lmdi import differs, logarithmic
from apps.metrics.domain.drivers.owen import decompose
from apps.metrics.domain.drivers.segments import Member, MixRate, Side, mix_and_rate, odd_ones
from apps.metrics.domain.drivers.showing import dealt, half_up, shares_say_something

__all__ = [
    "Branch",
    "Effect",
    "Member",
    "Method",
    "MixRate",
    "Side",
    "dealt",
    "decompose",
    "differs",
    "half_up",
    "logarithmic",
    "mix_and_rate",
    "odd_ones",
    "shares_say_something",
]

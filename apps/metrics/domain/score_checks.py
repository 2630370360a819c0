"""Weights of a score make 100 %, at every level: what is missing or too much is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from apps.kernel.issue import N_, Issue
from apps.metrics.domain.scoring import ScoreDefinition

HUNDRED = Decimal(100)

TOO_LITTLE = N_("The weights make %(sum)s %%: %(gap)s %% are missing.")
TOO_MUCH = N_("The weights make %(sum)s %%: that is %(gap)s %% too much.")


def weight_issues(definition: ScoreDefinition) -> Iterator[Issue]:
    """Each list of weights that does not make 100. Weights that are all 1 are equal shares; one alone is the whole."""
    yield from weights_of("groups.0.weight", [group.weight for group in definition.groups])
    for at, group in enumerate(definition.groups):
        yield from weights_of(f"groups.{at}.parts.0.weight", [part.weight for part in group.parts])
    for at, segment in enumerate(definition.segments):
        yield from weights_of(f"segments.{at}.weights", segment.weights)


def weights_of(where: str, weights: Sequence[Decimal]) -> Iterator[Issue]:
    """The issue of one list, at `where`, if its weights do not make 100."""
    whole = sum(weights, Decimal(0))
    if whole == HUNDRED or len(weights) == 1 or all(weight == 1 for weight in weights):
        return
    gap = abs(HUNDRED - whole)
    message = TOO_LITTLE if whole < HUNDRED else TOO_MUCH
    yield Issue(where, message, {"sum": plain(whole), "gap": plain(gap)})


def plain(number: Decimal) -> str:
    """A number without zeros behind that say nothing."""
    return f"{number.normalize():f}"

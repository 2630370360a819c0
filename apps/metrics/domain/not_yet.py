"""What can be written down already, and not computed yet: refused clearly until the engine knows how."""

from __future__ import annotations

from collections.abc import Iterator

from apps.kernel.issue import N_, Issue
from apps.metrics.domain.definition import Definition, Kind

KINDS_NOT_YET: frozenset[Kind] = frozenset({"conversion", "funnel"})


def not_yet(definition: Definition) -> Iterator[Issue]:
    """That a definition cannot be computed yet, where it cannot."""
    if definition.kind in KINDS_NOT_YET:
        yield Issue("kind", N_("This kind of metric cannot be computed yet."))

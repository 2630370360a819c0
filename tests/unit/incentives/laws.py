"""How many examples a law of pay is tried on: 25 in the ordinary suite, `LODESTAR_EXAMPLES=50000` in the full tier."""

from __future__ import annotations

import os
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("LODESTAR_EXAMPLES", "25"))
LAW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def exact(least: int, most: int, of: int = 60) -> st.SearchStrategy[Fraction]:
    """Fractions on a grid, thirds and sevenths as `of` says; drawn in a fifth of the time that `st.fractions` takes."""
    return st.integers(least * of, most * of).map(lambda number: Fraction(number, of))

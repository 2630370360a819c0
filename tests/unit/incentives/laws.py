"""How many examples a law of pay is tried on: 25 in the ordinary suite, `LODESTAR_EXAMPLES=50000` in the full tier."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("LODESTAR_EXAMPLES", "25"))
LAW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

"""The only place that knows the library: exponential smoothing by statsmodels, loaded when it is first needed (1.7 s,
140 MB: in a process of its own, `apps.evidence.domain.child`).

Models are written as in Hyndman, Koehler, Ord, Snyder, Forecasting with Exponential Smoothing (2008): error, trend,
season. Parameters are estimated by maximum likelihood, states start from the library's heuristic.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from apps.evidence.domain.history import LEARN

Paths = dict[int, list[float]]


class NotFitted(Exception):
    """The library finds no parameters for this series."""


def season_fits(count: int, season: int) -> bool:
    """Whether `count` values are enough to learn a season of this length: two whole ones."""
    return season > 1 and count >= max(2 * season, LEARN + 2 * (season // 2))


def paths(
    values: Sequence[float], *, learn: int, origins: Sequence[int], horizon: int, trend: bool, season: int = 1
) -> Paths:
    """What the model says from each origin on: by origin (the number of values known then) `horizon` values.

    Parameters and first states come from `values[:learn]` alone, so that no origin knows anything later than itself.
    ETS(A,N,N) without trend and season, (A,Ad,N) with a (damped) trend, (A,Ad,A) with both. Raises NotFitted.
    """
    known = list(values[:learn])
    size = max(abs(value) for value in known) or 1.0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            states = _states([value / size for value in values], learn, trend, season)
    except (ValueError, ArithmeticError, IndexError) as error:  # what numpy and scipy raise for hopeless numbers
        raise NotFitted(str(error)) from error
    return {origin: [size * value for value in states.ahead(origin, horizon)] for origin in origins}


class _States:
    """Level, slope and season after each value, and the damping: all that a forecast needs."""

    def __init__(self, found: Any, phi: float, season: int) -> None:
        self.level, self.season_length, self.phi = list(found.level), season, phi
        self.slope = list(found.slope) if phi else [0.0] * len(self.level)
        self.season = list(found.season) if season > 1 else []

    def ahead(self, origin: int, horizon: int) -> list[float]:
        """The forecast equation: l + (φ + … + φ^h) b + s, with everything as it was after value `origin`."""
        damped, told = 0.0, []
        for step in range(1, horizon + 1):
            damped += self.phi**step
            value = self.level[origin - 1] + damped * self.slope[origin - 1]
            if self.season:
                value += self.season[origin - self.season_length + (step - 1) % self.season_length]
            told.append(float(value))
        return told


def _states(values: list[float], learn: int, trend: bool, season: int) -> _States:
    import numpy as np
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    shape: dict[str, Any] = {"error": "add"}
    if trend:
        shape |= {"trend": "add", "damped_trend": True}
    if season > 1:
        shape |= {"seasonal": "add", "seasonal_periods": season}
    learnt = ETSModel(np.array(values[:learn]), initialization_method="heuristic", **shape)
    params = learnt.fit(disp=False).params
    start = {"initial_level": learnt.initial_level}
    if trend:
        start["initial_trend"] = learnt.initial_trend
    if season > 1:
        start["initial_seasonal"] = learnt.initial_seasonal
    whole = ETSModel(np.array(values), initialization_method="known", **shape, **start)
    if not all(np.isfinite(params)):
        raise NotFitted("no parameters")
    phi = float(params[learnt.param_names.index("damping_trend")]) if trend else 0.0
    return _States(whole.smooth(params), phi, season)

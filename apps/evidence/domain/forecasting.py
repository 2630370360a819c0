"""From past values to a forecast: four methods, tried on the past of this very series, the best with its own errors.

A *rolling origin* (Tashman 2000) stands at a past period, knows only what was known then, and says the next ones; the
difference to what came is an error, by how far ahead it looked. Figures are floats here: a forecast is an estimate,
and is rounded to six digits when it leaves (`rounded`), the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from math import ceil, floor, isfinite

from apps.evidence.domain import smoothing
from apps.evidence.domain.history import CHECK, FLOOR, LEARN
from apps.evidence.domain.smoothing import NotFitted, Paths

COVERAGE = Decimal("0.8")
"""The share of cases that the range is meant to hold."""
OWN_ERRORS = 9
"""Errors at the same distance that make a range of their own: of nine, the outer two leave 80 % between them."""
MOST_ORIGINS = 24
DIGITS = 6

NAIVE, SEASONAL, DAMPED, ETS = "naive", "seasonal_naive", "damped", "ets"
METHODS = (NAIVE, SEASONAL, DAMPED, ETS)
"""From plain to rich: of two that are equally good the plainer one is taken."""


@dataclass(frozen=True)
class Task:
    """What is asked: `values` of consecutive periods, oldest first, `season` periods in a cycle (1 for none), how many
    periods ahead, and between which values whatever is said has to stay."""

    values: tuple[float, ...]
    season: int
    horizon: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Ahead:
    """One period ahead: the value, its range, and how many errors at just this distance the range was made from."""

    value: float
    low: float
    high: float
    errors: int


@dataclass(frozen=True)
class Tried:
    """A method and how it did: the mean absolute error, and that as a share of the mean absolute value (None at 0)."""

    method: str
    error: float
    share: float | None


@dataclass(frozen=True)
class Result:
    """A forecast with all that explains it. `ahead` is shorter than asked for where the past is too short to check so
    far. Of `cases` past periods, said from `origins` moments, `hits` lay within the range made without that moment.
    """

    method: str
    ahead: tuple[Ahead, ...]
    tried: tuple[Tried, ...]
    hits: int
    cases: int
    origins: int


def forecast(task: Task) -> Result:
    """Try every method that has enough values, take the one with the least mean absolute error, and look ahead.

    Raises ValueError for fewer than FLOOR values, or some that are no finite numbers.
    """
    if len(task.values) < FLOOR or not all(isfinite(value) for value in task.values):
        raise ValueError(f"a forecast needs {FLOOR} finite values")
    count = len(task.values)
    learn, season = _learn(count, task.season)
    origins = range(max(learn, count - MOST_ORIGINS), count)
    horizon = min(task.horizon, len(origins))
    past = {name: _kept(task, found) for name, found in _all_paths(task, season, origins, horizon)}
    tried = {name: _tried(name, task, found) for name, found in past.items()}
    best = min(tried.values(), key=lambda one: one.error).method
    point = dict(_all_paths(task, season, [count], horizon, only=(best, NAIVE)))
    if best not in point:  # it could be fitted to the past, but not to everything
        best = NAIVE
    errors = _errors(task.values, past[best])
    ahead = _ranged(_kept(task, point[best])[count], errors, task)
    hits, cases = _held(task, past[best], errors)
    return Result(best, ahead, tuple(tried[name] for name in METHODS if name in tried), hits, cases, len(origins))


def _learn(count: int, season: int) -> tuple[int, int]:
    """How many of `count` values come before the first origin at least, and the season that smoothing can learn from
    them: two whole seasons if that leaves enough to check, else one (for the seasonal naive alone), else LEARN."""
    two, one = max(2 * season, LEARN), max(season, LEARN)
    if season > 1 and count >= two + CHECK and smoothing.season_fits(two, season):
        return two, season
    return (one if count >= one + CHECK else LEARN), 1


def _all_paths(
    task: Task, season: int, origins: Sequence[int], horizon: int, only: Sequence[str] = METHODS
) -> list[tuple[str, Paths]]:
    """What each method that can be tried says from each origin; methods that cannot be fitted are left out."""
    values, first = task.values, min(origins)
    smooth = partial(smoothing.paths, values, learn=first, origins=origins, horizon=horizon)
    makers: dict[str, Callable[[], Paths]] = {NAIVE: lambda: _repeated(values, origins, horizon, 1)}
    if task.season > 1 and first >= task.season:
        makers[SEASONAL] = lambda: _repeated(values, origins, horizon, task.season)
    if len(set(values[:first])) > 1:  # a constant teaches nothing but itself
        makers[DAMPED] = lambda: smooth(trend=True)
        makers[ETS] = lambda: smooth(trend=season > 1, season=season)
    found = []
    for name, make in makers.items():
        if name in only:
            try:
                found.append((name, make()))
            except NotFitted:
                continue
    return found


def _repeated(values: Sequence[float], origins: Sequence[int], horizon: int, season: int) -> Paths:
    """The newest value (season 1), or that of the same time in the cycle before, again and again."""
    return {origin: [values[origin - season + step % season] for step in range(horizon)] for origin in origins}


def _kept(task: Task, paths: Paths) -> Paths:
    """The same, with nothing outside of what the figure can be."""
    return {origin: [_within(value, task) for value in told] for origin, told in paths.items()}


def _within(value: float, task: Task) -> float:
    if task.low is not None:
        value = max(value, task.low)
    return min(value, task.high) if task.high is not None else value


def _errors(values: Sequence[float], paths: Paths) -> dict[int, dict[int, float]]:
    """By distance (1 is the next period) and origin: what came, less what was said."""
    found: dict[int, dict[int, float]] = {}
    for origin, told in paths.items():
        for step, value in enumerate(told[: len(values) - origin], 1):
            found.setdefault(step, {})[origin] = values[origin + step - 1] - value
    return found


def _tried(name: str, task: Task, paths: Paths) -> Tried:
    sizes = [abs(error) for by_origin in _errors(task.values, paths).values() for error in by_origin.values()]
    error = sum(sizes) / len(sizes)
    size = sum(abs(value) for value in task.values) / len(task.values)
    return Tried(name, error, error / size if size else None)


# --- ranges ---------------------------------------------------------------------------------------------------------


def quantiles(errors: Sequence[float]) -> tuple[float, float]:
    """The errors between which COVERAGE of the next ones is expected: ranks floor(a/2 (k + 1)) and its mirror, as for
    an exchangeable sequence (split conformal prediction); the extremes where there are too few."""
    ranked, tail = sorted(errors), (1 - COVERAGE) / 2
    count = len(ranked)
    below = max(1, floor(tail * (count + 1)))
    above = min(count, ceil((1 - tail) * (count + 1)))
    return ranked[below - 1], ranked[above - 1]


def spreads(errors: dict[int, dict[int, float]], horizon: int, without: int | None = None) -> list[tuple[float, float]]:
    """By distance how far below and above the value the range goes; never narrower further ahead.

    From the errors at just this distance where there are OWN_ERRORS of them; else from all, each taken relative to the
    mean size at its distance, times the size here: the last one known, growing with the root of the distance.
    `without` leaves one origin out.
    """
    by_step = {step: [error for origin, error in found.items() if origin != without] for step, found in errors.items()}
    sizes = _sizes(by_step, horizon)
    pooled = [error / sizes[step] for step, found in by_step.items() for error in found if sizes.get(step)]
    told, down, up = [], 0.0, 0.0
    for step in range(1, horizon + 1):
        own = by_step.get(step, [])
        if len(own) >= OWN_ERRORS:
            low, high = quantiles(own)
        else:
            low, high = (sizes[step] * each for each in quantiles(pooled)) if pooled else (0.0, 0.0)
        down, up = min(down, low), max(up, high)
        told.append((down, up))
    return told


def _sizes(by_step: dict[int, list[float]], horizon: int) -> dict[int, float]:
    """By distance the mean size of an error; where there are fewer than three, carried on from the last that is known
    with the root of the distance, as the errors of a random walk grow. Never smaller further ahead."""
    sizes: dict[int, float] = {}
    last, base = 0.0, 1
    for step in range(1, max([horizon, *by_step]) + 1):
        found = by_step.get(step, [])
        if len(found) >= 3:
            last, base = max(last, sum(abs(error) for error in found) / len(found)), step
            sizes[step] = last
        else:
            sizes[step] = last * (step / base) ** 0.5
    return sizes


def _ranged(values: Sequence[float], errors: dict[int, dict[int, float]], task: Task) -> tuple[Ahead, ...]:
    return tuple(
        Ahead(value, _within(value + down, task), _within(value + up, task), len(errors.get(step, {})))
        for step, (value, (down, up)) in enumerate(zip(values, spreads(errors, len(values)), strict=True), 1)
    )


def _held(task: Task, past: Paths, errors: dict[int, dict[int, float]]) -> tuple[int, int]:
    """In how many of the past cases the range, made from the other origins only, held what came."""
    hits = cases = 0
    for origin, told in past.items():
        ranges = spreads(errors, len(told), without=origin)
        for step, (value, (down, up)) in enumerate(zip(told, ranges, strict=True)):
            if origin + step < len(task.values):
                cases += 1
                came = task.values[origin + step]
                slack = 1e-9 * max(1.0, abs(came))
                hits += _within(value + down, task) - slack <= came <= _within(value + up, task) + slack
    return hits, cases


def rounded(value: float) -> Decimal:
    """A figure with six digits that mean something: 123456.7 -> 123457, 0.01234567 -> 0.0123457."""
    return Decimal(f"{value:.{DIGITS}g}")

"""What came of an action: what was expected of its metric without it, beside what came.

Before it begins nothing but the past is known. The forecast made from that past (`apps.evidence`) is kept, with the
range that its own past errors give it. Once the action has ended, the values that came are held against it, exactly:

* **Which periods** (`window`): whole periods from its first day to the one that begins last before its end; if it was
  shorter than that, the first whole one after it.
* **The difference** of a period is what came less what was expected. `mean` is that of one period, `total` of all.
* **The range.** What was expected lies between `low` and `high` with the forecast's `coverage`, so the difference lies
  between what came less `high` and what came less `low`. For several periods the bounds are averaged, as if all errors
  went the same way: errors that cancel out make a narrower range, which is not claimed. Where nothing happens at all,
  "better" or "worse" is said in at most 1 − coverage of the cases (`tests/unit/goals/test_effect_noise.py`).
* **The verdict**: a range that holds 0 cannot be told apart from noise, its ends included.

That something differs says nothing of why: the verdict names no cause, and `alongside` who else was at work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from apps.kernel.issue import N_, Issue
from apps.kernel.period import Period

NOT_ENDED = N_("it has not ended.")
WAITING = N_("%(period)s has no final value yet.")
NEVER_BEGAN = N_("it was ended before its first day.")
TOO_SHORT = N_(
    "no forecast could be made then: %(have)s closed periods in a row before its first day, and %(need)s are needed."
)
NO_PAST = N_("no forecast could be made then: the metric had no value before its first day.")
NOT_RECKONED = N_("no forecast could be made then: its values allowed none.")
NO_REACH = N_("the forecast made then ends before the first whole period of this action.")
NO_VALUE = N_("%(period)s has no value.")
OTHER_DEFINITION = N_("since %(period)s the metric is computed in another way than before its first day.")


class Verdict(StrEnum):
    """What can be said of a difference."""

    BETTER = "better"
    WORSE = "worse"
    NOISE = "noise"
    EARLY = "early"
    NOTHING = "nothing"


class Promise(StrEnum):
    """How the difference stands to the effect that was expected of the action."""

    MORE = "more"
    WITHIN = "within"
    LESS = "less"


@dataclass(frozen=True)
class Told:
    """What was expected of a period, and between which values it would be."""

    period: Period
    value: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Came:
    """The value that a period has now. Not `settled`: it still runs, or its data does not reach to its end.

    `version` is the definition that gave it: figures of two definitions are not compared.
    """

    period: Period
    value: Decimal | None
    version: int = 1
    settled: bool = True


@dataclass(frozen=True)
class Case:
    """An action that is to be judged. `told` was expected without it, oldest period first, by a definition's `version`.

    `ended` is None as long as it runs. `better_up`: more of the metric is better. `adds_up`: the periods' values may be
    added (orders, revenue), so that there is a total besides the mean. `promised` is the effect expected of it on one
    period, in the metric's unit; `cost` in the company's currency. `because` says why there is no forecast.
    """

    start: date
    ended: date | None
    told: tuple[Told, ...]
    version: int = 1
    better_up: bool = True
    adds_up: bool = False
    promised: Decimal | None = None
    cost: Decimal | None = None
    because: Issue | None = None


@dataclass(frozen=True)
class Effect:
    """The outcome. `mean`, `low` and `high` are the difference in one period and its range; None where nothing is said.

    `total` is the sum over all `periods` where they add up. `short` is the last period the forecast reached, where the
    action went on after it. `promise` and `cost_of_one` (per unit of the metric: of `total` where there is one, else of
    `mean`) are None where there is nothing to say; the cost only where the verdict is "better".
    """

    verdict: Verdict
    why: Issue | None = None
    periods: tuple[Period, ...] = ()
    mean: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    total: Fraction | None = None
    short: Period | None = None
    promise: Promise | None = None
    cost_of_one: Fraction | None = None


def window(told: Sequence[Told], start: date, ended: date) -> tuple[Told, ...]:
    """The periods that count: whole ones that began while it ran; if there are none, the first that began after it.

    10 March to 15 May, by month: April and May. 3 to 20 March: April. 1 January to 31 March: all three.
    """
    whole = [each for each in told if each.period.start >= start]
    during = tuple(each for each in whole if each.period.start <= ended)
    return during or tuple(whole[:1])


def judge(case: Case, came: Iterable[Came]) -> Effect:
    """What can be said of an action now, from the values that came: in any order, others among them do not matter."""
    if case.ended is None:
        return _early(NOT_ENDED)
    if case.ended < case.start:
        return _nothing(NEVER_BEGAN)
    if case.because is not None:
        return Effect(Verdict.NOTHING, case.because)
    counted = window(case.told, case.start, case.ended)
    if not counted:
        return _nothing(NO_REACH)
    values = {each.period: each for each in came}
    found: list[Decimal] = []
    for told in counted:
        value = values.get(told.period)
        if value is None or not value.settled:
            return _early(WAITING, told.period)
        if value.version != case.version:
            return _nothing(OTHER_DEFINITION, told.period)
        if value.value is None:
            return _nothing(NO_VALUE, told.period)
        found.append(value.value)
    return _compared(case, counted, found)


def _early(message: str, period: Period | None = None) -> Effect:
    return Effect(Verdict.EARLY, _issue(message, period))


def _nothing(message: str, period: Period | None = None) -> Effect:
    return Effect(Verdict.NOTHING, _issue(message, period))


def _issue(message: str, period: Period | None) -> Issue:
    return Issue("", message, {"period": period.key} if period else {})


def _compared(case: Case, counted: Sequence[Told], values: Sequence[Decimal]) -> Effect:
    pairs = list(zip(counted, map(Fraction, values), strict=True))
    total = sum((value - Fraction(told.value) for told, value in pairs), Fraction(0))
    low = sum((value - Fraction(told.high) for told, value in pairs), Fraction(0)) / len(pairs)
    high = sum((value - Fraction(told.low) for told, value in pairs), Fraction(0)) / len(pairs)
    mean = total / len(pairs)
    verdict = _verdict(low, high, case.better_up)
    last = counted[-1].period
    return Effect(
        verdict=verdict,
        periods=tuple(told.period for told in counted),
        mean=mean,
        low=low,
        high=high,
        total=total if case.adds_up else None,
        short=last if case.ended is not None and last.end <= case.ended else None,
        promise=promise(case.promised, low, high),
        cost_of_one=_cost_of_one(case, verdict, total if case.adds_up else mean),
    )


def _verdict(low: Fraction, high: Fraction, better_up: bool) -> Verdict:
    if low <= 0 <= high:
        return Verdict.NOISE
    return Verdict.BETTER if (low > 0) is better_up else Verdict.WORSE


def promise(promised: Decimal | None, low: Fraction, high: Fraction) -> Promise | None:
    """Whether what was expected of the action lies in the range of the difference, or which side of it.

    +200 promised: a range of +150 to +260 holds it, +20 to +90 is less, −40 to +90 too; −3 promised and −5 to −4: more.
    """
    if promised is None or promised == 0:
        return None
    wanted = Fraction(promised)
    if low <= wanted <= high:
        return Promise.WITHIN
    beyond = low > wanted if wanted > 0 else high < wanted
    return Promise.MORE if beyond else Promise.LESS


def _cost_of_one(case: Case, verdict: Verdict, difference: Fraction) -> Fraction | None:
    if verdict is not Verdict.BETTER or not case.cost:
        return None
    return Fraction(case.cost) / abs(difference)


@dataclass(frozen=True)
class Run:
    """When and where an action ran: its first and last day, and the member it is about ("" for all of the metric)."""

    start: date
    end: date
    dimension: str = ""
    member: str = ""


def alongside(one: Run, other: Run) -> bool:
    """Whether another action on the same metric ran at the same time, on the same part of it or on one that holds it.

    Two stores of one dimension are apart. Members of two dimensions may share customers, so they are not.
    """
    if other.end < one.start or other.start > one.end:
        return False
    return one.dimension != other.dimension or one.member == other.member

"""What came of an initiative, in words and figures: said from what a worker stored, never worked out here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.common import formats
from apps.goals.domain.effect import Promise, Verdict
from apps.goals.domain.foreseen import Foreseen, foreseen
from apps.goals.models import Initiative
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain
from apps.metrics.selectors import Ahead
from apps.workspaces.scope import current_workspace

VERDICTS: dict[str, tuple[str, str]] = {
    Verdict.BETTER: ("good", N_("Better than expected")),
    Verdict.WORSE: ("bad", N_("Worse than expected")),
    Verdict.NOISE: ("none", N_("Not told apart from noise")),
    Verdict.EARLY: ("info", N_("Too early to say")),
    Verdict.NOTHING: ("none", N_("Nothing to compare with")),
}
"""Tone and words of each verdict."""

PROMISES = {
    Promise.MORE: N_("More than the %(promised)s that was expected of it."),
    Promise.WITHIN: N_("The %(promised)s that was expected of it lies within this range."),
    Promise.LESS: N_("Less than the %(promised)s that was expected of it."),
}


def verdict_pill(verdict: str) -> tuple[str, str] | None:
    """Tone and words of a stored verdict; None where nothing was judged."""
    if verdict not in VERDICTS:
        return None
    tone, words = VERDICTS[verdict]
    return tone, _(words)


@dataclass(frozen=True)
class Said:
    """A verdict on a page: tone and word, one sentence, and what belongs to it, "" where there is nothing to say."""

    tone: str
    word: str
    sentence: str
    total: str = ""
    promise: str = ""
    cost: str = ""
    short: str = ""
    odds: str = ""


def foreseen_of(row: Initiative) -> Foreseen | None:
    """The forecast that is kept with an initiative; None if it has not begun, or if it is still being made."""
    if row.forecast is None:
        return None
    grain = Grain(row.forecast["grain"])
    return foreseen(row.forecast, partial(current_workspace().calendar.parse, grain=grain))


def period_words(told: Foreseen, key: str) -> str:
    """A period of a kept forecast, as people write it."""
    return formats.period(current_workspace().calendar.parse(key, Grain(told.place.grain)))


def ahead_of(told: Foreseen) -> tuple[Ahead, ...]:
    """The kept forecast as a chart draws it."""
    return tuple(Ahead(each.period, each.value, each.low, each.high) for each in told.told)


def said(row: Initiative, style: formats.Style, money: formats.Style) -> Said | None:
    """What a page says of it; None where a worker has not judged it yet. No query."""
    facts = row.verdict_facts
    if row.verdict not in VERDICTS or facts is None or row.forecast is None:
        return None
    tone, word = VERDICTS[row.verdict]
    if facts["mean"] is None:
        return Said(tone, _(word), f"{_(word)}: {_reason(row, facts)}")
    told = {name: signed(style, Decimal(facts[name])) for name in ("mean", "low", "high")}
    told |= {"periods": _periods(row, facts), "word": _(word)}
    return Said(
        tone=tone,
        word=_(word),
        sentence=_sentence(row.verdict) % told,
        total=_total(facts, style),
        promise=_promise(row, facts, style),
        cost=_cost(facts, style, money),
        short=_short(row, facts),
        odds=_odds(row),
    )


def _sentence(verdict: str) -> str:
    if verdict == Verdict.NOISE:
        return _(
            "Cannot be told apart from noise: on average %(mean)s against the forecast (%(periods)s), "
            "and it could be anything from %(low)s to %(high)s."
        )
    return _("%(word)s: on average %(mean)s against the forecast (%(periods)s), somewhere from %(low)s to %(high)s.")


def signed(style: formats.Style, value: Decimal) -> str:
    """A difference with its sign; 0 without one."""
    return formats.signed(style.change(value), value) if value else style.change(value)


def _reason(row: Initiative, facts: dict[str, Any]) -> str:
    why = facts["why"]
    params = dict(why["params"])
    if "period" in params:
        params["period"] = _period(row, params["period"])
    return Issue("", why["message"], params).in_words(_)


def _period(row: Initiative, key: str) -> str:
    return formats.period(current_workspace().calendar.parse(key, Grain(row.forecast["grain"])))


def _periods(row: Initiative, facts: dict[str, Any]) -> str:
    """ "Apr 2026", or "Apr 2026 – Jun 2026"."""
    keys = facts["periods"]
    first = _period(row, keys[0])
    return first if len(keys) == 1 else f"{first} – {_period(row, keys[-1])}"


def _total(facts: dict[str, Any], style: formats.Style) -> str:
    if facts["total"] is None or len(facts["periods"]) == 1:
        return ""
    told = {"total": signed(style, Decimal(facts["total"])), "n": len(facts["periods"])}
    return ngettext("%(total)s over %(n)s period.", "%(total)s over %(n)s periods together.", told["n"]) % told


def _promise(row: Initiative, facts: dict[str, Any], style: formats.Style) -> str:
    if not facts["promise"] or row.expected is None:
        return ""
    return _(PROMISES[Promise(facts["promise"])]) % {"promised": signed(style, row.expected)}


def _cost(facts: dict[str, Any], style: formats.Style, money: formats.Style) -> str:
    if facts["one"] is None:
        return ""
    share = style.kind is formats.Kind.PERCENT
    cost = Decimal(facts["one"]) / (100 if share else 1)
    shown = {"cost": money.full(cost) if cost >= 1 else f"{money.symbol}{formats.plain(round(cost, 4))}"}
    if share:
        return _("%(cost)s for each percentage point gained on average.") % shown
    if facts["total"] is not None:
        return _("%(cost)s for each unit gained over all periods.") % shown
    return _("%(cost)s for each unit gained on average.") % shown


def _short(row: Initiative, facts: dict[str, Any]) -> str:
    if not facts["short"]:
        return ""
    return _("The forecast made then ends with %(period)s; what came later is not compared.") % {
        "period": _period(row, facts["short"])
    }


def _odds(row: Initiative) -> str:
    """How often such a verdict comes of nothing."""
    chance = (1 - Decimal(row.forecast["coverage"])) * 100
    if row.verdict == Verdict.NOISE:
        return ""
    return _("Of actions that do nothing, at most %(percent)s%% look like this or the opposite by chance.") % {
        "percent": formats.plain(chance)
    }

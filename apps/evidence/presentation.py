"""From a forecast to finished page pieces: in words, and as rows of a table.

The one door of this room besides services, selectors and domain: pages of higher rooms show forecasts by it too.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.common import formats
from apps.evidence.domain.history import FLOOR
from apps.evidence.selectors import ForecastView, ahead_of, forecast_of
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain, Period
from apps.metrics.presentation import style_of
from apps.metrics.selectors import Ahead, Beside, Series
from apps.metrics.selectors.beside import Reader
from apps.workspaces.scope import current_workspace

METHODS = {
    "naive": (N_("As last time"), N_("The newest value again and again.")),
    "seasonal_naive": (N_("As a season ago"), N_("The value of the same time in the cycle before.")),
    "damped": (N_("Damped trend"), N_("The trend goes on and flattens out; no season.")),
    "ets": (
        N_("Exponential smoothing"),
        N_("Level and, where there is one, trend and season; newer values count more."),
    ),
}


def method_word(method: str) -> str:
    """What a method is called."""
    return _(METHODS[method][0])


def method_words(method: str) -> str:
    """What a method does, in a sentence."""
    return _(METHODS[method][1])


def percent(share: Decimal | None) -> str:
    return formats.DASH if share is None else formats.plain(formats.rounded(share * 100, 0)) + "%"


def range_words(point: Ahead, style: formats.Style) -> str:
    """A forecast in one line: "¥5,240 (¥5,010 to ¥5,480)"."""
    told = {"value": style.full(point.value), "low": style.full(point.low), "high": style.full(point.high)}
    return _("%(value)s (%(low)s to %(high)s)") % told


def short_words(forecast: ForecastView) -> str:
    """Why there is no forecast yet, and how many closed periods are still needed."""
    told = {"have": forecast.made_from, "need": FLOOR, "n": forecast.missing}
    return ngettext(
        "Not enough data to look ahead: %(have)s closed periods in a row, %(need)s are needed. One is missing.",
        "Not enough data to look ahead: %(have)s closed periods in a row, %(need)s are needed. %(n)s are missing.",
        forecast.missing,
    ) % told  # fmt: skip


def begins_words(forecast: ForecastView) -> str:
    """Why it reaches back no further; "" where there is no older value."""
    if not forecast.begins:
        return ""
    params = dict(forecast.begins["params"])
    params["period"] = period_words(forecast.grain, str(params["period"]))
    return Issue("", str(forecast.begins["message"]), params).in_words(_)


def period_words(grain: Grain, key: str) -> str:
    """A period by its key, as people write it."""
    period: Period = current_workspace().calendar.parse(key, grain)
    return formats.period(period)


def beside_metric(series: Series, reader: Reader) -> Beside | None:
    """The forecast of a metric on its own page: dotted on its chart, and in a card. Two queries."""
    found = forecast_of(series.metric.id, series.grain, series.dimension, series.member)
    if found is None:
        return None
    ahead = ahead_of(found, series)
    if not ahead and not found.missing:
        return None
    style = style_of(series.metric.unit, current_workspace().currency)
    shown = {"metric": series.metric, "grain": series.grain, "short": short_words(found) if found.missing else ""}
    if ahead:
        shown |= {
            "period": formats.period(ahead[-1].period),
            "value": style.full(ahead[-1].value),
            "low": style.full(ahead[-1].low),
            "high": style.full(ahead[-1].high),
            "coverage": percent(found.coverage),
            "method": method_word(found.method),
        }
    return Beside(ahead=ahead, template="evidence/_on_metric.html", context=shown)

"""How the figures of a what-if are written: by the style of their metric, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import formats
from apps.metrics.domain.arithmetic import rounded
from apps.metrics.domain.reasons import Reason
from apps.metrics.presentation import style_of
from apps.scenarios.domain.base import Base, Quantity, Scope
from apps.scenarios.selectors import period_of

Value = Fraction | None


class Writer:
    """Writes the figures of one base."""

    def __init__(self, base: Base, currency: str) -> None:
        self.base, self.currency = base, currency

    def style(self, key: str) -> formats.Style:
        return style_of(self.base.metrics[key].unit, self.currency)

    def name(self, key: str) -> str:
        each = self.base.metrics.get(key)
        return each.name.text(get_language()) if each else key

    def unit(self, key: str) -> str:
        suffix = self.base.metrics[key].unit.suffix
        return suffix.text(get_language()) if suffix else ""

    def full(self, key: str, value: Value) -> str:
        return self.style(key).full(as_decimal(value))

    def size(self, key: str, difference: Value) -> str:
        """The size of a difference, without its sign, in full."""
        style = self.style(key)
        if difference is None or style.kind is formats.Kind.PERCENT:
            return style.change(as_decimal(difference))
        return style.full(abs(as_decimal(difference) or Decimal(0)))

    def places(self, key: str) -> int:
        """Digits after the point with which differences of a metric are shown, of its value as it is kept."""
        style = self.style(key)
        return max(style.digits, 1) + 2 if style.kind is formats.Kind.PERCENT else style.digits

    def why(self, reason: Reason | None) -> str:
        """A reason with the names of metrics in place of their keys."""
        return in_words(reason.message, reason.params, self) if reason else ""


def in_words(message: str, params: Mapping[str, object], writer: Writer) -> str:
    """A sentence in the reader's language; keys of metrics become their names."""
    filled = dict(params)
    if isinstance(filled.get("names"), list):
        filled["names"] = formats.listed(writer.name(key) for key in filled["names"])
    if isinstance(filled.get("name"), str):
        filled["name"] = writer.name(filled["name"])
    return _(message) % filled if filled else _(message)


def as_decimal(value: Value) -> Decimal | None:
    return None if value is None else rounded(value)


def relative(now: Value, then: Value) -> str:
    """A change as a share of what is now, signed: "+12.5%"; nothing where a percentage says nothing."""
    if now is None or then is None or now <= 0 or now == then:
        return ""
    share = formats.rounded(rounded((then - now) / now * 100), 1)
    return formats.signed(formats.plain(abs(share)) + "%", share)


def scope_words(scope: Scope) -> str:
    """ "Jun 2026", "Jun 2026 · North"."""
    period = formats.period(period_of(scope))
    return f"{period} · {scope.member or _('(empty)')}" if scope.dimension else period


def name_of(each: Quantity) -> str:
    return each.name.text(get_language())

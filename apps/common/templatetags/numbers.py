"""Figures in templates: {% load numbers %}. The rules are those of apps.common.formats."""

import re
from collections.abc import Iterable

from django import template

from apps.common import formats

register = template.Library()
_SIGNS = re.compile(r"([+−±])(?=\S)")


@register.filter
def n(value: formats.Number | None, digits: int = 0) -> str:
    """{{ rows|n }} -> 1,234; {{ visits|n:2 }} -> 2.50."""
    return formats.number(value, int(digits))


@register.filter
def plain(value: formats.Number | None) -> str:
    """The value with the digits it has."""
    return formats.plain(value)


@register.filter
def listed(words: Iterable[object]) -> str:
    """{{ roles|listed }}: "a, b, c", "a、b、c"."""
    return formats.listed(str(word) for word in words)


@register.filter
def compact(value: formats.Number | None) -> str:
    """900万, 9M."""
    return formats.compact(value)


@register.filter
def pct(value: formats.Number | None, digits: int = 1) -> str:
    """A ratio: {{ 0.462|pct }} -> 46.2%."""
    return formats.percent(value, int(digits))


@register.filter
def pts(value: formats.Number | None, digits: int = 1) -> str:
    """A difference of ratios: 4.0 个百分点."""
    return formats.points(value, int(digits))


@register.filter
def styled(value: formats.Number | None, style: formats.Style) -> str:
    """{{ value|styled:metric_style }}: in full."""
    return style.full(value)


@register.filter
def headline(value: formats.Number | None, style: formats.Style) -> str:
    """{{ value|headline:metric_style }}: short from ten thousand on."""
    return style.short(value)


@register.simple_tag(takes_context=True)
def money(context: template.Context, value: formats.Number | None, digits: int = 2) -> str:
    """{% money amount %}: in the workspace's currency."""
    return formats.money(value, _symbol(context), digits)


@register.simple_tag(takes_context=True)
def money_short(context: template.Context, value: formats.Number | None) -> str:
    """{% money_short amount %}: ¥900万."""
    return formats.compact_money(value, _symbol(context))


def _symbol(context: template.Context) -> str:
    currency = getattr(context.get("workspace"), "currency", "")
    return formats.symbol(currency) if currency else ""


@register.filter
def period(value: object, form: str = "long") -> str:
    """{{ period|period }} -> Jun 2026; {{ period|period:"short" }} -> Jun."""
    return formats.period(value, short=form == "short")


@register.filter
def day(value: object) -> str:
    """{{ date|day }} -> 30 Jun 2026."""
    return formats.day(value)


@register.filter
def moment(value: object) -> str:
    """{{ instant|moment }} -> 30 Jun 2026, 16:05 on the company's clock."""
    return formats.moment(value)


@register.filter
def unbroken(text: str) -> str:
    """A text whose figures keep their signs at the end of a line."""
    return _SIGNS.sub("\\1\u2060", str(text))


@register.filter
def bytes_size(value: int | None) -> str:
    """A file's size: 1536 -> 1.5 KB."""
    return formats.size(value)

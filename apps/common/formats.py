"""How figures are written for a reader: Chinese or English, with a true minus, and a dash where there is nothing.

Every function takes the value and a language code ("en", "zh-hans"; default: the active one) and returns text.
Rounding is half up, on the way to the screen only: nothing here may be calculated with again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol
from django.utils import timezone
from django.utils.translation import get_language

from apps.kernel.harmless import harmless
from apps.kernel.period import Grain, Period

DASH = "–"
MINUS = "−"
COMPACT_FROM = 10_000

Number = Decimal | int | float


class Kind(StrEnum):
    """What a figure counts."""

    NUMBER = "number"
    PERCENT = "percent"  # held as a ratio: 0.462 is written 46.2%
    MONEY = "money"


@dataclass(frozen=True)
class Style:
    """How the values of one metric are written. `digits` after the point; `symbol` of the workspace's currency."""

    kind: Kind = Kind.NUMBER
    digits: int = 0
    symbol: str = ""

    def full(self, value: Number | None, language: str | None = None) -> str:
        """The value with all its digits: tables, statements, tooltips."""
        if self.kind is Kind.PERCENT:
            return percent(value, self.digits, language)
        if self.kind is Kind.MONEY:
            return money(value, self.symbol, self.digits, language)
        return number(value, self.digits, language)

    def short(self, value: Number | None, language: str | None = None) -> str:
        """The value for a headline or an axis: 万, 亿, K, M from ten thousand on."""
        if value is None or self.kind is Kind.PERCENT or abs(value) < COMPACT_FROM:
            return self.full(value, language)
        return compact_money(value, self.symbol, language) if self.kind is Kind.MONEY else compact(value, language)

    def change(self, difference: Number | None, language: str | None = None) -> str:
        """The size of a difference, without its sign ("120", "¥120", "1.5 pts"): the caller says which way it went."""
        if difference is None:
            return DASH
        if self.kind is Kind.PERCENT:
            return points(abs(difference), max(self.digits, 1), language)
        return self.short(abs(difference), language)


def as_cell(text: str) -> str:
    """Text for a cell of a CSV file: what a spreadsheet would take for a formula gets a leading apostrophe."""
    return harmless(text)


def listed(words: Iterable[str], language: str | None = None) -> str:
    """Words one after the other: "a, b, c", "a、b、c"."""
    return ("、" if locale_of(language).startswith("zh") else ", ").join(words)


def locale_of(language: str | None = None) -> str:
    """The Babel locale of a language code; English for what we do not speak."""
    return "zh_Hans_CN" if (language or get_language() or "en").lower().startswith("zh") else "en_US"


def rounded(value: Number, digits: int) -> Decimal:
    """`value` to `digits` places, half up; never minus zero."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    result = exact.quantize(_unit(digits), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


@lru_cache(maxsize=64)
def _unit(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


def number(value: Number | None, digits: int = 0, language: str | None = None) -> str:
    """1234.5 -> "1,235"; with digits=1 "1,234.5"; None -> a dash. All our languages group digits alike."""
    if value is None:
        return DASH
    shown = rounded(value, digits)
    return f"{MINUS if shown < 0 else ''}{abs(shown):,.{digits}f}"


def plain(value: Number | None, language: str | None = None) -> str:
    """The value with the digits it has and no more: Decimal("2.50") -> "2.5"."""
    if value is None:
        return DASH
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    exponent = exact.normalize().as_tuple().exponent
    return number(exact, max(0, -exponent) if isinstance(exponent, int) else 0, language)


# The steps of each language's own short scale: (from, divided by, word).
_SCALES: dict[str, tuple[tuple[int, str], ...]] = {
    "zh_Hans_CN": ((10**8, "亿"), (10**4, "万")),
    "en_US": ((10**9, "B"), (10**6, "M"), (10**3, "K")),
}


def compact(value: Number | None, language: str | None = None) -> str:
    """9000000 -> "900万" or "9M"; 12346000 -> "1234.6万" or "12.3M"; below ten thousand in full."""
    if value is None:
        return DASH
    if abs(value) < COMPACT_FROM:
        return plain(rounded(value, 0), language) if rounded(value, 0) == value else plain(rounded(value, 2), language)
    locale = locale_of(language)
    steps = _SCALES[locale]
    index = next(i for i, (base, _) in enumerate(steps) if abs(value) >= base)
    if index and rounded(abs(Decimal(str(value))) / steps[index][0], 1) * steps[index][0] >= steps[index - 1][0]:
        index -= 1  # 99999999 is 1亿, not 10000万
    base, word = steps[index]
    scaled = rounded(Decimal(str(value)) / base, 1)
    written = format_decimal(abs(scaled), format="0.#", locale=locale)
    return f"{MINUS if scaled < 0 else ''}{written}{word}"


def percent(value: Number | None, digits: int = 1, language: str | None = None) -> str:
    """A ratio as a percentage: 0.462 -> "46.2%"."""
    return DASH if value is None else number(Decimal(str(value)) * 100, digits, language) + "%"


def points(difference: Number | None, digits: int = 1, language: str | None = None) -> str:
    """A difference of two ratios in percentage points: 0.04 -> "4.0 pts" or "4.0 个百分点"."""
    if difference is None:
        return DASH
    unit = "个百分点" if locale_of(language).startswith("zh") else "pts"
    return f"{number(Decimal(str(difference)) * 100, digits, language)} {unit}"


def money(value: Number | None, symbol: str, digits: int = 2, language: str | None = None) -> str:
    """An amount with the workspace's own symbol: -1234.5 -> "−¥1,234.50"."""
    return DASH if value is None else _with_symbol(number(value, digits, language), symbol)


def compact_money(value: Number | None, symbol: str, language: str | None = None) -> str:
    """An amount for a headline: "¥900万", "¥9M"."""
    return DASH if value is None else _with_symbol(compact(value, language), symbol)


def symbol(currency: str) -> str:
    """The sign of a currency code as its own country writes it: CNY -> "¥" (never "CN¥"), EUR -> "€", CHF -> "CHF"."""
    return "¥" if currency == "CNY" else get_currency_symbol(currency, locale="en_US")


def _with_symbol(written: str, symbol: str) -> str:
    sign, digits = (MINUS, written[1:]) if written.startswith(MINUS) else ("", written)
    gap = " " if symbol and symbol[-1].isalpha() and len(symbol) > 1 else ""
    return f"{sign}{symbol}{gap}{digits}"


def signed(text: str, value: Number) -> str:
    """`text`, which shows the size of `value`, with its sign before it: "+120", "−120", "±0"."""
    if value == 0:
        return f"±{text}"
    return ("+" if value > 0 else MINUS) + text


_PERIODS: dict[str, dict[Grain, tuple[str, str]]] = {
    "zh_Hans_CN": {Grain.DAY: ("y年M月d日", "M月d日"), Grain.MONTH: ("y年M月", "M月")},
    "en_US": {Grain.DAY: ("d MMM y", "d MMM"), Grain.MONTH: ("MMM y", "MMM")},
}


def period(value: Period, *, short: bool = False, language: str | None = None) -> str:
    """A period's name: "Jun 2026", "2026年6月"; `short`, where the year is clear, "Jun", "6月"."""
    locale = locale_of(language)
    chinese = locale.startswith("zh")
    if value.grain in (Grain.DAY, Grain.MONTH):
        return format_date(value.start, _PERIODS[locale][value.grain][int(short)], locale=locale)
    year, _, part = value.key.partition("-")
    if value.grain is Grain.YEAR:
        return f"{year}年" if chinese else year
    if value.grain is Grain.QUARTER:
        name = f"第{'一二三四'[int(part[1]) - 1]}季度" if chinese else part
    elif value.grain is Grain.HALF:
        name = f"{'上下'[int(part[1]) - 1]}半年" if chinese else part
    else:
        name = f"第{int(part[1:])}周" if chinese else part
    if short:
        return name
    return f"{year}年{name}" if chinese else f"{name} {year}"


def day(value: date | None, *, language: str | None = None) -> str:
    """A date: "30 Jun 2026", "2026年6月30日"."""
    if value is None:
        return DASH
    locale = locale_of(language)
    return format_date(value, _PERIODS[locale][Grain.DAY][0], locale=locale)


def moment(value: datetime | None, *, language: str | None = None) -> str:
    """An instant on the current time zone's clock: "30 Jun 2026, 16:05", "2026年6月30日 16:05"."""
    if value is None:
        return DASH
    local = timezone.localtime(value)
    between = " " if locale_of(language).startswith("zh") else ", "
    return f"{day(local.date(), language=language)}{between}{local:%H:%M}"


def size(value: int | None, language: str | None = None) -> str:
    """A number of bytes: 1536 -> "1.5 KB"."""
    if value is None:
        return DASH
    scaled, units = Decimal(value), ["B", "KB", "MB", "GB", "TB"]
    while scaled >= 1024 and len(units) > 1:
        scaled, units = scaled / 1024, units[1:]
    return f"{number(scaled, 0 if units[0] == 'B' else 1, language)} {units[0]}"

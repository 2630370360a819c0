"""The grammar of a cell: one set of patterns for proposing a column's type in Python and for loading it in DuckDB.

The patterns are written in what Python's `re` and DuckDB's RE2 have in common, and always match the whole cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.engine.plan import ColumnType
from apps.engine.shape import DateOrder, NumberStyle

BLANKS = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b"
"""Stripped from both ends of every cell: a blank, a line end, a no-break, full-width or zero-width space."""

LONGEST_TEXT = 500
"""Characters of a rejected cell that are kept."""

WIDE_SIGNS = "０１２３４５６７８９，．－＋（）％：／　−–￥"
HALF_SIGNS = "0123456789,.-+()%:/ --¥"
"""Signs of Chinese typing and what they are in plain text, one for one."""

WHOLE = r"[+-]?[0-9]{1,18}(\.0{1,18})?"
PLAIN_NUMBER = r"[+-]?[0-9]{1,20}(\.[0-9]{1,18})?"

_CURRENCY = r"(RMB|CNY|USD|US\$|EUR|GBP|HKD|HK\$|TWD|NT\$|JPY|[¥$€£])"
_BLANK = " \u00a0\u202f"
TIMES = {"%": ("2", "0.01"), "‰": ("3", "0.001"), "万": ("4", "10000"), "亿": ("8", "100000000")}
"""Signs behind a number that scale it: the digits its product needs, and the factor."""


def number_pattern(style: NumberStyle) -> str:
    """A number with thousands separators, a currency, a sign in front or behind, brackets for minus, %, ‰, 万, 亿.

    How many digits are allowed depends on what they are multiplied by: the product has to stay exact.
    """
    forms = (
        (_digits(style, 18, 5, 16), rf"( ?(%|元|{_CURRENCY}))?"),
        (_digits(style, 15, 4, 15), r" ?‰"),
        (_digits(style, 12, 3, 14), r" ?(万|亿)元?"),
    )
    signed = []
    for digits, unit in forms:
        amount = rf"{_CURRENCY}? ?{digits}{unit}"
        signed += [rf"[+-]?{amount}", rf"{_CURRENCY} ?[+-]{digits}{unit}", rf"{digits}-", rf"\({amount}\)"]
    return "|".join(f"({form})" for form in dict.fromkeys(signed))


def _digits(style: NumberStyle, whole: int, groups: int, decimals: int) -> str:
    thousands, point = (",", r"\.") if style == NumberStyle.POINT else (r"\.", ",")
    grouped = "|".join(rf"[0-9]{{1,3}}({sign}[0-9]{{3}}){{1,{groups}}}" for sign in (thousands, "['’]", f"[{_BLANK}]"))
    return rf"([0-9]{{1,{whole}}}|{grouped})({point}[0-9]{{1,{decimals}}})?"


YES = ("true", "yes", "y", "t", "1", "是", "真")
NO = ("false", "no", "n", "f", "0", "否", "假")

_YEAR = "(19|20|21)[0-9]{2}"
"""A date of another century is a slip of the finger, and would stretch every series to it."""

_CLOCK = r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_CLOCK_OF_WORDS = r"([01]?[0-9]|2[0-3])[时時点][0-5]?[0-9]分([0-5]?[0-9]秒)?"
_TWELVE = r"(0?[0-9]|1[0-2]):[0-5][0-9](:[0-5][0-9])?"
AFTER_NOON = "下午|晚上|中午|[Pp]\\.?[Mm]\\.?$"
BEFORE_NOON = "上午|凌晨|早上|[Aa]\\.?[Mm]\\.?$"
_CLOCK_OF_TWELVE = rf"(下午|晚上|中午|上午|凌晨|早上) ?{_TWELVE}|{_TWELVE} ?[AaPp]\.?[Mm]\.?"
_ZONE = r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_CLOCKS = rf"({_CLOCK}({_ZONE})?|{_CLOCK_OF_WORDS}|{_CLOCK_OF_TWELVE})"

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:[Jj][Aa][Nn](?:uary|UARY)?|[Ff][Ee][Bb](?:ruary|RUARY)?|[Mm][Aa][Rr](?:ch|CH)?|[Aa][Pp][Rr](?:il|IL)?"
    r"|[Mm][Aa][Yy]|[Jj][Uu][Nn][Ee]?|[Jj][Uu][Ll][Yy]?|[Aa][Uu][Gg](?:ust|UST)?|[Ss][Ee][Pp](?:t|tember|T|TEMBER)?"
    r"|[Oo][Cc][Tt](?:ober|OBER)?|[Nn][Oo][Vv](?:ember|EMBER)?|[Dd][Ee][Cc](?:ember|EMBER)?)\.?"
)


@dataclass(frozen=True)
class Spelling:
    """One way to write a day: `day` matches it, with a group for each part, and `iso` puts them into order.

    `joined`: a time of day may follow without a blank.
    """

    day: str
    iso: str
    joined: bool = False

    def whole(self, *, needs_clock: bool = False) -> str:
        """A pattern for the day, perhaps with a time of day."""
        gap = "[ T]?" if self.joined else "(?:[ T]|, )"
        return rf"{self.day}(?:{gap}{_CLOCKS})" + ("" if needs_clock else "?")


_Y, _N = f"({_YEAR.replace('(', '(?:')})", "([0-9]{1,2})"
_YEAR_FIRST = (
    Spelling(rf"{_Y}-{_N}-{_N}", r"\1-\2-\3"),
    Spelling(rf"{_Y}/{_N}/{_N}", r"\1-\2-\3"),
    Spelling(rf"{_Y}\.{_N}\.{_N}", r"\1-\2-\3"),
    Spelling(rf"{_Y} ?年 ?{_N} ?月 ?{_N} ?[日号]", r"\1-\2-\3 ", joined=True),
    Spelling(rf"{_Y}([0-9]{{2}})([0-9]{{2}})", r"\1-\2-\3"),
    Spelling(rf"{_N}[- ./]?({_MONTH})[- ./]?,? ?{_Y}", r"\3-\2-\1"),
    Spelling(rf"({_MONTH})[- ./]?{_N}(?:st|nd|rd|th)?,?[- /]?{_Y}", r"\3-\1-\2"),
)
_OF_ORDER = {
    DateOrder.YMD: (),
    DateOrder.YYMD: (Spelling(r"([0-9]{2})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", r"20\1-\2-\3"),),
    DateOrder.DMY: (
        Spelling(rf"{_N}[-/.]{_N}[-/.]{_Y}", r"\3-\2-\1"),
        Spelling(rf"{_N}[-/.]{_N}[-/.]([0-9]{{2}})", r"20\3-\2-\1"),
    ),
    DateOrder.MDY: (
        Spelling(rf"{_N}[-/.]{_N}[-/.]{_Y}", r"\3-\1-\2"),
        Spelling(rf"{_N}[-/.]{_N}[-/.]([0-9]{{2}})", r"20\3-\1-\2"),
    ),
}
MONTH_ONLY = rf"{_Y}(?:-|/|\.| ?年 ?){_N}(?: ?月)?"
"""A month stands for its first day."""

MOMENT_IN_DIGITS = rf"{_Y}([0-9]{{2}})([0-9]{{2}}) ?([0-9]{{2}})([0-9]{{2}})([0-9]{{2}})"

ISO_DAY = _YEAR + "-[0-9]{2}-[0-9]{2}"
ISO_MOMENT = ISO_DAY + r"[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"

ENDS_WITH_ZONE = r".*:[0-9.]+" + _ZONE


def spellings(order: DateOrder) -> tuple[Spelling, ...]:
    """Every way to write a day that a column of this order takes, a year of four digits in front in any."""
    return _YEAR_FIRST + _OF_ORDER[order]


def half_width(cell: str) -> str:
    """The cell with plain signs for those of Chinese typing."""
    return cell if cell.isascii() else cell.translate(_TO_HALF)


def strip(cell: str) -> str:
    """The cell as it is loaded as text: without blanks around it."""
    return cell.strip(BLANKS)


_TO_HALF = str.maketrans(WIDE_SIGNS, HALF_SIGNS)
_IDENTIFIER = re.compile(r"[+-]?(0[0-9]+|[0-9]{16,})(\.[0-9]*)?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL = {style: re.compile(rf"{PLAIN_NUMBER}|{number_pattern(style)}") for style in NumberStyle}
_IN_STYLE = {
    NumberStyle.POINT: _DECIMAL[NumberStyle.POINT],
    NumberStyle.COMMA: re.compile(number_pattern(NumberStyle.COMMA)),
}
_DATES = {
    order: re.compile("|".join([*(f"(?:{spelling.day})" for spelling in spellings(order)), MONTH_ONLY]))
    for order in DateOrder
}
_MOMENTS = {
    order: re.compile(
        "|".join([*(f"(?:{spelling.whole(needs_clock=True)})" for spelling in spellings(order)), MOMENT_IN_DIGITS])
    )
    for order in DateOrder
}


def looks_like(
    cell: str, kind: ColumnType, order: DateOrder = DateOrder.YMD, style: NumberStyle = NumberStyle.POINT
) -> bool:
    """Whether a stripped, non-empty cell is written like `kind`.

    Stricter than loading: digits with a leading zero or more than 15 of them are taken for an identifier, and eight
    digits in a row for a number. A column of 0 and 1 is of integers.
    """
    if kind == ColumnType.TEXT:
        return True
    if kind == ColumnType.BOOLEAN:
        return cell.lower() in YES + NO
    cell = half_width(cell)
    if kind == ColumnType.INTEGER:
        return bool(_INTEGER.fullmatch(cell)) and not is_identifier(cell)
    if kind == ColumnType.DECIMAL:
        return bool(_IN_STYLE[style].fullmatch(cell)) and not is_identifier(cell)
    if kind == ColumnType.DATE:
        return bool(_DATES[order].fullmatch(cell)) and not cell.isdigit()
    return bool(_MOMENTS[order].fullmatch(cell)) and not cell.isdigit()


def is_identifier(cell: str) -> bool:
    """Digits that a number would not keep: a leading zero, or more than 15 of them."""
    return bool(_IDENTIFIER.fullmatch(cell))

"""Why a row was not loaded, in words that say how to mend it."""

from collections.abc import Mapping

from apps.engine.requests import RejectCode
from apps.kernel.issue import N_

REASONS: dict[str, str] = {
    RejectCode.BAD_NUMBER.value: N_("not a number; write digits and a point, such as -1234.5"),
    RejectCode.BAD_DATE.value: N_("not a date; write 2026-06-30 or 2026-06-30 14:05"),
    RejectCode.BAD_BOOLEAN.value: N_("neither yes nor no; write true or false"),
    RejectCode.BAD_CURRENCY.value: N_("not a currency; write its three letters, such as CNY, USD or EUR"),
    RejectCode.MISSING.value: N_("empty, and this column must not be"),
    RejectCode.TOO_MANY_CELLS.value: N_("more cells than there are columns; put text with a comma in quotes"),
    RejectCode.TOO_FEW_CELLS.value: N_("fewer cells than there are columns"),
    RejectCode.DUPLICATE_KEY.value: N_("a later row of this file has the same key and was taken instead"),
    RejectCode.SHARED_KEY.value: N_("other rows of this file have the same key; none of them was taken"),
    RejectCode.KEPT_KEY.value: N_("the data has a row with this key already, which was kept as was chosen"),
    RejectCode.KNOWN_KEY.value: N_(
        "the data has a row with this key already; take this one out, or let it replace that"
    ),
    RejectCode.UNKNOWN_KEY.value: N_("no row of the data has this key"),
    RejectCode.OUTSIDE_PERIOD.value: N_("outside the days that this file replaces"),
    RejectCode.BAD_LINE.value: N_("not one JSON object, or a key comes twice in it"),
    RejectCode.REPEATED_HEADER.value: N_("the header again, set aside as was chosen"),
    RejectCode.TOTAL_ROW.value: N_("a total, set aside as was chosen"),
    RejectCode.HIDDEN_ROW.value: N_("hidden in the sheet, set aside as was chosen"),
    RejectCode.OUT_OF_RANGE.value: N_("outside the range that a check of the data allows"),
    RejectCode.NOT_ALLOWED.value: N_("none of the values that a check of the data allows"),
    RejectCode.BAD_LENGTH.value: N_("shorter or longer than a check of the data allows"),
    RejectCode.BAD_PATTERN.value: N_("not as a check of the data says that it looks"),
    RejectCode.BAD_QUOTE.value: N_("a quotation mark that is not closed, or stands inside a text"),
    RejectCode.BAD_CHARACTER.value: N_("a character that cannot be read"),
    RejectCode.TOO_LONG.value: N_("the row is too long to be read"),
}

SET_ASIDE = (
    RejectCode.REPEATED_HEADER.value,
    RejectCode.TOTAL_ROW.value,
    RejectCode.HIDDEN_ROW.value,
    RejectCode.KEPT_KEY.value,
)
"""Codes of rows that were left out as somebody chose: there is nothing to mend in them."""


def set_aside_of(reject_counts: Mapping[str, int]) -> int:
    """Of the rows that were not loaded, by code, how many were left out as somebody chose."""
    return sum(reject_counts.get(code, 0) for code in SET_ASIDE)


def faulty_of(rows_rejected: int, reject_counts: Mapping[str, int]) -> int:
    """Of the rows that were not loaded, in how many something has to be mended."""
    return rows_rejected - set_aside_of(reject_counts)

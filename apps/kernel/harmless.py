"""Text for the cells of CSV files: no spreadsheet takes it for a formula, and no number changes."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")
_STARTS = "=+-@\t\r\n＝＋－＠"
_INSIDE = re.compile(r"(?<=[;\t])(?=[=+@＝＋＠]|-(?![0-9]))")


def harmless(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula; a plain negative number is left
    alone: it can do nothing, and has to stay a number.

    So is a sign behind a semicolon or a tab: where a spreadsheet takes those for the delimiter a new cell begins there.
    """
    if text.startswith(tuple(_STARTS)) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    return _INSIDE.sub("'", text)

"""Lines of CSV looked at all together: which are rows of the usual kind, and which need a closer look, one by one.

A row is of the usual kind if it has as many cells as the table, its quotes stand where quotes belong, and it is
neither blank nor a header again nor a total. That is proved here for nearly all rows at the speed of memory, with no
word about any other: whoever asks reads those by themselves (`apps.engine.read_csv`), by rules that are written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.engine.cells import BLANKS
from apps.engine.headings import TOTAL_PAIRS, TOTAL_SIGNS

LONGEST_QUOTE = 1000
"""Lines of one quoted cell; a longer one was never closed."""

_LF, _QUOTE = 10, 34
_FARTHEST = 16
_BLANK_SIGNS = tuple(code for sign in BLANKS if len(code := sign.encode()) > 1)
_LEADS = tuple(sorted({code[0] for code in _BLANK_SIGNS}))
_TAILS = tuple(sorted({code[-1] for code in _BLANK_SIGNS}))

Bytes = NDArray[np.uint8]
Places = NDArray[np.intp]
Marks = NDArray[np.bool_]


def _table(signs: bytes | Sequence[int]) -> Marks:
    table = np.zeros(256, np.bool_)
    table[list(signs)] = True
    return table


_BLANK = _table(b" \t\r\n\v\f")
_BEFORE_WORDS = _table(b' \t\r\v\f",;|')
_LEAD, _TAIL = _table(b" \t\r\v\f" + bytes(_LEADS)), _table(b" \t\r\v\f" + bytes(_TAILS))
"""What a blank can begin and end with, but for line ends, beside which only an empty cell stands."""


class Scan(NamedTuple):
    """`ends` are the places of the line ends that end a record, `odd` the records (counted from 0) to look at one by
    one, `loose` the columns in which a cell of the others begins or ends with a blank."""

    ends: Places
    odd: list[int]
    loose: frozenset[int]


def scan(text: bytes, delimiter: int, width: int, header: Sequence[bytes]) -> Scan | None:
    """The records of `text`, which begins with one and whose lines end in LF; what follows the last whole one is left
    out. None where quotes stand where none belong, or nothing ends."""
    data = np.frombuffer(text, np.uint8)
    stops = np.flatnonzero((data == _LF) | (data == delimiter))
    quoted = b'"' in text
    if quoted:
        found = _outside_quotes(data, stops, delimiter)
        if found is None:
            return None
        stops = found
    last = np.flatnonzero(data[stops] == _LF)
    if not len(last):
        return None
    stops = stops[: last[-1] + 1]
    ends = stops[last]
    starts = np.concatenate((np.zeros(1, ends.dtype), ends[:-1] + 1))
    widths = np.diff(last, prepend=-1)
    fits = widths == width
    odd = ~fits | _to_look_at(data, starts, header)
    cells = stops if fits.all() else stops[np.repeat(fits, widths)]
    loose = _loose(data, cells.reshape(-1, width), starts[fits], delimiter, quoted=quoted)
    return Scan(ends, np.flatnonzero(odd).tolist(), loose)


def _outside_quotes(data: Bytes, stops: Places, delimiter: int) -> Places | None:
    """The stops that are in no quotes, up to the last line end among them; None if a quote is out of place there."""
    quotes = np.flatnonzero(data == _QUOTE)
    before = np.bincount(np.searchsorted(stops, quotes), minlength=len(stops) + 1)[: len(stops)]
    inside = (np.cumsum(before) & 1).astype(np.bool_)
    outside = stops[~inside]
    ends = outside[data[outside] == _LF]
    if not len(ends):
        return None
    quotes = quotes[quotes < ends[-1]]
    opening, closing = quotes[::2], quotes[1::2]
    ahead = data[opening - 1]  # of a quote at place 0 that is the line end at the end of the text
    behind = data[closing + 1]
    for signs in (ahead, behind):
        if not ((signs == delimiter) | (signs == _LF) | (signs == _QUOTE)).all():
            return None
    within = stops[inside]
    lines = within[data[within] == _LF]
    if len(lines) and np.bincount(np.searchsorted(ends, lines)).max() >= LONGEST_QUOTE - 1:
        return None
    return outside


def _to_look_at(data: Bytes, starts: Places, header: Sequence[bytes]) -> Marks:
    """Records that are blank, or begin as a total or the header does, behind blanks, quotes and empty cells."""
    at = starts.copy()
    first = data[at]
    moving = np.flatnonzero(_BEFORE_WORDS[first])
    for _ in range(_FARTHEST):
        if not len(moving):
            break
        at[moving] += 1
        first[moving] = data[at[moving]]
        moving = moving[_BEFORE_WORDS[first[moving]]]
    found: Marks = first == _LF
    found[moving] = True
    second, third = _at(data, at + 1), _at(data, at + 2)
    for one, two in TOTAL_PAIRS:
        found |= (first == one) & (second == two)
    for one, two, three in TOTAL_SIGNS:
        found |= (first == one) & (second == two) & (third == three)
    for line in header:
        found[_beginning(data, at, first, line)] = True
    return found | _begins_blank(data, at, first)


def _beginning(data: Bytes, at: Places, first: Bytes, line: bytes) -> Places:
    """Those whose text at `at` begins with the first word of `line`."""
    start = next((place for place, byte in enumerate(line) if not _BEFORE_WORDS[byte]), len(line))
    behind = next((place for place in range(start, len(line)) if _BEFORE_WORDS[line[place]]), len(line))
    word = line[start:behind]
    if not word:
        return np.zeros(0, np.intp)
    alike = np.flatnonzero(first == word[0])
    for step, byte in enumerate(word):
        alike = alike[_at(data, at[alike] + step) == byte]
    follows = _at(data, at[alike] + len(word))
    found: Places = alike[_BEFORE_WORDS[follows] | (follows == _LF)]
    return found


def _loose(data: Bytes, stops: Places, starts: Places, delimiter: int, *, quoted: bool) -> frozenset[int]:
    """The columns in which a cell has a blank at one of its ends; each row of `stops` has a record's."""
    if not len(stops):
        return frozenset()
    first = np.empty_like(stops)
    first[:, 0], first[:, 1:] = starts, stops[:, :-1] + 1
    last = stops - 1
    begins, ends = data[first], data[last]
    found = np.zeros(stops.shape, np.bool_)
    if quoted:
        inner = np.nonzero((begins == _QUOTE) & (first < stops))
        first[inner] += 1
        last[inner] -= 1
        begins[inner], ends[inner] = data[first[inner]], data[last[inner]]
        found[inner] = _BLANK[begins[inner]] | _BLANK[ends[inner]]
    for places, signs, table, ahead in ((first, begins, _LEAD, False), (last, ends, _TAIL, True)):
        maybe = np.nonzero(table[signs])
        if len(maybe[0]):
            here = signs[maybe]
            blank = _BLANK[here] & (here != delimiter)
            found[maybe] |= blank | _is_blank_sign(data, places[maybe], ahead=ahead)
    return frozenset(np.flatnonzero(found.any(axis=0)).tolist())


def _begins_blank(data: Bytes, at: Places, first: Bytes) -> Marks:
    """Where a blank sign of more than one byte stands at `at`."""
    found = np.zeros(at.shape, np.bool_)
    maybe = np.flatnonzero(_LEAD[first])
    if len(maybe):
        found[maybe] = _is_blank_sign(data, at[maybe], ahead=False)
    return found


def _is_blank_sign(data: Bytes, places: Places, *, ahead: bool) -> Marks:
    found = np.zeros(places.shape, np.bool_)
    for code in _BLANK_SIGNS:
        origin = places - len(code) + 1 if ahead else places
        same = origin >= 0
        for step, byte in enumerate(code):
            same &= _at(data, np.maximum(origin, 0) + step) == byte
        found |= same
    return found


def _at(data: Bytes, places: Places) -> Bytes:
    return data[np.minimum(places, len(data) - 1)]

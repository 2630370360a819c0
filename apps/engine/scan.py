"""Lines of CSV looked at all together: which are rows of the usual kind, and which need a closer look, one by one.

A row is of the usual kind if it has as many cells as the table, its quotes stand where quotes belong, and it is
neither blank nor a header again nor a total. That is proved here for nearly all rows at the speed of memory, with no
word about any other: whoever asks reads those by themselves (`apps.engine.read_csv`), by rules that are written once.
"""

from __future__ import annotations

import sys
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
DAY = 10
"""Signs of a day (“2026-01-31”)."""

_MOST_TURNS = 32
_BLANK_SIGNS = tuple(code for sign in BLANKS if len(code := sign.encode()) > 1)
_BLANK_CODES = tuple(sign.encode() for sign in BLANKS if sign != "\n")
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
    one, `loose` the columns in which a cell of the others begins or ends with a blank. `times` are the places at which
    the time of a record begins (without meaning for odd ones), `turns` the records whose day is of another month than
    that of the record before, or an earlier one: None where days are not asked for, or turn often."""

    ends: Places
    odd: list[int]
    loose: frozenset[int]
    times: Places | None = None
    turns: list[int] | None = None


def scan(text: bytes, delimiter: int, width: int, header: Sequence[bytes], time: int = -1) -> Scan | None:
    """The records of `text`, which begins with one and whose lines end in LF; what follows the last whole one is left
    out. `time` is the column, from 0, whose days are looked at. None where quotes stand where none belong, or nothing
    ends."""
    data = np.frombuffer(text, np.uint8)
    edges = data == _LF
    edges |= data == delimiter
    stops = np.flatnonzero(edges)
    inner = stops[:0]
    if b'"' in text:
        edges |= data == _QUOTE
        found = _outside_quotes(data, stops, delimiter)
        if found is None:
            return None
        stops, inner = found
    last = np.flatnonzero(data[stops] == _LF)
    if not len(last):
        return None
    stops = stops[: last[-1] + 1]
    ends = stops[last]
    starts = np.concatenate((np.zeros(1, ends.dtype), ends[:-1] + 1))
    widths = np.diff(last, prepend=-1)
    fits = widths == width
    odd = ~fits | _to_look_at(data, starts, header)
    cells = (stops if fits.all() else stops[np.repeat(fits, widths)]).reshape(-1, width)
    loose = _loose(data, _blanks(text, edges, inner, delimiter), cells, starts[fits], delimiter)
    listed = np.flatnonzero(odd).tolist()
    if time < 0 or len(text) < DAY or not len(cells):
        return Scan(ends, listed, loose)
    times = np.zeros_like(ends)
    times[fits] = starts[fits] if time == 0 else cells[:, time - 1] + 1
    times += data[times] == _QUOTE
    return Scan(ends, listed, loose, times, _turns(text, times, np.flatnonzero(~odd)))


def _turns(text: bytes, times: Places, sound: Places) -> list[int] | None:
    """Those of the `sound` records whose day does not follow that of the one before in the same month, by the text of
    their days (“2026-01-31”), eight signs at a time."""
    eight = np.ndarray((len(text) - 7,), ">u8", text, strides=(1,))
    at = np.minimum(times[sound], len(text) - DAY)
    months = eight[at].astype(np.uint64) >> np.uint64(8)
    days = eight[at + 2].astype(np.uint64)
    turn = (months[1:] != months[:-1]) | (days[1:] < days[:-1])
    found = sound[np.flatnonzero(turn) + 1]
    return found.tolist() if len(found) <= _MOST_TURNS else None


def _outside_quotes(data: Bytes, stops: Places, delimiter: int) -> tuple[Places, Places] | None:
    """The stops that are in no quotes, and the line ends that are; None if a quote is out of place before the last line
    end that ends a record."""
    quotes = np.flatnonzero(data == _QUOTE)
    begin, behind = np.searchsorted(stops, quotes[::2]), np.searchsorted(stops, quotes[1::2])
    if len(begin) > len(behind):
        behind = np.append(behind, len(stops))
    counts = behind - begin
    within = np.repeat(begin - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    outside = np.delete(stops, within) if len(within) else stops
    ends = outside[data[outside] == _LF]
    if not len(ends):
        return None
    quotes = quotes[quotes < ends[-1]]
    opening, closing = quotes[::2], quotes[1::2]
    ahead = data[opening - 1]  # of a quote at place 0 that is the line end at the end of the text
    after = data[closing + 1]
    for signs in (ahead, after):
        if not ((signs == delimiter) | (signs == _LF) | (signs == _QUOTE)).all():
            return None
    lines = stops[within[data[stops[within]] == _LF]]
    if len(lines) and np.bincount(np.searchsorted(ends, lines)).max() >= LONGEST_QUOTE - 1:
        return None
    return outside, lines


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


def _loose(data: Bytes, blanks: Places, stops: Places, starts: Places, delimiter: int) -> frozenset[int]:
    """The columns in which a cell has a blank at one of its ends, if that is one of `blanks`; each row of `stops` has a
    record's."""
    cells = np.unique(np.searchsorted(stops.reshape(-1), blanks)) if len(blanks) else blanks
    cells = cells[cells < stops.size]
    if not len(cells):
        return frozenset()
    width = stops.shape[1]
    row, column = np.divmod(cells, width)
    last = stops[row, column] - 1
    first = np.where(column == 0, starts[row], stops[row, np.maximum(column, 1) - 1] + 1)
    inner = (data[first] == _QUOTE) & (first <= last)
    first, last = first + inner, last - inner
    begins, ends = data[first], data[last]
    found = inner & (_BLANK[begins] | _BLANK[ends])
    for places, signs, table, ahead in ((first, begins, _LEAD, False), (last, ends, _TAIL, True)):
        maybe = np.flatnonzero(table[signs])
        if len(maybe):
            here = signs[maybe]
            blank = _BLANK[here] & (here != delimiter)
            found[maybe] |= blank | _is_blank_sign(data, places[maybe], ahead=ahead)
    return frozenset(np.unique(column[found]).tolist())


def _blanks(text: bytes, edges: Marks, inner: Places, delimiter: int) -> Places:
    """Where a blank stands beside an edge, or within quotes."""
    data = np.frombuffer(text, np.uint8)
    codes = [code for code in _BLANK_CODES if code[0] != delimiter and code[:1] in text]
    return np.concatenate([inner, *(_beside(data, edges, code) for code in codes)])


def _beside(data: Bytes, edges: Marks, code: bytes) -> Places:
    """Where a blank (its bytes are `code`) stands beside an edge."""
    signs = data == code[0]
    if len(code) == 1:
        ahead, behind = edges[:-1], edges[1:]
        signs[1:-1] &= ahead[:-1] | behind[1:]
        return np.flatnonzero(signs)
    places = np.flatnonzero(signs)
    after = np.minimum(places + len(code), len(data) - 1)
    return places[edges[places - 1] | edges[after]]  # ahead of place 0 that is the line end at the end of the text


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


def holds_pair(text: bytes, pair: bytes) -> bool:
    """Whether these two bytes stand in `text` one after the other: quick where each is frequent."""
    wanted, ends = int.from_bytes(pair, sys.byteorder), range(min(2, len(text)))
    return any(bool((np.frombuffer(text, np.uint16, (len(text) - at) // 2, at) == wanted).any()) for at in ends)

"""What a scan found, as blocks of rows of the usual kind and single records between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from apps.engine.scan import DAY, Scan
from apps.engine.source import Block, Record


def blocks_of(
    text: bytes, found: Scan, row: int, single: Callable[[int, int, int], Record | None]
) -> Iterator[Block | Record]:
    """The records of a text whose first one comes behind `row`; what the odd ones are `single` tells, by their number
    in the text, from 0, and where they begin and end in it."""
    begin = first = 0
    odd = set(found.odd)
    for at in sorted(odd.union(found.turns or ())):
        start = int(found.ends[at - 1]) + 1 if at else 0
        if at > first:
            yield _block(text[begin:start], text, found, row, first, at)
        begin, first = start, at
        if at in odd:
            end = int(found.ends[at])
            if (record := single(at, start, end)) is not None:
                yield record
            begin, first = end + 1, at + 1
    if first < len(found.ends):
        behind = int(found.ends[-1]) + 1
        yield _block(text[begin:behind], text, found, row, first, len(found.ends))


def _block(lines: bytes, text: bytes, found: Scan, row: int, first: int, behind: int) -> Block:
    """The records from `first` to before `behind`, whose `lines` are of `text`; its first record comes behind `row`."""
    days = None
    if found.times is not None and found.turns is not None:
        begins = int(found.times[first]), int(found.times[behind - 1])
        days = (text[begins[0] : begins[0] + DAY], text[begins[1] : begins[1] + DAY])
    return Block(row + first + 1, behind - first, lines, found.loose, days)

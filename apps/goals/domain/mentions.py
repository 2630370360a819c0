"""Who is mentioned in a text: “@” and a name, as it is called in the company."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from uuid import UUID

Person = tuple[UUID, str]


def mentioned(text: str, people: Iterable[Person], picked: Collection[UUID] = ()) -> list[UUID]:
    """The people whose names follow an “@”, in the order of the text. The longest name counts: “@Ada Lin” is not Ada.

    Of people who are called the same, those `picked` from the list are meant; where none was, nobody is: it would be
    told to the wrong one.
    """
    by_name: dict[str, list[UUID]] = {}
    for pk, name in people:
        by_name.setdefault(name.casefold(), []).append(pk)
    found: list[UUID] = []
    for _start, _end, name in spots(text, by_name):
        called = by_name[name.casefold()]
        meant = called if len(called) == 1 else [pk for pk in called if pk in picked]
        found += [pk for pk in meant if pk not in found]
    return found


def spots(text: str, names: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Where names stand after an “@”: begin, end (with the “@”), and the name as it is written there."""
    longest_first = sorted((re.escape(name) for name in names if name), key=len, reverse=True)
    if not longest_first:
        return
    pattern = re.compile(rf"(?<![\w@])@({'|'.join(longest_first)})(?!\w)", re.IGNORECASE)
    for match in pattern.finditer(text):
        yield match.start(), match.end(), match[1]


def pieces(text: str, names: Iterable[str]) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is a mention."""
    found, at = [], 0
    for start, end, _name in spots(text, names):
        if start > at:
            found.append((text[at:start], False))
        found.append((text[start:end], True))
        at = end
    if at < len(text):
        found.append((text[at:], False))
    return found

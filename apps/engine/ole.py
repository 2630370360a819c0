"""The sectors of an old Office file ([MS-CFB]): whoever follows a chain of them that bites its own tail never ends, and
takes all memory."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from apps.engine.unreadable import Damaged

_HEADER = struct.Struct("<30xH8xIIIxxxxxxxxIIII")
_IN_HEADER = 109
_ENTRY = 128
_STREAM, _ROOT = 2, 5
_LAST_SECTOR = 0xFFFFFFFA
_SMALL = 4096


def streams_of(path: str) -> list[str]:
    """The names of all entries in their order. Raises Damaged for a chain of sectors that comes back to one of its own,
    and for what says that it is larger than the file."""
    content = memoryview(Path(path).read_bytes())
    if len(content) < 512:
        raise Damaged("no header")
    shift, directories, fats, directory, mini_first, minis, beyond, tables_beyond = _HEADER.unpack_from(content)
    if shift not in (9, 12) or max(directories, fats, minis, tables_beyond) << shift > len(content):
        raise Damaged("sectors of an odd size, or more of them than the file can have")
    size = 1 << shift

    def sector(number: int) -> memoryview:
        return content[(number + 1) * size : (number + 2) * size]

    def numbers(number: int) -> tuple[int, ...]:
        part = sector(number)
        return struct.unpack_from(f"<{len(part) // 4}I", part)

    tables = list(struct.unpack_from(f"<{_IN_HEADER}I", content, 76))
    seen: set[int] = set()
    while beyond < _LAST_SECTOR:
        if beyond in seen or len(part := numbers(beyond)) != size // 4:
            raise Damaged("the table of tables does not end")
        seen.add(beyond)
        tables += part[:-1]
        beyond = part[-1]
    fat = [following for table in tables if table < _LAST_SECTOR for following in numbers(table)]
    mini_fat = [following for number in _chain(mini_first, fat) for following in numbers(number)]
    entries = b"".join(bytes(sector(number)) for number in _chain(directory, fat))
    names: list[str] = []
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        kind, (start, length) = entries[at + 66], struct.unpack_from("<II", entries, at + 116)
        if kind in (_STREAM, _ROOT):
            _chain(start, mini_fat if kind == _STREAM and length < _SMALL else fat)
            if length > len(content):
                raise Damaged("a stream that is larger than the file")
        names.append(entries[at : at + 64].decode("utf-16-le", errors="replace").partition("\0")[0])
    return names


def _chain(first: int, following: Sequence[int]) -> list[int]:
    """The sectors of a chain, up to where it ends or leaves the table."""
    found: list[int] = []
    while first < len(following):
        found.append(first)
        if len(found) > len(following):
            raise Damaged("a chain of sectors does not end")
        first = following[first]
    return found

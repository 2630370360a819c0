"""Which row keys one of our files surely does not hold, told by a small file beside it, without reading a row.

`<file>.keys` holds hashes of the keys, 6.3 bytes a row: a Bloom filter whose bits for one key lie in a single word, and
tell 99 of 100 strangers at one look; and 32 bits and more of each hash, in buckets, for those that are left. So fifty
thousand keys that are nowhere among fifty million are told so in hundredths of a second, where reading the keys takes
seconds. What may be there is looked up in the rows themselves: nothing here decides more than which files are read,
and a file that is missing, of another key, or of other hashes is made anew. Its head has what the footer says of rows,
days and keys, so that footers need not be read (`apps.engine.entries`); files whose keys' range is apart from that of
the new ones are told so, and their hashes never asked.
"""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

import duckdb
import numpy as np
from numpy.typing import NDArray

from apps.engine.duck import Connection, literal, name, one
from apps.engine.entry import KEYS
from apps.engine.plan import ColumnType
from apps.engine.publish import sync
from apps.engine.typed import SQL_TYPES

Words: TypeAlias = NDArray[np.uint64]
Kinds: TypeAlias = tuple[tuple[str, ColumnType], ...]

MOST_ASKED = 1_000_000
"""New rows beyond which the keys of the rest are read: asking for each takes as long."""

_SEGMENT = 1 << 21
_BITS_A_KEY = 16
_KEYS_A_BUCKET = 16
_MOST_LOOKED_AT = 1 << 22
_LINE = 4096
_SAMPLE = "hash('a'), hash('more than twelve bytes', 1::BIGINT), hash(1.5::DECIMAL(38, 18)), hash(DATE '2026-01-02')"
_U = np.uint64


@dataclass(frozen=True)
class _Segment:
    """The hashes of up to two million rows. `ends` is where each bucket begins, and the last one ends, in `rest`."""

    words: Words
    ends: NDArray[np.uint32]
    rest: NDArray[np.uint32]

    def may_hold(self, asked: Words, uppers: Words, bits: Words) -> bool:
        """Whether one of the hashes `asked`, whose upper halves and bits stand beside them, is among these."""
        word = self.words.take(_word(uppers, len(self.words)).view(np.int64))
        word &= bits
        left = asked[word == bits]
        power = _power(len(self.ends) - 1)
        bucket = _top(left, power)
        begin = self.ends[bucket].astype(np.int64)
        counts = self.ends[bucket + _U(1)] - begin
        total = int(counts.sum())
        if total > _MOST_LOOKED_AT:
            return True
        at = np.repeat(begin - np.cumsum(counts) + counts, counts) + np.arange(total)
        return bool((self.rest[at] == np.repeat(_rest(left, power), counts)).any())


@dataclass(frozen=True)
class Told:
    """What a file says of itself: its rows, its first and last day, and by column of the key the smallest and largest
    value, where they are known: of days as their number since 1970."""

    rows: int
    days: tuple[str, str]
    ranges: dict[str, list[Any]]


class Asked:
    """The hashes of the keys of new rows."""

    def __init__(self, connection: Connection, kinds: Kinds, incoming: str) -> None:
        found = connection.execute(f"SELECT {_hash(kinds)} AS h FROM {incoming}").fetchnumpy()["h"]
        self._hashes = np.sort(np.asarray(found, dtype=_U))
        self._uppers, self._bits = self._hashes >> _U(32), _bits(self._hashes)

    def may_be_in(self, segments: Sequence[_Segment]) -> bool:
        """Whether one of them may be among these."""
        return any(segment.may_hold(self._hashes, self._uppers, self._bits) for segment in segments)


def beside(path: str) -> str:
    """Where the hashes of a file's keys lie."""
    return path + KEYS


def signature(connection: Connection, kinds: Kinds) -> str:
    """What hashes depend on beside the keys: files of another signature are of no use."""
    sample = one(connection, f"SELECT {_SAMPLE}")
    return json.dumps([3, duckdb.__version__, [str(value) for value in sample], [list(kind) for kind in kinds]])


def write(connection: Connection, path: str, kinds: Kinds, signed: str, told: Told) -> None:
    """Write the hashes of the keys in the file `path` beside it, there when they are whole and on disk."""
    out_path = beside(path)
    draft = f"{out_path}.draft-{os.getpid()}"
    try:
        with open(draft, "xb") as file:
            file.write(b"\0" * _LINE)
            sizes = [_append(file, hashes) for hashes in _hashes_in(connection, path, kinds, told.rows)]
            head = {"of": signed, "bytes": os.path.getsize(path), "segments": sizes, **vars(told)}
            text = json.dumps(head, ensure_ascii=False).encode()
            if len(text) > _LINE:
                text = json.dumps({**head, "ranges": {}}).encode()
            if len(text) > _LINE:
                raise OSError("the names of the key's columns are too long")
            file.seek(0)
            file.write(text.ljust(_LINE))
        sync(draft)
        os.rename(draft, out_path)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


def told_beside(path: str, signed: str) -> Told | None:
    """What lies beside a file says of it; None where there is nothing of this key."""
    found = _head(path, signed)
    return found and found[0]


def segments_of(connection: Connection, path: str, kinds: Kinds, signed: str, told: Told) -> list[_Segment] | None:
    """The hashes of the keys in a file, made now where there are none; None where they cannot be had."""
    try:
        found = _opened(path, signed)
        if found is None:
            write(connection, path, kinds, signed, told)
            found = _opened(path, signed)
    except (OSError, duckdb.BinderException):  # a file from before there was such a column
        return None
    return found


def _head(path: str, signed: str) -> tuple[Told, list[list[int]]] | None:
    try:
        with open(beside(path), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = json.loads(file.read(_LINE))
        if head["of"] != signed or head["bytes"] != os.path.getsize(path) or size != _size(head["segments"]):
            return None
        return Told(head["rows"], tuple(head["days"]), head["ranges"]), head["segments"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _opened(path: str, signed: str) -> list[_Segment] | None:
    found = _head(path, signed)
    if found is None:
        return None
    with open(beside(path), "rb") as file:
        held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return list(_segments(held, found[1]))


def _size(segments: Sequence[Sequence[int]]) -> int:
    return _LINE + sum(8 * words + 4 * ends + 4 * rest for words, ends, rest in segments)


def _segments(held: mmap.mmap, sizes: Sequence[Sequence[int]]) -> Iterator[_Segment]:
    at = _LINE
    for words, ends, rest in sizes:
        lengths = ((words, np.dtype(_U)), (ends, np.dtype(np.uint32)), (rest, np.dtype(np.uint32)))
        parts: list[Any] = []
        for length, kind in lengths:
            parts.append(np.frombuffer(held, kind, length, at))
            at += length * kind.itemsize
        yield _Segment(*parts)


def _hash(kinds: Kinds) -> str:
    """The hash of a row's key, as SQL: of decimals in one width, as files hold them in two."""
    return f"hash({', '.join(f'CAST({name(column)} AS {SQL_TYPES[kind]})' for column, kind in kinds)})"


def _hashes_in(connection: Connection, path: str, kinds: Kinds, rows: int) -> Iterator[Words]:
    quoted = literal(os.path.abspath(path))
    for first in range(0, max(rows, 1), _SEGMENT):
        rows_of, inside = f"read_parquet({quoted}, hive_partitioning = false)", ""
        if rows > _SEGMENT:
            rows_of = f"read_parquet({quoted}, hive_partitioning = false, file_row_number = true)"
            inside = f" WHERE file_row_number >= {first} AND file_row_number < {first + _SEGMENT}"
        found = connection.execute(f"SELECT {_hash(kinds)} AS h FROM {rows_of}{inside}").fetchnumpy()["h"]
        yield np.sort(np.asarray(found, dtype=_U))


def _append(file: IO[bytes], hashes: Words) -> tuple[int, int, int]:
    """Write a segment of hashes in their order; how many words, ends and rests it has. An even number of the latter two
    together keeps the words of the next where words may begin."""
    count = len(hashes)
    words = np.zeros(max(count * _BITS_A_KEY // 64, 1), dtype=_U)
    if count:
        at = _word(hashes >> _U(32), len(words))
        starts = np.flatnonzero(np.concatenate(([True], at[1:] != at[:-1])))
        words[at[starts]] = np.bitwise_or.reduceat(_bits(hashes), starts)
    power = max((count // _KEYS_A_BUCKET).bit_length(), 1)
    ends = np.searchsorted(_top(hashes, power), np.arange((1 << power) + 1, dtype=_U)).astype(np.uint32)
    rest = _rest(hashes, power)
    if (len(ends) + len(rest)) % 2:
        rest = np.append(rest, np.uint32(0))
    for part in (words, ends, rest):
        file.write(part.data)
    return len(words), len(ends), len(rest)


def _power(buckets: int) -> int:
    return buckets.bit_length() - 1


def _top(hashes: Words, power: int) -> Words:
    """The bucket of each hash: its first bits."""
    return hashes >> _U(64 - power)


def _rest(hashes: Words, power: int) -> NDArray[np.uint32]:
    """The 32 bits that follow."""
    return ((hashes << _U(power)) >> _U(32)).astype(np.uint32)


def _word(uppers: Words, words: int) -> Words:
    """The word of the filter that has a key's bits, told by the upper half of its hash: in the order of the hashes."""
    found = uppers * _U(words)
    found >>= _U(32)
    return found


def _bits(hashes: Words) -> Words:
    """Five bits of a word, told by the lower half of a hash."""
    bits = np.zeros_like(hashes)
    for place in range(0, 30, 6):
        bits |= _U(1) << ((hashes >> _U(place)) & _U(63))
    return bits

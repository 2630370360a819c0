"""Which encoding a text is in, told from its bytes, and the text as UTF-8. No byte is replaced or dropped."""

from __future__ import annotations

import codecs
import os
import re

from charset_normalizer import from_bytes

from apps.engine.shape import LABELS as LABELS

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_LEGACY = ["gb18030", "cp950", "cp1252"]
_SIGNS = {0xA1, 0xA3}
_FIRST_LEVEL = {"gb18030": {*_SIGNS, *range(0xB0, 0xD8)}, "cp950": {*_SIGNS, *range(0xA4, 0xC7)}}
"""Lead bytes of punctuation and of the commonest characters."""

_CHUNK = 1 << 20
_HEAD = 1 << 16
_FEWEST_NULS = 0.02
_ONE_SIDE = 0.95


class NotText(Exception):
    """The bytes at `position` (counted from 0), in line `row`, are none of `encoding`."""

    def __init__(self, encoding: str, position: int, row: int) -> None:
        super().__init__(f"{encoding}: byte {position}, row {row}")
        self.encoding = encoding
        self.position = position
        self.row = row


def bom_of(head: bytes) -> bytes:
    """The byte order mark that a file begins with; empty if there is none."""
    return next((mark for mark, _ in _BOMS if head.startswith(mark)), b"")


def encoding_of(path: str, likely: str = "") -> str:
    """The codec that the file at `path` is most likely written in. "utf-8" also where single bytes of it are broken.

    Of encodings that only a guess tells apart, `likely` is taken if every byte fits it.
    """
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return codec
    if (wide := _utf_16(head)) is not None:
        return wide
    bad = _first_bad(path, "utf-8")
    found = "utf-8" if bad is None else _legacy(path, bad)
    guessed = found in _LEGACY and found != likely and likely in _LEGACY
    return likely if guessed and _first_bad(path, likely) is None else found


def to_utf8(path: str, encoding: str, out_path: str) -> None:
    """Write the text at `path` as UTF-8 to `out_path`, without a byte order mark. Raises NotText."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with open(path, "rb") as file, open(out_path, "wb") as out:
        mark = bom_of(file.read(4))
        start = len(mark) if dict(_BOMS).get(mark) == encoding else 0
        file.seek(start)
        try:
            while chunk := file.read(_CHUNK):
                out.write(decoder.decode(chunk).encode())
            out.write(decoder.decode(b"", final=True).encode())
        except UnicodeError:
            position = _first_bad(path, encoding, start)
            out.flush()
            raise _not_text(path, encoding, position if position is not None else os.path.getsize(path)) from None


def _not_text(path: str, encoding: str, position: int) -> NotText:
    line_end = "\n".encode(encoding)
    with open(path, "rb") as file:
        rows = 1
        left = position
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            rows += chunk.count(line_end)
            left -= len(chunk)
    return NotText(encoding, position, rows)


def _first_bad(path: str, encoding: str, start: int = 0) -> int | None:
    """The position of the first byte that cannot be decoded; None if all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with open(path, "rb") as file:
        file.seek(start)
        at = start
        while True:
            chunk = file.read(_CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return at - pending + error.start
            if not chunk:
                return None
            at += len(chunk)


def _utf_16(head: bytes) -> str | None:
    """UTF-16 without a mark: zero bytes, nearly all on one side of the pairs, and text with lines if read so."""
    nuls = head.count(0)
    if len(head) < 4 or nuls < len(head) * _FEWEST_NULS:
        return None
    odd = head[1::2].count(0)
    codec = "utf-16-le" if odd >= nuls * _ONE_SIDE else "utf-16-be" if odd <= nuls * (1 - _ONE_SIDE) else None
    if codec is None:
        return None
    try:
        text = codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return None
    return codec if "\n" in text or "\r" in text else None


def _legacy(path: str, position: int) -> str:
    """The encoding of a text that is not UTF-8 from `position` on, by what stands around that byte."""
    with open(path, "rb") as file:
        file.seek(max(position - _HEAD // 2, 0))
        sample = file.read(_HEAD)
    around = sample[sample.find(b"\n") + 1 :] if position > _HEAD // 2 else sample
    if len(sample) == _HEAD:  # the last line may be cut; where the file ends it is whole
        around = around[: around.rfind(b"\n") + 1] or around
    around = b"\n".join(line for line in around.splitlines() if not line.isascii()) or around
    read = around.decode("utf-8", errors="replace")
    broken = read.count("\ufffd")
    if sum(char > "\x7f" for char in read) - broken > 4 * broken:
        return "utf-8"
    best = from_bytes(around, cp_isolation=_LEGACY, threshold=1.0).best()
    order = ([best.encoding] if best is not None and best.encoding in _LEGACY else []) + _LEGACY
    order.sort(key=lambda codec: -_usual(around, codec))  # ties stay as the library has them
    return next((codec for codec in order if _first_bad(path, codec) is None), order[0])


def _usual(sample: bytes, codec: str) -> float:
    """How much of what is not ASCII would be usual in `codec`: common characters, which both sets of Chinese hold in
    their first level; in Windows-1252 single letters among plain ones. A few lines tell too little to a library."""
    high = re.findall(rb"[\x80-\xff]+", sample)
    if not high:
        return 0
    if codec == "cp1252":
        return sum(len(run) == 1 for run in high) / sum(map(len, high))
    try:
        strange = [char for char in sample.decode(codec) if char > "\x7f"]
    except UnicodeDecodeError:
        return 0
    usual = sum(char.encode(codec)[0] in _FIRST_LEVEL[codec] for char in strange)
    return usual / len(strange) if strange else 0

"""A file with a few bytes changed."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from contextlib import suppress

from tests.corpus.case import Case

LARGEST = 200_000
_SIGNS = (b"\0", b"\xff", b'"', b",", b"\n", b"\r", b"\t", b"\xef\xbf\xbf", b"\xef\xbb\xbf", b"<", b"/>", b"99999999")


def mutated(cases: Sequence[Case], seed: int) -> tuple[str, bytes]:
    """The name and the bytes of a file of `cases` after a few accidents, the same for the same seed."""
    chance = random.Random(seed)
    case = chance.choice(cases)
    content = case.content
    if content.startswith(b"PK") and chance.random() < 0.8:
        with suppress(zipfile.BadZipFile, ValueError, OSError, IndexError):  # some are broken as they are
            return case.name, _inside(content, chance)
    return case.name, _changed(content, chance)


def _inside(package: bytes, chance: random.Random) -> bytes:
    """A package in which one part has changed, and whose checksums are right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = chance.choice(names) if names else ""
        for name in names:
            content = old.read(name)
            new.writestr(name, _changed(content, chance) if name == chosen else content)
    return out.getvalue()


def _changed(content: bytes, chance: random.Random) -> bytes:
    made = bytearray(content or b"\n")
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(made) + 1)
        what = chance.randrange(5)
        if what == 0 and at < len(made):
            made[at] = chance.randrange(256)
        elif what == 1:
            del made[at : at + chance.randrange(1, 40)]
        elif what == 2:
            made[at:at] = chance.choice(_SIGNS) * chance.choice((1, 1, 2, 50))
        elif what == 3:
            other = chance.randrange(len(made) + 1)
            made[at:at] = made[other : other + chance.randrange(1, 200)]
        else:
            del made[at : None if chance.random() < 0.2 else at + 1]
    return bytes(made)

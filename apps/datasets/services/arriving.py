"""A file that comes in pieces, so that a lost connection costs a piece and not the file.

It is called by what is in it: the SHA-256 of the SHA-256 of each of its pieces. Whoever chooses the same file again, an
hour later or on another page, goes on where it stopped; another file has another name, so two can never be mixed up.
How much of a file is here is the size of what lies on disk; nothing else knows it, so nothing can disagree.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from apps.accounts.domain.roles import Actor
from apps.datasets.services import storage
from apps.kernel.issue import N_, Refusal

PIECE = 4 * 1024 * 1024
"""Bytes of a piece: what is lost at most, and what the process of the web holds of it."""
NOT_ALL = N_("Only %(there)s of %(size)s have arrived. Choose the file again: it goes on from there.")
NOT_THE_SAME = N_("The file did not arrive as it left. Choose it again, and send it anew.")


def there(*, actor: Actor, fingerprint: str) -> int:
    """How many bytes of a file are here that this person began to send."""
    actor.must("data.upload")
    with suppress(FileNotFoundError):
        return _path(actor.id, fingerprint).stat().st_size
    return 0


def take_piece(*, actor: Actor, fingerprint: str, offset: int, piece: bytes) -> int:
    """Write a piece where the file ends so far; how many bytes are here now.

    A piece that does not begin there is left out: whoever sends hears where to go on. Raises `TooLarge` and `NoRoom`;
    the pieces before are kept.
    """
    actor.must("data.upload")
    path = _path(actor.id, fingerprint)
    with storage.room():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(path, "ab", buffering=0, opener=storage.private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = os.fstat(file.fileno()).st_size
            if not _still_at(path, file.fileno()):
                return 0  # it was taken in meanwhile
            if offset != size:
                return size
            if size + len(piece) > settings.UPLOAD_MAX_BYTES:
                raise storage.TooLarge
            return size + _written(file, piece, size)


def _written(file: object, piece: bytes, size: int) -> int:
    """Write all of a piece or nothing of it."""
    rest = memoryview(piece)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        os.ftruncate(file.fileno(), size)
        raise
    return len(piece)


class Arrived(storage.Incoming):
    """A file that came in pieces. Unlike one that comes at once, it stays when it is not kept: its way was long."""

    def __init__(self, path: Path) -> None:
        self.size = 0
        self._hash = hashlib.sha256()
        self._path = path
        self._file = open(path, "r+b")  # noqa: SIM115 - closed by keep or discard

    def read(self) -> str:
        """Take the file for oneself and read it through; its fingerprint."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        if not _still_at(self._path, self._file.fileno()):
            raise FileNotFoundError
        pieces = hashlib.sha256()
        while piece := self._file.read(PIECE):
            self.size += len(piece)
            self._hash.update(piece)
            pieces.update(hashlib.sha256(piece).digest())
        return pieces.hexdigest()

    def discard(self) -> None:
        with suppress(OSError):
            self._file.close()

    def forget(self) -> None:
        """Remove what came."""
        self._path.unlink(missing_ok=True)


@contextmanager
def arrived(*, actor: Actor, fingerprint: str, size: int) -> Iterator[Arrived]:
    """A file of which all pieces are here, for `keep_upload`. What is not kept stays a day, to be sent otherwise."""
    actor.must("data.upload")
    try:
        incoming = Arrived(_path(actor.id, fingerprint))
    except FileNotFoundError:
        raise Refusal(NOT_ALL, {"there": _said(0), "size": _said(size)}, status=409) from None
    try:
        _must_be_whole(incoming, fingerprint, size)
        yield incoming
    finally:
        incoming.discard()


def _must_be_whole(incoming: Arrived, fingerprint: str, size: int) -> None:
    try:
        found = incoming.read()
    except FileNotFoundError:
        raise Refusal(NOT_ALL, {"there": _said(0), "size": _said(size)}, status=409) from None
    if incoming.size < size:
        raise Refusal(NOT_ALL, {"there": _said(incoming.size), "size": _said(size)}, status=409)
    if found != fingerprint:
        incoming.forget()
        raise Refusal(NOT_THE_SAME, status=409)


def _path(person: UUID, fingerprint: str) -> Path:
    return storage.root() / "incoming" / f"{person.hex}-{fingerprint}"


def _still_at(path: Path, descriptor: int) -> bool:
    """Whether an open file is still the one of that name, and not one that was taken in meanwhile."""
    with suppress(FileNotFoundError):
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    return False


def _said(size: int) -> str:
    return filesizeformat(size).replace("\xa0", " ")

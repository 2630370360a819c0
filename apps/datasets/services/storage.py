"""Where files lie: one folder for each workspace, everything in it under generated names.

    <storage>/<workspace>/incoming/<random>                     a file on its way in
    <storage>/<workspace>/incoming/<person>-<fingerprint>       one that comes in pieces (`arriving.py`)
    <storage>/<workspace>/incoming/candidate-<work>/            what data would be made of, while metrics are computed
    <storage>/<workspace>/uploads/<upload>/original             an upload, as it came
    <storage>/<workspace>/uploads/<upload>/rejected-<lang>.csv  its rejected rows, when somebody asked for them
    <storage>/<workspace>/datasets/<dataset>/<upload>/<try>/    the Parquet files that one load wrote, and beside each
                                                                the hashes of its row keys (`.parquet.keys`)

A file gets its final name only when it is whole and on disk, and a row in the database only after that. So a file
without a row is rubbish (`sweep_orphans`), and a row without its file does not happen.
"""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from apps.datasets.models import path_of, root
from apps.kernel.issue import N_, Refusal

__all__ = ["Incoming", "NoRoom", "TooLarge", "path_of", "private", "receiving", "room", "root"]

ORPHAN_AFTER_SECONDS = 24 * 3600
_KEYS = ".keys"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class NoRoom(Refusal):
    """The disk is full."""

    default_status = 507

    def __init__(self) -> None:
        super().__init__(
            N_("The server has no room left for this file. Nothing was saved. Tell your operator, then try again.")
        )


class TooLarge(Refusal):
    """The file is larger than what is taken."""

    default_status = 413

    def __init__(self) -> None:
        super().__init__(
            N_("The file is larger than %(limit)s. Split it, or leave out columns you do not need."),
            {"limit": filesizeformat(settings.UPLOAD_MAX_BYTES).replace("\xa0", " ")},
        )


def key_of(path: str | Path) -> str:
    """What is kept of a path: the part below the storage's root."""
    return str(Path(path).resolve().relative_to(settings.STORAGE_ROOT.resolve()))


def folder_of_upload(upload_id: UUID) -> Path:
    return root() / "uploads" / str(upload_id)


def kept_twice(key: str, upload_id: UUID) -> str:
    """Give the file of an upload to another one as well, and return its key: one file on disk, which stays until both
    are removed. Raises `NoRoom`."""
    folder = folder_of_upload(upload_id)
    with room():
        folder.mkdir(parents=True, mode=0o700)
        final = folder / "original"
        os.link(path_of(key), final)
        for changed in (folder, folder.parent):
            _sync_folder(changed)
    return key_of(final)


class Incoming:
    """A file on its way in: written, hashed and counted as it comes, under a temporary name where it will stay."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()
        with room():
            folder = root() / "incoming"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path = folder / uuid4().hex
            self._file = open(self._path, "xb", opener=private)  # noqa: SIM115 - closed by keep or discard

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Take the next piece. Raises `TooLarge` or `NoRoom`; the file is then of no use."""
        self.size += len(chunk)
        if self.size > settings.UPLOAD_MAX_BYTES:
            raise TooLarge
        self._hash.update(chunk)
        with room():
            self._file.write(chunk)

    def keep(self, upload_id: UUID) -> str:
        """Bring the file to disk, give it its final name, and return its key. Raises `NoRoom`."""
        folder = folder_of_upload(upload_id)
        with room():
            self._file.flush()
            os.fsync(self._file.fileno())
            folder.mkdir(parents=True, mode=0o700)
            final = folder / "original"
            self._path.rename(final)
            self._file.close()
            for changed in (folder, folder.parent, folder.parent.parent):
                _sync_folder(changed)
        return key_of(final)

    def discard(self) -> None:
        """Remove what was written under the temporary name, if it is still there. Never fails."""
        with suppress(OSError):  # closing flushes, and a full disk refuses that too
            self._file.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


@contextmanager
def receiving() -> Iterator[Incoming]:
    """An `Incoming` for a block; whatever of it was not kept is removed afterwards."""
    incoming = Incoming()
    try:
        yield incoming
    finally:
        incoming.discard()


def remove_upload(upload_id: UUID, dataset_id: UUID | None = None) -> None:
    """Remove the folder of an upload that has no row, or whose row says that it was discarded; and what was made ready
    of it for a dataset."""
    shutil.rmtree(folder_of_upload(upload_id), ignore_errors=True)
    if dataset_id is not None:
        shutil.rmtree(_tries(dataset_id, upload_id), ignore_errors=True)


def _tries(dataset_id: UUID, upload_id: UUID) -> Path:
    return root() / "datasets" / str(dataset_id) / str(upload_id)


def remove_paths(paths: Collection[str]) -> None:
    """Remove files of the current workspace; those that are gone already are passed over."""
    for path in paths:
        for each in (path, f"{path}{_KEYS}"):
            path_of(key_of(each)).unlink(missing_ok=True)


def remove_unnamed(dataset_id: UUID, upload_id: UUID, named: Collection[str]) -> None:
    """Remove everything that the loads of an upload wrote, but for files that something names."""
    for path in (root() / "datasets" / str(dataset_id) / str(upload_id)).rglob("*"):
        if path.is_file() and str(path).removesuffix(_KEYS) not in named:
            path.unlink(missing_ok=True)


def remove_dataset(dataset_id: UUID) -> None:
    """Remove every file that loads of a dataset wrote."""
    shutil.rmtree(root() / "datasets" / str(dataset_id), ignore_errors=True)


def remove_folder(name: str) -> None:
    """Remove a folder of things that can be made anew."""
    shutil.rmtree(root() / name, ignore_errors=True)


def sweep_dataset(dataset_id: UUID, named: Collection[str], living: Collection[UUID], now: float) -> int:
    """Remove files of a dataset that nothing names, that are older than a day, and are not the text of an upload that
    is there; how many."""
    removed = 0
    for path in (root() / "datasets" / str(dataset_id)).rglob("*.parquet*"):
        with suppress(OSError):
            raw = any(path.name.startswith(f"{upload}-raw-") for upload in living)
            if str(path).removesuffix(_KEYS) in named or raw or now - path.stat().st_mtime < ORPHAN_AFTER_SECONDS:
                continue
            path.unlink()
            removed += 1
    return removed


@contextmanager
def output_folder(dataset_id: UUID, upload_id: UUID) -> Iterator[Path]:
    """A new folder for one try of a load; what other tries left is removed first, and this one if the block fails."""
    tries = _tries(dataset_id, upload_id)
    shutil.rmtree(tries, ignore_errors=True)
    folder = tries / uuid4().hex
    with room():
        folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def orphan_candidates() -> list[UUID]:
    """Uploads that have had a folder for a day or longer. One without a row is rubbish."""
    found = []
    for entry in _entries(root() / "uploads"):
        with suppress(ValueError, OSError):
            if _is_old(entry):
                found.append(UUID(entry.name))
    return found


def sweep(orphans: Collection[UUID]) -> int:
    """Remove these uploads' folders, and files on their way in that nobody has written to for a day."""
    removed = 0
    for upload_id in orphans:
        remove_upload(upload_id)
        removed += 1
    for entry in _entries(root() / "incoming"):
        with suppress(OSError):
            if _is_old(entry):
                shutil.rmtree(entry.path) if entry.is_dir() else os.unlink(entry.path)
                removed += 1
    return removed


def _entries(folder: Path) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _is_old(entry: os.DirEntry) -> bool:
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > ORPHAN_AFTER_SECONDS


def private(path: str, flags: int) -> int:
    """An opener of files that nobody else of the machine may read."""
    return os.open(path, flags, mode=0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def room() -> Iterator[None]:
    """Errors of a full disk become `NoRoom`."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise NoRoom from error
        raise

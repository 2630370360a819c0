"""A table that came packed: gzip, or a ZIP with one file in it, unpacked into the child's own directory.

Names inside an archive are only shown, never used as paths. What unpacks to far more than a table would is given up as
soon as that shows, whatever the archive says of itself.
"""

from __future__ import annotations

import errno
import gzip
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from apps.engine.unreadable import Damaged, Unreadable
from apps.kernel.issue import N_, Issue

GZIP, ZIP = "gzip", "zip"
GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")

_MIB = 1 << 20
_SUSPECT = 100 * _MIB
_MOST_RATIO = 100
_MOST_UNPACKED = 6 << 30
_HEAD = 8
_NAMED = 5
_NOT_A_TABLE = ("__MACOSX/",)
_NOT_A_FILE = (".DS_Store", "Thumbs.db", "desktop.ini")
_OFFICE = ("xl/workbook.xml", "xl/workbook.bin", "content.xml", "word/document.xml", "ppt/presentation.xml")
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, gzip.BadGzipFile, EOFError, ValueError,
    NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True)
class Packed:
    """The file inside: where it lies now, its name, and what it came in."""

    path: str
    filename: str
    container: str = ""


@contextmanager
def sound() -> Iterator[None]:
    """Whatever an archive can be damaged in raises BadZipFile: places before its beginning are an OSError otherwise."""
    try:
        yield
    except Damaged:
        raise
    except _DAMAGED as error:
        raise zipfile.BadZipFile(str(error)[:200]) from error
    except OSError as error:
        if error.errno in (None, errno.EINVAL):
            raise zipfile.BadZipFile(str(error)[:200]) from error
        raise


def unpacked(path: str, filename: str, work_dir: str) -> Packed:
    """The table in the archive at `path`; any other file as it is. Raises Unreadable."""
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    try:
        with sound():
            if head.startswith(GZIP_MAGIC):
                return _from_gzip(path, filename, work_dir)
            if head.startswith(ZIP_MAGIC):
                return _from_zip(path, filename, work_dir)
    except zipfile.BadZipFile as error:
        message = N_("The archive is damaged or was cut off on its way. Pack it again, or upload the table itself.")
        raise Unreadable([Issue(filename, message)]) from error
    return Packed(path, filename)


def _from_gzip(path: str, filename: str, work_dir: str) -> Packed:
    inner = PurePosixPath(filename).name
    inner = inner[: -len(".gz")] if inner.lower().endswith(".gz") else inner
    out = os.path.join(work_dir, "unpacked")
    with gzip.open(path) as stream:
        _copy(stream, out, os.path.getsize(path), filename)
    return _only_once(Packed(out, inner, GZIP), filename)


def _from_zip(path: str, filename: str, work_dir: str) -> Packed:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if names & set(_OFFICE):
            return Packed(path, filename)
        members = [member for member in archive.infolist() if _counts(member)]
        if len(members) != 1:
            raise Unreadable([_not_one(members, filename)])
        member = members[0]
        if member.flag_bits & 1:
            message = N_("The archive is protected by a password. Unpack it and upload the table itself.")
            raise Unreadable([Issue(filename, message)])
        if (harm := _outside(member.filename)) is not None:
            raise Unreadable([Issue(filename, harm, {"name": member.filename[:200]})])
        out = os.path.join(work_dir, "unpacked")
        with archive.open(member) as stream:
            _copy(stream, out, max(member.compress_size, 1), filename)
    return _only_once(Packed(out, PurePosixPath(member.filename).name, ZIP), filename)


def _counts(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a file that somebody packed, and not what a system leaves beside it."""
    if (name := member.filename) == "":
        return False
    return not member.is_dir() and not name.startswith(_NOT_A_TABLE) and PurePosixPath(name).name not in _NOT_A_FILE


def _outside(name: str) -> str | None:
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or name[1:2] == ":":
        return N_(
            "The file inside is called “%(name)s”, a path that leads out of the archive. Nothing was unpacked. "
            "Pack the table again, without its folder, or upload the table itself."
        )
    return None


def _not_one(members: list[zipfile.ZipInfo], filename: str) -> Issue:
    if not members:
        return Issue(filename, N_("The archive is empty. Upload the table itself."))
    names = ", ".join(member.filename[:80] for member in members[:_NAMED])
    names += ", …" if len(members) > _NAMED else ""
    message = N_("The archive holds %(count)s files (%(names)s). Upload one table at a time.")
    return Issue(filename, message, {"count": len(members), "names": names})


def _copy(stream: IO[bytes] | gzip.GzipFile, out_path: str, packed: int, filename: str) -> None:
    """Unpack, and give up when it becomes too much."""
    size = 0
    with open(out_path, "wb") as out:
        while chunk := stream.read(_MIB):
            size += len(chunk)
            if size > _MOST_UNPACKED or (size > _SUSPECT and size > packed * _MOST_RATIO):
                message = N_(
                    "The archive unpacks to more than %(mib)s MiB, more than %(ratio)s times its size: it was not "
                    "unpacked further. Upload the table itself."
                )
                raise Unreadable([Issue(filename, message, {"mib": size // _MIB - 1, "ratio": size // packed})])
            out.write(chunk)


def _only_once(packed: Packed, filename: str) -> Packed:
    with open(packed.path, "rb") as file:
        head = file.read(_HEAD)
    if head.startswith(GZIP_MAGIC):
        message = N_("Inside the archive is another archive. Unpack it and upload the table itself.")
        raise Unreadable([Issue(filename, message)])
    if head.startswith(ZIP_MAGIC):
        with zipfile.ZipFile(packed.path) as archive:
            if not set(archive.namelist()) & set(_OFFICE):
                message = N_("Inside the archive is another archive. Unpack it and upload the table itself.")
                raise Unreadable([Issue(filename, message)])
    return packed

"""How a file is read, as far as people say it: what can be said, and what of it holds for the next file too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.engine.shape import DELIMITERS, LABELS, Aside, Reading
from apps.kernel.issue import N_, Issue

ENCODINGS = LABELS
LAST_HEADER_ROW = 10_000
TOTAL_ROW, REPEATED_HEADER = Aside.TOTAL_ROW.value, Aside.REPEATED_HEADER.value


def faults_of(encoding: str, delimiter: str, header_row: int, keep: Sequence[str]) -> list[Issue]:
    """Everything wrong with reading a file like this."""
    found: list[Issue] = []
    if encoding and encoding not in LABELS:
        message = N_("“%(encoding)s” is no encoding that can be read.")
        found.append(Issue("encoding", message, {"encoding": encoding[:40]}))
    if delimiter and (len(delimiter) != 1 or delimiter not in DELIMITERS):
        found.append(Issue("delimiter", N_("Columns are separated by a comma, a semicolon, a tab or a bar.")))
    if not 0 <= header_row <= LAST_HEADER_ROW:
        message = N_("The header is in one of the first %(most)s rows.")
        found.append(Issue("header_row", message, {"most": LAST_HEADER_ROW}))
    if set(keep) - set(Aside):
        found.append(Issue("keep", N_("Only totals and repeated headers can be kept.")))
    return found


def reading_of(shape: Mapping[str, Any] | None) -> Reading:
    """How a file was read when it was looked at: it is loaded the same way."""
    return Reading.from_json((shape or {}).get("reading") or {})


def to_remember(reading: Reading, twins: str) -> dict[str, object]:
    """What holds for the next file of the same data: what its rows and words mean, not where they stand."""
    return {"keep": list(reading.keep), "nulls": list(reading.nulls or ()), "twins": twins}


def remembered(kept: Mapping[str, Any]) -> Reading:
    """A reading of what was remembered; nothing was: all is found out."""
    if not kept:
        return Reading()
    return Reading(keep=tuple(kept.get("keep", ())), nulls=tuple(kept.get("nulls", ())))

"""How a file is read, as far as people say it: what can be said, and what of it holds for the next file too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.engine.shape import DELIMITERS, LABELS, Aside, Reading
from apps.kernel.issue import N_, Issue

ENCODINGS = LABELS
LAST_HEADER_ROW = 10_000
TOTAL_ROW, REPEATED_HEADER, HIDDEN_ROW = Aside.TOTAL_ROW.value, Aside.REPEATED_HEADER.value, "hidden_row"


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


REASON_HEADERS = frozenset({"原因", "Reason", "reason"})
"""What the column of reasons is called in files of rejected rows that were given back; it is no column of the data."""


def to_remember(
    reading: Reading, mapping: Mapping[str, Any], *, said: Mapping[str, Any], sheet: str, headers: Sequence[str]
) -> dict[str, object]:
    """What holds for the next file of the same data: what its rows and words mean, and what somebody had to say of
    where they stand (`said`: a Reading as JSON). What was found out is found out again, but for the encoding, which the
    next file is taken to be in where nothing in it tells."""
    kept: dict[str, object] = {
        "keep": list(reading.keep),
        "shown_only": reading.shown_only,
        "nulls": list(reading.nulls or ()),
        "twins": mapping.get("twins", ""),
        "meets": mapping.get("meets", ""),
        "likely": reading.encoding,
        "headers": [header for header in headers if header not in REASON_HEADERS],
    }
    places = {"delimiter": said.get("delimiter"), "header_row": said.get("header_row"), "sheet": said and sheet}
    return kept | {name: value for name, value in places.items() if value}


def remembered(kept: Mapping[str, Any], *, places: bool = True) -> Reading:
    """A reading of what was remembered; nothing was: all is found out. Without `places` the header and so on are looked
    for anew, as in a file that is not built as the last one."""
    if not kept:
        return Reading()
    where = kept if places else {}
    return Reading(
        delimiter=str(where.get("delimiter", "")),
        header_row=int(where.get("header_row", 0)),
        keep=tuple(kept.get("keep", ())),
        shown_only=bool(kept.get("shown_only")),
        nulls=tuple(kept.get("nulls", ())) if "nulls" in kept else None,
        likely=str(kept.get("likely", "")),
    )


def shared_headers(one: Sequence[str], other: Sequence[str]) -> int:
    """How many columns two files have in common, where those are most of each; else 0."""
    mine, theirs = set(one) - REASON_HEADERS, set(other) - REASON_HEADERS
    both = len(mine & theirs)
    return both if both >= 2 and 2 * both > max(len(mine), len(theirs)) else 0


def same_headers(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two files have the same columns, in whatever order; a column of reasons is none."""
    return sorted(set(one) - REASON_HEADERS) == sorted(set(other) - REASON_HEADERS)

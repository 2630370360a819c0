"""Translations: each room's .po file is compiled to the .mo file that Django reads, when it is newer."""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from config.devstack.paths import ROOT
from config.devstack.problems import DevstackError


def compile_messages(root: Path = ROOT) -> int:
    """Compile every out-of-date .po of the rooms; returns how many. Raises DevstackError naming a bad file and line."""
    count = 0
    for source in sorted(root.glob("apps/*/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            _compile(source, target)
            count += 1
    return count


def _compile(source: Path, target: Path) -> None:
    try:
        with open(source, "rb") as handle:
            catalog = read_po(handle, locale=source.parents[1].name, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, ValueError) as error:
        raise DevstackError(f"{source} cannot be read: {error}", "Mend the file and start again.") from error
    draft = target.with_name(f"{target.name}.{os.getpid()}.new")
    with open(draft, "wb") as handle:
        write_mo(handle, catalog)
    draft.replace(target)

"""Statements as PDF/A-2b: data in, bytes out, the same bytes for the same data, fonts and Typst.

Runs in a process of its own under limits (`main`): one JSON document in each line of stdin, for each a line with its
length (or what was wrong) and then its bytes. Data reaches the template as JSON, never as markup. What no font of ours
can draw is written as its code point, so that a name is never silently another one.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import typst

TEMPLATE = Path(__file__).with_name("statement.typ")
CPU_SECONDS = 1_800
MEMORY = 2 << 30
FILES = 32
MOST_TEXT = 2_000
TRIES = 40
_UNDRAWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")


class Press:
    """Typst with our fonts and template, ready to print. `fonts` is the folder that `static/src/build.mjs` fills."""

    def __init__(self, fonts: str) -> None:
        self._compiler = typst.Compiler(
            input=str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=[fonts], ignore_system_fonts=True
        )

    def print(self, document: Mapping[str, Any]) -> bytes:
        """The PDF of one statement; `document["made"]` (ISO, with its zone) is its only date."""
        made = datetime.fromisoformat(document["made"]).replace(microsecond=0)
        text = json.dumps(_readable(document), ensure_ascii=False)
        for _ in range(TRIES):
            try:
                return self._compiled(text, made)
            except typst.TypstError as error:
                undrawn = _UNDRAWN.search(str(error))
                if undrawn is None:
                    raise
                text = _spelled(text, _ESCAPED.sub(lambda found: chr(int(found[1], 16)), undrawn[1]))
        return self._compiled("".join(each if each.isascii() else _code(each) for each in text), made)

    def _compiled(self, text: str, made: datetime) -> bytes:
        found = self._compiler.compile(format="pdf", sys_inputs={"data": text}, pdf_standards=["a-2b"], timestamp=made)
        if not isinstance(found, bytes):
            raise TypeError("a PDF is one file")
        return found


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def _spelled(text: str, undrawn: str) -> str:
    for character in set(undrawn):
        if not character.isascii():
            text = text.replace(character, _code(character))
    return text


def _readable(value: Any) -> Any:
    """Without what steers rather than says (controls, turned directions), and not longer than a page can bear."""
    if isinstance(value, str):
        plain = "".join(_plain(each) for each in value[:MOST_TEXT])
        return plain + "…" if len(value) > MOST_TEXT else plain
    if isinstance(value, Mapping):
        return {key: _readable(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_readable(each) for each in value]
    return value


def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    return "" if kind == "Cf" else _code(character) if kind in ("Cn", "Co", "Cs") else character


def main(fonts: str, asked: BinaryIO, answers: BinaryIO) -> None:
    """Print until there is nothing more to print."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes nothing but its answers
    press = Press(fonts)
    for line in asked:
        try:
            pdf = press.print(json.loads(line))
        except Exception as error:
            answers.write(f"failed {type(error).__name__}\n".encode())
        else:
            answers.write(f"{len(pdf)}\n".encode() + pdf)
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)

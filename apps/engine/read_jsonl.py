"""JSON lines: an object for each row. Its keys are the columns, in the order in which they first come up.

Numbers stay the digits that stand in the file; lists and objects inside a cell stay JSON. A row that lacks a key has an
empty cell there. A key that comes twice in a row makes the row a bad one: nobody can say which was meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apps.engine.cells import strip
from apps.engine.encodings import NotText
from apps.engine.headings import recognised
from apps.engine.requests import AS_FOUND, Reading, RejectCode
from apps.engine.source import LONGEST_RECORD, MOST_BLANK, Record, line_writer

DELIMITER = ","
_MOST_KEYS = 20_000


class _Digits(str):
    """A number as it stands in the file."""


class _Twice(ValueError):
    """A key comes twice in one object."""


class JsonLinesSource:
    """A file of JSON lines in UTF-8. Opening it reads it once for its keys. Raises NotText."""

    kind = "jsonl"
    delimiter = DELIMITER
    header_row = 0
    joined = False

    def __init__(self, path: str, reading: Reading = AS_FOUND, encoding: str = "") -> None:
        self.path = path
        self.encoding = encoding or "UTF-8"
        self.size = Path(path).stat().st_size
        self.position = 0
        self.titles: list[tuple[int, str]] = []
        self.blank: list[int] = []
        self._keep = reading.keep
        self._write = line_writer(DELIMITER)
        self._keys: dict[str, int] = {}
        for _, _, found in self._objects():
            if isinstance(found, dict) and len(self._keys) < _MOST_KEYS:
                for key in found:
                    self._keys.setdefault(key, len(self._keys))
        self.header = [strip(key) for key in self._keys]

    def records(self) -> Iterator[Record]:
        """Every line that is not blank, in order."""
        self.blank.clear()
        return recognised(self._records(), (), DELIMITER, self._keep)

    def _records(self) -> Iterator[Record]:
        for row, line, found in self._objects(count_blank=True):
            if isinstance(found, RejectCode):
                yield Record(row, line, found)
                continue
            cells = [""] * len(self._keys)
            for key, value in found.items():
                cells[self._keys[key]] = _text(value)
            text = self._write(cells)
            code = RejectCode.TOO_LONG if len(text) > LONGEST_RECORD else None
            if b"\0" in text:
                code = RejectCode.BAD_CHARACTER
            yield Record(row, text[:LONGEST_RECORD], code)

    def _objects(self, *, count_blank: bool = False) -> Iterator[tuple[int, bytes, dict[str, Any] | RejectCode]]:
        """The number of each line that is not blank, the line, and its object or why it is none."""
        with open(self.path, "rb") as file:
            row = position = 0
            while line := file.readline(LONGEST_RECORD + 2):
                row += 1
                start = position
                position += len(line)
                too_long = len(line) > LONGEST_RECORD + 1 and not line.endswith(b"\n")
                while too_long and (more := file.readline(LONGEST_RECORD)):
                    position += len(more)
                    if more.endswith(b"\n"):
                        break
                self.position = position
                text = line.removeprefix(b"\xef\xbb\xbf") if row == 1 else line
                text = text.strip()
                if too_long:
                    yield row, text, RejectCode.TOO_LONG
                elif not text:
                    if count_blank and len(self.blank) < MOST_BLANK:
                        self.blank.append(row)
                else:
                    yield row, text, _parsed(text, start, row)


def _parsed(line: bytes, start: int, row: int) -> dict[str, Any] | RejectCode:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise NotText("utf-8", start + error.start, row) from error
    try:
        found = json.loads(
            text, parse_int=_Digits, parse_float=_Digits, parse_constant=_Digits, object_pairs_hook=_once
        )
    except (ValueError, RecursionError):
        return RejectCode.BAD_LINE
    return found if isinstance(found, dict) else RejectCode.BAD_LINE


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    return _json(value)


def _json(value: object) -> str:
    """A list or object as JSON again, with its numbers as they stood."""
    if isinstance(value, _Digits):
        return str(value)
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_json(item)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)

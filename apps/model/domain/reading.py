"""Read YAML safely: plain data with the line of each part, and every fault with its line.

What a configuration needs is taken, the rest refused: no anchors and aliases (a small file could unfold into a huge
one), no tags, one document, each key once, limits of size and depth. Numbers with a point become Decimals, never
floats; `no`, `on` and days stay texts, as in YAML 1.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from apps.kernel.issue import N_, Issue, Refusal

MOST_BYTES = 1_000_000
MOST_PARTS = 100_000
DEEPEST = 60
MOST_FAULTS = 200

CANNOT_READ = N_("The model cannot be read. Mend what is listed.")
TOO_LARGE = N_("The model is too large: it may have %(most)s bytes.")
NOT_UTF8 = N_("The model is not a text in UTF-8. Save it as UTF-8.")
NO_YAML = N_("This is no YAML from here on (%(problem)s). Look at indentation, colons and quotes.")
NO_ALIASES = N_("Anchors (&) and aliases (*) are not read. Write it out.")
NO_TAGS = N_("Tags (!) are not read. Write a text, a number, true or false.")
ONE_DOCUMENT = N_("There is a second document in it. Write one model in each file.")
TWICE = N_("“%(key)s” is here twice; the first is in line %(line)s.")
NO_KEY = N_("A key has to be a text.")
TOO_DEEP = N_("This is nested too deeply.")
TOO_MANY = N_("The model has too many parts: it may have %(most)s.")
STRANGE_SIGNS = N_("There is a sign in this text that cannot be stored.")

Path = tuple[str | int, ...]
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,40}\.[0-9]{1,40}")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_STRANGE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Fault:
    """Something to mend: the issue, whose `where` is the path in the model, and the line (from 1) in the file."""

    line: int | None
    issue: Issue


class ModelRefused(Refusal):
    """A model that cannot be used, with every fault; 422."""

    def __init__(self, message: str, faults: list[Fault]) -> None:
        ordered = sorted(faults, key=lambda fault: fault.line or 0)[:MOST_FAULTS]
        super().__init__(message, issues=[fault.issue for fault in ordered])
        self.faults = tuple(ordered)


@dataclass(frozen=True)
class Read:
    """Plain data, and by path the line where each part begins."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, where: str) -> int | None:
        """The line of a dotted path, or of the nearest part above it; None where nothing has a line."""
        steps = [int(step) if step.isdecimal() and len(step) < 10 else step for step in where.split(".") if step]
        for length in range(len(steps), -1, -1):
            line = self.lines.get(tuple(steps[:length]))
            if line is not None:
                return line
        return None


def read_yaml(content: bytes | str) -> Read:
    """The data of a YAML text. ModelRefused with every fault that can be told at once."""
    text = _text(content)
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=Loader):
            builder.take(event)
    except yaml.YAMLError as error:
        builder.faults.append(_syntax(error))
    except _Stop:
        pass
    if builder.faults:
        raise ModelRefused(CANNOT_READ, builder.faults)
    return Read(builder.root, builder.lines)


def _text(content: bytes | str) -> str:
    size = len(content) if isinstance(content, bytes) else len(content.encode(errors="replace"))
    if size > MOST_BYTES:
        raise ModelRefused(CANNOT_READ, [Fault(None, Issue("", TOO_LARGE, {"most": MOST_BYTES}))])
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1 if isinstance(content, bytes) else None
        raise ModelRefused(CANNOT_READ, [Fault(line, Issue("", NOT_UTF8))]) from None
    strange = _STRANGE.search(text)
    if strange:
        line = text[: strange.start()].count("\n") + 1
        raise ModelRefused(CANNOT_READ, [Fault(line, Issue("", STRANGE_SIGNS))])
    return text


def _syntax(error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    told = str(getattr(error, "problem", "") or getattr(error, "reason", "") or "unreadable")
    return Fault(mark.line + 1 if mark else None, Issue("", NO_YAML, {"problem": told}))


class _Stop(Exception):
    """It makes no sense to read on."""


class _Nothing:
    """Stands where no key is waited for."""


_NOTHING = _Nothing()


@dataclass
class _Open:
    """A list or group of fields that is being read."""

    value: Any
    path: Path
    keys: dict[str, int] = field(default_factory=dict)
    key: str | _Nothing | None = _NOTHING


class _Builder:
    """Builds plain data from the events of a parser; never recursive, so that depth costs nothing."""

    def __init__(self) -> None:
        self.root: Any = None
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self._open: list[_Open] = []
        self._parts = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(line, ONE_DOCUMENT)
        elif isinstance(event, yaml.AliasEvent):
            self._fault(line, NO_ALIASES)
            self._put(None, line)
        elif isinstance(event, yaml.ScalarEvent):
            self._look(event, line)
            self._put(self._scalar(event, line), line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._look(event, line)
            self._enter({} if isinstance(event, yaml.MappingStartEvent) else [], line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()

    def _look(self, event: yaml.NodeEvent, line: int) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            self._stop(line, TOO_MANY, most=MOST_PARTS)
        if event.anchor is not None:
            self._fault(line, NO_ALIASES)
        if event.tag is not None:
            self._fault(line, NO_TAGS)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Any:
        text: str = event.value
        if _STRANGE.search(text):
            self._fault(line, STRANGE_SIGNS)
            return ""
        if event.style:  # quoted, or a block
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return Decimal(text) if _DECIMAL.fullmatch(text) else text

    def _enter(self, value: Any, line: int) -> None:
        if len(self._open) >= DEEPEST:
            self._stop(line, TOO_DEEP)
        self._open.append(_Open(value, self._put(value, line)))

    def _put(self, value: Any, line: int) -> Path:
        """Put a value where it belongs; its path. In a group of fields keys and values come in turn."""
        if not self._open:
            self.root = value
            self.lines[()] = line
            return ()
        around = self._open[-1]
        if isinstance(around.value, list):
            path = (*around.path, len(around.value))
            around.value.append(value)
            self.lines[path] = line
            return path
        if isinstance(around.key, _Nothing):
            around.key = self._key(around, value, line)
            return (*around.path, str(around.key))
        key, around.key = around.key, _NOTHING
        if key is None:
            return (*around.path, "?")
        around.value[key] = value
        return (*around.path, key)

    def _key(self, around: _Open, value: Any, line: int) -> str | None:
        """A key that stands here for the first time; None for one whose value is thrown away."""
        if isinstance(value, bool | int) and not isinstance(value, str):
            value = str(value).lower()
        if not isinstance(value, str):
            self._fault(line, NO_KEY)
            return None
        if value in around.keys:
            self._fault(line, TWICE, where=(*around.path, value), key=value[:80], line=around.keys[value])
            return None
        around.keys[value] = line
        self.lines[(*around.path, value)] = line
        return value

    def _fault(self, at: int, message: str, where: Path | None = None, **params: object) -> None:
        path = self._open[-1].path if where is None and self._open else where or ()
        self.faults.append(Fault(at, Issue(dotted(path), message, params)))
        if len(self.faults) >= MOST_FAULTS:
            raise _Stop

    def _stop(self, at: int, message: str, **params: object) -> None:
        self._fault(at, message, None, **params)
        raise _Stop


def dotted(path: Path) -> str:
    """A path as people read it: metrics.arpu.grains.0."""
    return ".".join(str(step) for step in path)

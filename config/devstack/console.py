"""Progress on the screen: one short line for each step."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


def _can_print(text: str, stream: TextIO) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class Console:
    """Writes steps and messages to one stream; silent when ``quiet``."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self.stream = stream or sys.stdout
        self.quiet = quiet
        self._open_step = ""
        fancy = _can_print("✓✗…", self.stream)
        self.mark_done, self.mark_failed, self.dots = ("✓", "✗", "…") if fancy else ("ok", "!!", "...")

    def say(self, text: str = "") -> None:
        """Print a line; a step that is still open is taken up again below it by its closing line."""
        if self.quiet:
            return
        self._erase()
        for line in text.split("\n"):
            self._write(line + "\n")
        if self._open_step:
            self._write(self._open_step)

    @contextmanager
    def step(self, name: str, since: float | None = None) -> Iterator[StepNote]:
        """Show ``name`` while the body runs, then a check mark and the seconds it took (from ``since``, if given)."""
        note, started = StepNote(), since or time.monotonic()
        self._open(name)
        try:
            yield note
        except BaseException:
            self._close(f"  {self.mark_failed} {name}")
            raise
        seconds = f"{time.monotonic() - started:.1f} s"
        mark = self.mark_failed if note.failed else self.mark_done
        self._close(f"  {mark} {name}  " + (f"({note.text}, {seconds})" if note.text else f"({seconds})"))

    def progress(self, name: str, text: str) -> None:
        """On a terminal: show how far the open step ``name`` is."""
        if self._open_step and text:
            self._erase()
            self._open(f"{name}: {text.strip()[: shutil.get_terminal_size().columns - len(name) - 10]}")

    def _open(self, name: str) -> None:
        if self.quiet or not self.stream.isatty():
            return
        self._open_step = f"  {self.dots[0]} {name} {self.dots}"
        self._write(self._open_step)

    def _close(self, line: str) -> None:
        self._erase()
        self._open_step = ""
        if not self.quiet:
            self._write(line + "\n")

    def _erase(self) -> None:
        if self._open_step and not self.quiet:
            self._write("\r\x1b[K")  # whatever its width: Chinese characters take two columns

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):
            self.quiet = True  # the terminal is gone: go on without it


class StepNote:
    """What a step wants to add to its closing line, for example "nothing to do"."""

    def __init__(self) -> None:
        self.text = ""
        self.failed = False  # went wrong, but the start goes on

"""What a bench found, on the screen and in `tests/bench/README.md`."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

README = Path(__file__).with_name("README.md")
START, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"


@dataclass(frozen=True)
class Figure:
    """One thing measured, in words, with its unit; `more` are further columns. A `head` begins a table of its own."""

    what: str
    value: str
    more: tuple[str, ...] = ()
    head: bool = False

    def __str__(self) -> str:
        return " | ".join([f"{self.what}: {self.value}", *self.more])


def write(results: Mapping[str, Sequence[Figure]]) -> None:
    """Replace the figures in the README by today's; benches that did not run keep theirs."""
    text = README.read_text(encoding="utf-8")
    kept = _sections(text)
    kept.update({name: _section(name, figures) for name, figures in results.items()})
    block = "\n\n".join(kept[name] for name in sorted(kept))
    body = f"{START}\n\n{block}\n\n{END}"
    README.write_text(
        re.sub(f"{re.escape(START)}.*{re.escape(END)}", lambda _: body, text, flags=re.S), encoding="utf-8"
    )


def _sections(text: str) -> dict[str, str]:
    inner = text.partition(START)[2].partition(END)[0]
    return {part.split("\n", 1)[0].strip(): f"### {part.strip()}" for part in inner.split("### ")[1:]}


def _section(name: str, figures: Sequence[Figure]) -> str:
    when = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [f"### {name}", "", f"Measured on {when}."]
    if not figures[0].head:
        lines += ["", *_head(Figure("what", "figure"))]
    for figure in figures:
        lines += ["", *_head(figure)] if figure.head else [_row(figure)]
    return "\n".join(lines)


def _head(figure: Figure) -> list[str]:
    return [_row(figure), "|---" * (2 + len(figure.more)) + "|"]


def _row(figure: Figure) -> str:
    return f"| {' | '.join([figure.what, figure.value, *figure.more])} |"

"""Pieces of pages of pay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django import template

register = template.Library()


@dataclass
class Part:
    """A heading of a plan's text with the lines below it."""

    title: str
    lines: list[str] = field(default_factory=list)


@register.filter
def sections(lines: Iterable[str]) -> list[Part]:
    """The lines of a published text (`domain.plan_text.as_text`) by heading; its first line, the name, is left out."""
    found: list[Part] = []
    for line in lines:
        if line.startswith("- "):
            if not found:
                found.append(Part(""))
            found[-1].lines.append(line[2:])
        elif line.strip():
            found.append(Part(line))
    return [part for part in found if part.lines]

"""The library: every known North Star that ships with the product, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from apps.choosing.domain.templates import INDUSTRIES, Template, read_template
from apps.kernel.issue import N_, NotHere

FOLDER = Path(__file__).resolve().parent.parent / "library"


@cache
def library() -> Mapping[str, Template]:
    """Every template by its key, in the order of the industries, then of the files."""
    order = list(INDUSTRIES)
    found = [read_template(path.stem, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return MappingProxyType(
        {each.key: each for each in sorted(found, key=lambda each: order.index(each.front.industry))}
    )


def template_for(key: str) -> Template:
    """One template. Raises `NotHere`."""
    found = library().get(key)
    if found is None:
        raise NotHere(N_("There is no such North Star in the library."))
    return found


def found(text: str = "", industry: str = "") -> list[Template]:
    """The templates that a search finds, of one industry or all."""
    return [
        each for each in library().values() if (not industry or each.front.industry == industry) and each.says(text)
    ]

"""What is filled into a notice, as it is kept: names, numbers and days, written only when somebody reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeAlias

Filled: TypeAlias = str | int | date
LONGEST = 300


def pack(params: Mapping[str, Filled]) -> dict[str, object]:
    """What is filled in, as JSON. A figure with decimals is refused: amounts and values never stand in a notice."""
    return {name: _packed(name, value) for name, value in params.items()}


def said(message: str, params: Mapping[str, object], write_day: Callable[[date], str]) -> str:
    """A translated message with what is filled in; the bare message where a release has changed what it asks for."""
    try:
        return message % {name: _unpacked(value, write_day) for name, value in params.items()}
    except (KeyError, TypeError, ValueError):
        return message


def is_own_path(url: str) -> bool:
    """Whether an address is a path of the company's own host, so that a notice never leads anywhere else."""
    return url.startswith("/") and not url.startswith("//") and "\\" not in url and url.isprintable()


def one_line(text: str) -> str:
    """A text without line breaks and other control characters, as the head of a mail takes it."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _packed(name: str, value: Filled) -> object:
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"{name} is a {type(value).__name__}; a notice takes names, whole numbers and days.")
    return value[:LONGEST] if isinstance(value, str) else value


def _unpacked(value: object, write_day: Callable[[date], str]) -> object:
    if isinstance(value, dict) and "day" in value:
        return write_day(date.fromisoformat(str(value["day"])))
    return value

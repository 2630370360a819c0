"""Why a value is missing, not final, or was changed: a message and its values, said in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reason:
    """`message` is an English msgid with named %-placeholders, filled from `params` (plain JSON values)."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def in_words(self, translate: Callable[[str], str]) -> str:
        """The sentence, through `translate` (gettext) first."""
        words = translate(self.message)
        return words % dict(self.params) if self.params else words

    def to_json(self) -> dict[str, Any]:
        return {"message": self.message, "params": dict(self.params)}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Reason | None:
        """None for an empty mapping: no reason is kept."""
        return cls(written["message"], written.get("params", {})) if written else None

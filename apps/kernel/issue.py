"""What is wrong, where, and how to mend it: the one shape in which every room reports trouble to a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


def N_(message: str) -> str:
    """Mark an English message for translation and return it unchanged."""
    return message


def _fill(message: str, params: Mapping[str, object]) -> str:
    return message % dict(params) if params else message


def _untranslated(message: str) -> str:
    return message


@dataclass(frozen=True)
class Issue:
    """One thing wrong with something a user gave us.

    `where` is a place the user knows ("row 12, column amount"), `message` an English gettext msgid with named
    %-placeholders filled from `params`; `blocking` is False for what is only worth knowing.
    """

    where: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict, hash=False)
    blocking: bool = True

    def in_words(self, translate: Callable[[str], str] = _untranslated) -> str:
        """The message with its values, through `translate` (gettext) first; without the place."""
        return _fill(translate(self.message), self.params)

    def __str__(self) -> str:
        return f"{self.where}: {self.in_words()}" if self.where else self.in_words()


class Refusal(Exception):
    """Something a user may not do, or must mend first, with one sentence for them.

    `status` is the HTTP status a page answers with; `issues` lists every single thing to mend.
    """

    default_status = 422

    def __init__(
        self,
        message: str,
        params: Mapping[str, object] | None = None,
        status: int | None = None,
        issues: Sequence[Issue] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.params: Mapping[str, object] = dict(params or {})
        self.status = self.default_status if status is None else status
        self.issues = tuple(issues)

    def in_words(self, translate: Callable[[str], str] = _untranslated) -> str:
        """The sentence with its values, through `translate` (gettext) first."""
        return _fill(translate(self.message), self.params)

    def __str__(self) -> str:
        return self.in_words()


class NotHere(Refusal):
    """There is no such thing, or the user may not know that there is."""

    default_status = 404


class Forbidden(Refusal):
    """The thing is there, and the user's role does not allow the act."""

    default_status = 403

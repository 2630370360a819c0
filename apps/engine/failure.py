"""How the engine says that it could not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from apps.kernel.issue import N_, Issue


class EngineFailure(Exception):
    """The request was not carried out, and nothing of it is left behind.

    `reason` is a sentence for a person, `in_words(gettext)` the same in their language, `issues` each single thing to
    mend. `retry` is True when the same request may succeed later (stopped, out of time, memory or disk), False when
    the input has to change first.
    """

    def __init__(
        self,
        message: str,
        params: Mapping[str, object] | None = None,
        *,
        retry: bool = False,
        issues: Sequence[Issue] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.params: Mapping[str, object] = dict(params or {})
        self.retry = retry
        self.issues = tuple(issues)

    @property
    def reason(self) -> str:
        """The sentence in English."""
        return self.in_words(str)

    def in_words(self, translate: Callable[[str], str]) -> str:
        """The sentence with its values, through `translate` (gettext) first."""
        words = translate(self.message)
        return words % dict(self.params) if self.params else words

    def __str__(self) -> str:
        return " ".join([self.reason, *(str(issue) for issue in self.issues)])


def out_of_memory() -> EngineFailure:
    """What is said when a limit of memory was met, on either side."""
    return EngineFailure(N_("This needs more memory than it is allowed. Split the file, or ask for more."), retry=True)

"""What goes wrong on the way to a source, as a sentence for the person who looks after it."""

from __future__ import annotations


class Trouble(Exception):
    """Why nothing was read: an English message id, filled from `params`; `retry` if it may pass by itself."""

    def __init__(self, message: str, params: dict[str, object] | None = None, *, retry: bool = False) -> None:
        super().__init__(message)
        self.message, self.params, self.retry = message, params or {}, retry

    def to_json(self) -> dict[str, object]:
        return {"message": self.message, "params": self.params, "retry": self.retry}

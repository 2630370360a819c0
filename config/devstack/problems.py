"""What goes wrong while the house is set up, in words for the person at the keyboard."""

from __future__ import annotations


class DevstackError(Exception):
    """A problem with a sentence that says what happened and one that says how to mend it."""

    def __init__(self, message: str, hint: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class StopRequested(Exception):
    """Somebody asked us to stop (Ctrl-C, SIGTERM, SIGHUP)."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"signal {signal_number}")
        self.signal_number = signal_number

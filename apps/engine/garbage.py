"""When Python looks for garbage: a request makes hundreds of thousands of small things at once, and none of it is."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_THINGS = 100_000


def seldom() -> None:
    """Look after so many new things instead of 700: for a process that does one request."""
    gc.set_threshold(_NEW_THINGS, 10, 10)


@contextmanager
def unsought() -> Iterator[None]:
    """Do not look meanwhile: an answer of 90,000 figures is read in a third of the time."""
    was_sought = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_sought:
            gc.enable()

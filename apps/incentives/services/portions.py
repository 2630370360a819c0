"""Many things, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Each = TypeVar("Each")


def portions(items: Iterable[Each], size: int) -> Iterator[list[Each]]:
    """`items` in lists of up to `size`."""
    each = iter(items)
    while portion := list(islice(each, size)):
        yield portion

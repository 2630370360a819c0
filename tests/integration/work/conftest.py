from collections.abc import Callable, Iterator

import pytest

from apps.work import registry


@pytest.fixture
def kind() -> Iterator[Callable]:
    """`kind(handler, name="test.kind", **more)`: register a kind of work for the length of a test; its name."""
    made = []

    def register(handler: Callable, name: str = "test.kind", **more: object) -> str:
        registry.handles(name, **more)(handler)
        made.append(name)
        return name

    yield register
    for name in made:
        del registry._kinds[name]

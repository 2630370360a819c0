"""Whatever is asked for is done by somebody, and has a name people can read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from apps.work import registry
from apps.work.services import UnknownWork, enqueue

ROOT = Path(__file__).resolve().parents[3]
ENQUEUE = ("enqueue", "enqueue_all")


def asked_for() -> Iterator[str]:
    """The kinds of work that rooms enqueue: a text, or the name of a text in the same module."""
    for path in (ROOT / "apps").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in ENQUEUE:
                kind = call.args[0] if call.args else None
                if isinstance(kind, ast.Constant):
                    yield kind.value
                elif isinstance(kind, ast.Name) and kind.id in texts:
                    yield texts[kind.id]


def done() -> set[str]:
    return {kind for kind in registry._kinds if kind.split(".")[0] in {path.name for path in (ROOT / "apps").iterdir()}}


def test_everything_asked_for_is_done_and_everything_done_is_asked_for() -> None:
    assert len(set(asked_for())) >= 7
    assert set(asked_for()) == {kind for kind in done() if not kind.startswith("test")}


def test_work_is_named_in_both_languages() -> None:
    for kind in done():
        title = registry.title_of(kind)
        assert title != kind
        with translation.override("zh-hans"):
            assert translation.gettext(title) != title, title


def test_a_room_does_the_work_that_carries_its_name() -> None:
    for kind in done():
        assert registry.handler_of(kind).__module__.split(".")[1] == kind.split(".")[0]


def test_a_misspelt_kind_fails_where_it_is_asked_for(in_acme) -> None:
    with pytest.raises(UnknownWork):
        enqueue("datasets.inspekt", subject="x")

"""Rooms hold something, say what, and keep to the names every room uses."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = sorted(path.parent for path in (ROOT / "apps").glob("*/__init__.py"))
# Python modules a room may have, besides its domain/. Helpers of Django have names of their own in the lower rooms.
EVERYWHERE = {
    "__init__", "apps", "models", "selectors", "services", "forms", "views", "tasks", "urls", "admin",
    "domain", "presentation", "migrations", "management", "templatetags", "locale",
}  # fmt: skip
OWN_NAMES = {
    "accounts": {
        "access", "account_urls", "adapter", "backends", "context", "middleware", "numbers", "preferences", "sealing",
        "sessions",
    },
    "api": {"middleware", "paging", "parsers", "problems", "routes", "schema", "serializers", "values"},
    "choosing": {"library"},
    "dashboards": {"context"},
    "pipeline": {"flow", "sweeping"},
    "sources": {"fetch"},
    "work": {"claims", "registry", "sweeping"},
    "workspaces": {
        "addresses", "cache", "checks", "context", "logs", "middleware", "postgresql", "routers", "scope",
    },
}  # fmt: skip
BUILT_OF_THEIR_OWN = {"kernel", "engine", "common"}
LONGEST_FILE = 420  # aim for less than 400
LONGEST_FUNCTION = 50


def rooms_by_name(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("room", paths, ids=[path.name for path in paths])


def python_files(room: Path) -> list[Path]:
    return [path for path in room.rglob("*.py") if "migrations" not in path.parts]


@rooms_by_name(ROOMS)
def test_no_room_is_empty(room: Path) -> None:
    own = [path for path in python_files(room) if path.name not in ("__init__.py", "apps.py", "urls.py")]
    assert any(
        isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.Expr)
        for path in own
        for node in ast.parse(path.read_text(encoding="utf-8")).body
    ), f"{room.name} does nothing yet: make it when it has work to do"


@rooms_by_name(ROOMS)
def test_every_room_says_what_it_is_for(room: Path) -> None:
    readme = room / "README.md"
    assert readme.exists(), f"{room.name} has no README.md"
    assert len(readme.read_text(encoding="utf-8")) > 300


@rooms_by_name(ROOMS)
def test_every_room_is_tested(room: Path) -> None:
    tested = [
        path
        for kind in ("unit", "integration", "journeys")
        for path in (ROOT / "tests" / kind / room.name).glob("test_*.py")
    ]
    assert tested, f"no tests of {room.name}"


@rooms_by_name([room for room in ROOMS if room.name not in BUILT_OF_THEIR_OWN])
def test_rooms_are_furnished_alike(room: Path) -> None:
    names = {
        path.stem for path in room.iterdir() if path.suffix in ("", ".py") and not path.name.startswith((".", "__p"))
    }
    strange = names - EVERYWHERE - OWN_NAMES.get(room.name, set())
    assert not strange, f"{room.name} has {sorted(strange)}: use the names every room uses, or say here why not"


def test_files_and_functions_stay_calm() -> None:
    """A compass with a number: a longer one wants a word that is missing."""
    loud = []
    for path in (file for room in ROOMS for file in python_files(room)):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LONGEST_FILE:
            loud.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        loud += [
            f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
        ]
    assert not loud, "\n".join(loud)

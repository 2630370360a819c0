"""Every page says who may open it, and every act that is recorded has words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.access import LIBRARY_VIEWS, PUBLIC, SIGNED_IN, permission_of
from apps.accounts.domain.roles import PERMISSIONS
from apps.audit.domain.words import ACTS, AREAS

ROOT = Path(__file__).resolve().parent.parent.parent
OPEN_PAGES = {"accounts:join", "account_signup", "enter", "set_language"}
"""Our own pages that open without signing in. Whoever adds one says so here."""


def urls(patterns: list, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from urls(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern


def pages() -> list[tuple[str, URLPattern]]:
    return list(urls(get_resolver("config.urls").url_patterns))


def test_every_page_of_a_workspace_names_its_permission() -> None:
    known = {*PERMISSIONS, PUBLIC, SIGNED_IN}
    wrong = [
        f"{name} by {method}: {permission_of(page.callback, name, method)}"
        for name, page in pages()
        for method in ("GET", "POST")
        if permission_of(page.callback, name, method) not in known
    ]
    assert not wrong, "\n".join(wrong)


def test_every_page_has_a_name_of_its_own() -> None:
    names = [name for name, _ in pages()]
    assert all(page.name for _, page in pages())
    assert len(names) == len(set(names))


def test_pages_without_sign_in_are_few_and_meant() -> None:
    open_to_all = {name for name, page in pages() if permission_of(page.callback, name, "GET") == PUBLIC}
    assert open_to_all - set(LIBRARY_VIEWS) == OPEN_PAGES


def test_looking_needs_no_permission_to_change() -> None:
    """A page that is read by GET asks for what its readers have; only its POST may ask for more."""
    marks = {
        (permission_of(page.callback, name, "GET"), permission_of(page.callback, name, "POST"))
        for name, page in pages()
    }
    for read, write in marks:
        if read in PERMISSIONS and write in PERMISSIONS:
            assert PERMISSIONS[write] <= PERMISSIONS[read]


def test_every_listed_door_of_allauth_exists() -> None:
    assert set(LIBRARY_VIEWS) <= {name for name, _ in pages()}


def test_no_answer_is_written_after_the_workspace_is_left() -> None:
    """What is streamed is read when the middleware has let go of the workspace: it would find no tables, or another's.

    Files are open by then, and need none (`FileResponse`).
    """
    streamed = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "apps").rglob("*.py"))
        if "StreamingHttpResponse" in path.read_text(encoding="utf-8")
    ]
    assert not streamed


def _recorded_acts() -> Iterator[tuple[str, str]]:
    """Every text given as `act=` to a call, also through a name assigned in the same function."""
    for path in sorted((ROOT / "apps").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = {
            id(keyword.value): keyword.value
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            for keyword in call.keywords
            if keyword.arg == "act"
        }
        names = {value.id for value in texts.values() if isinstance(value, ast.Name)}
        assigned = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id in names for t in node.targets)
        ]
        for value in [*texts.values(), *assigned]:
            for part in ast.walk(value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value:
                    yield part.value, str(path.relative_to(ROOT))


def test_every_act_that_is_recorded_has_words() -> None:
    speechless = sorted({f"{act} in {place}" for act, place in _recorded_acts() if act not in ACTS})
    assert not speechless, "add words in apps/audit/domain/words.py for\n" + "\n".join(speechless)


def test_every_act_belongs_to_an_area() -> None:
    assert {act.split(".")[0] for act in ACTS} <= set(AREAS)


@pytest.mark.django_db
def test_only_the_named_tables_are_in_both_schemas(acme) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname IN ('public', %s) GROUP BY 1 HAVING count(*) > 1",
            [acme.schema_name],
        )
        both = {name for (name,) in cursor.fetchall()}
    assert both == set(settings.TABLES_IN_BOTH)

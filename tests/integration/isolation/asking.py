"""One request to one host by somebody, whatever it did undone."""

from dataclasses import dataclass
from functools import cache as cache_result
from http.cookies import SimpleCookie

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import reverse

from tests.integration.isolation.url_table import Line


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end."""

    status: int
    location: str
    kind: str
    body: bytes


@cache_result
def browser(host: str):
    """One for each host: what makes it dear is loading the middleware."""
    from tests.conftest import HostClient

    return HostClient(host, raise_request_exception=False)


def ask(
    host: str, method: str, path: str, session: str | None = None, *, key: str | None = None, api: bool = False
) -> Answer:
    """Send one request, with a session or an API key, and undo whatever it did. Programs send JSON, pages forms."""
    client = browser(host)
    client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: session} if session else {})
    if method == "POST":
        cache.clear()  # how often somebody may try is tested elsewhere
    connection.set_schema_to_public()
    with transaction.atomic():
        body, kind = ("{}", "application/json") if api else ("", "application/x-www-form-urlencoded")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        response = client.generic(method, path, body, content_type=kind, headers=headers)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    connection.set_schema_to_public()  # the rollback undid the role and the path as well
    return Answer(response.status_code, response.get("Location", ""), response.get("Content-Type", ""), body)


def path_of(name: str, line: Line, seed, urlconf: str) -> str:
    ids = {argument: seed[example] for argument, example in line.ids.items()}
    return reverse(name, kwargs=ids, urlconf=urlconf) + line.query.format_map(seed.examples)

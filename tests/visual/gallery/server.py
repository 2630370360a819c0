"""Serves the gallery's pages and the built assets, under the product's own content security policy."""

import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import django_htmx
from django.conf import settings

from tests.visual.gallery.render import progress, render

FOLDERS = {
    "/static/dist/": Path(settings.BASE_DIR) / "static" / "dist",
    "/static/django_htmx/": Path(django_htmx.__file__).parent / "static" / "django_htmx",
}


def policy() -> str:
    """The policy of the settings as a header."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


class Handler(BaseHTTPRequestHandler):
    """/<page>/<language>/<theme>, the static files, and /poll/: long work that is asked for its progress."""

    polls: ClassVar[list[int]] = []  # the answers' statuses, oldest first
    signed_out: ClassVar[bool] = False

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/quiet/":
            return self._answer(204, "text/plain", b"")
        if path == "/sign-in/":
            return self._answer(200, "text/html; charset=utf-8", b"<!doctype html><title>Sign in</title>")
        if path == "/poll/":
            return self._progress()
        for prefix, folder in FOLDERS.items():
            if path.startswith(prefix):
                return self._file(folder / path.removeprefix(prefix))
        return self._page(*path.strip("/").split("/"))

    def _page(self, *names: str) -> None:
        if len(names) != 3:
            return self._answer(404, "text/plain", b"")
        return self._answer(200, "text/html; charset=utf-8", render(*names).encode())

    def _progress(self) -> None:
        """Half done, then a server that is away, then half done again, then done for good."""
        if self.signed_out:
            return self._answer(302, "text/plain", b"", Location="/sign-in/")
        self.polls.append(200 if len(self.polls) != 1 else 503)
        if self.polls[-1] != 200:
            return self._answer(503, "text/html; charset=utf-8", b"<html><body>Bad gateway</body></html>")
        return self._answer(200, "text/html; charset=utf-8", progress(done=len(self.polls) > 3).encode())

    def _file(self, path: Path) -> None:
        if not path.is_file():
            return self._answer(404, "text/plain", b"")
        return self._answer(200, mimetypes.guess_type(path.name)[0] or "application/octet-stream", path.read_bytes())

    def _answer(self, status: int, content_type: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Security-Policy", policy())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[str]:
    """The gallery's address, while the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

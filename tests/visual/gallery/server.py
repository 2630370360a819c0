"""Serves the gallery's pages and the built assets, under the product's own content security policy."""

import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import django_htmx
from django.conf import settings

from tests.visual.gallery.render import render

FOLDERS = {
    "/static/dist/": Path(settings.BASE_DIR) / "static" / "dist",
    "/static/django_htmx/": Path(django_htmx.__file__).parent / "static" / "django_htmx",
}


def policy() -> str:
    """The policy of the settings as a header."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


class Handler(BaseHTTPRequestHandler):
    """/<page>/<language>/<theme>, and the static files."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        for prefix, folder in FOLDERS.items():
            if path.startswith(prefix):
                return self._file(folder / path.removeprefix(prefix))
        return self._page(*path.strip("/").split("/"))

    def _page(self, *names: str) -> None:
        if len(names) != 3:
            return self._answer(404, "text/plain", b"")
        return self._answer(200, "text/html; charset=utf-8", render(*names).encode())

    def _file(self, path: Path) -> None:
        if not path.is_file():
            return self._answer(404, "text/plain", b"")
        return self._answer(200, mimetypes.guess_type(path.name)[0] or "application/octet-stream", path.read_bytes())

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
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

"""A person without a browser: opens pages and sends forms over HTTP, with cookies and CSRF tokens, under any host name.

`*.localhost` is known to browsers only, so every request goes to 127.0.0.1 and names its host in the Host header.
"""

import http.client
import mimetypes
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
BLOCK = 1 << 20


@dataclass(frozen=True)
class Page:
    """What came back. `path` is where one ended after redirects."""

    status: int
    path: str
    text: str
    headers: Mapping[str, str]


class Person:
    """Keeps one connection and one jar of cookies for one host."""

    def __init__(self, port: int, host: str) -> None:
        self.port, self.host = port, host
        self.cookies: dict[str, str] = {}
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, *, follow: bool = True) -> Page:
        """Open a page, following redirects on the same host. A connection that was idle for long is made anew."""
        with suppress(http.client.RemoteDisconnected):
            return self._answer("GET", path, None, {}, follow=follow)
        return self._answer("GET", path, None, {}, follow=follow)

    def post(self, path: str, fields: Mapping[str, object], *, form_at: str | None = None, follow: bool = True) -> Page:
        """Send a form, with the token of the page that shows it. A value may be a list."""
        body = urlencode({"csrfmiddlewaretoken": self._token(form_at or path), **fields}, doseq=True).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._answer("POST", path, body, headers, follow=follow)

    def upload(self, path: str, fields: Mapping[str, str], name: str, file: Path) -> Page:
        """Send a form with a file, streamed from disk."""
        boundary = secrets.token_hex(16)
        head = _multipart_head({"csrfmiddlewaretoken": self._token(path), **fields}, name, file, boundary)
        tail = f"\r\n--{boundary}--\r\n".encode()
        size = len(head) + file.stat().st_size + len(tail)
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(size)}
        return self._answer("POST", path, _stream(head, file, tail), headers, follow=True)

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Page:
        """Send bytes as they are, as a script of a page does."""
        return self._answer(method, path, body, headers, follow=False)

    def sign_in(self, email: str, password: str) -> Page:
        """Sign in with a password."""
        page = self.post("/account/login/", {"login": email, "password": password})
        assert page.status == 200, f"{email} could not sign in: {page.status}"
        assert not page.path.startswith("/account/login"), f"{email} could not sign in"
        return page

    def _token(self, path: str) -> str:
        page = self.get(path)
        found = TOKEN.search(page.text)
        assert found, f"there is no form at {path} ({page.status}, {page.path})"
        return found[1]

    def _answer(self, method: str, path: str, body: object, headers: Mapping[str, str], *, follow: bool) -> Page:
        page = self._once(method, path, body, headers)
        for _ in range(10):
            if not follow or page.status not in (301, 302, 303, 307, 308):
                return page
            target = urlsplit(urljoin(f"http://{self.host}:{self.port}{path}", page.headers["Location"]))
            if target.hostname != self.host:
                return page
            path = target.path + (f"?{target.query}" if target.query else "")
            page = self._once("GET", path, None, {})
        raise AssertionError(f"{path} redirects without end")

    def _once(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> Page:
        connection = self._connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        self._connection = connection
        origin = f"http://{self.host}:{self.port}"
        sent = {"Host": f"{self.host}:{self.port}", "Origin": origin, "Referer": origin + path, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        except (http.client.HTTPException, ConnectionError):
            self._connection = None
            connection.close()
            raise
        self._keep_cookies(response)
        return Page(response.status, path, text, dict(response.getheaders()))

    def _keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            if value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value


def _multipart_head(fields: Mapping[str, str], name: str, file: Path, boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file.name}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    return "".join(parts).encode()


def _stream(head: bytes, file: Path, tail: bytes) -> Iterator[bytes]:
    yield head
    with file.open("rb") as source:
        while block := source.read(BLOCK):
            yield block
    yield tail

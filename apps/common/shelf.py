"""Finished pages and answers, kept until what they are made of changes: the key of each names all of that.

Nothing is ever taken off because it became wrong. Whoever keeps something puts into its key what it depends on, first
of all an edition that changes in the transaction of the change (`apps.metrics.selectors.edition`), read before
anything else; then what is found under a key is what would be made now. The workspace stands in every key by itself.
"""

from __future__ import annotations

import hashlib
import logging
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from threading import Lock

import redis
from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

log = logging.getLogger(__name__)

KEPT_SECONDS = 900
HERE_BYTES = 32 << 20
"""What one process keeps in its own memory."""
LARGEST = 4 << 20
COMPANY = ("pk", "name", "language", "currency", "time_zone", "week_start", "fiscal_year_start")
"""What pages show of a workspace, or are reckoned by."""


class _Here:
    """The newest pieces, in this process: by key, with the moment until which they may be used."""

    def __init__(self, most: int) -> None:
        self.most, self.size, self.lock = most, 0, Lock()
        self.pieces: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        with self.lock:
            until, piece = self.pieces.get(key, (0.0, None))
            if piece is None or until < time.monotonic():
                return None
            self.pieces.move_to_end(key)
            return piece

    def put(self, key: str, piece: bytes) -> None:
        with self.lock:
            self.size += len(piece) - len(self.pieces.pop(key, (0.0, b""))[1])
            self.pieces[key] = (time.monotonic() + KEPT_SECONDS, piece)
            while self.size > self.most:
                self.size -= len(self.pieces.popitem(last=False)[1][1])

    def clear(self) -> None:
        with self.lock:
            self.pieces.clear()
            self.size = 0


_here = _Here(HERE_BYTES)


def fetch(what: str, facts: Iterable[object], make: Callable[[], bytes]) -> bytes:
    """What is kept of `what` under these facts, or what `make` gives, kept from now on.

    `facts` are all that it depends on, told apart by their `repr`. With Valkey away it is kept in this process only.
    """
    digest = hashlib.sha256(repr([release(), *facts]).encode()).hexdigest()
    key = f"shelf:{what}:{digest}"
    own = cache.make_key(key)  # with the workspace, as in Valkey
    piece = _here.get(own)
    if piece is None:
        piece = _shared(key)
        if piece is None:
            piece = make()
            _share(key, piece)
        if len(piece) <= LARGEST:
            _here.put(own, piece)
    return piece


def page(request: HttpRequest, template: str, facts: Iterable[object], context: Callable[[], dict]) -> HttpResponse:
    """A whole page for one person, kept. `facts` are what its content depends on besides person, company, address,
    language, appearance and day. The CSRF token is never kept; a page that has a message to show is not either."""
    return answer(request, template, facts, lambda: render(request, template, context()))


def answer(request: HttpRequest, what: str, facts: Iterable[object], view: Callable[[], HttpResponse]) -> HttpResponse:
    """What `view` answers to a GET, kept like a `page` if it is a rendered page (200). It shows what it is asked for by
    its address alone: it reads no cookie and no header."""
    if request.htmx or len(get_messages(request)):
        return view()
    return _filled(request, what, facts, view)


def fragment(request: HttpRequest, template: str, facts: Iterable[object], context: Callable[[], dict]) -> HttpResponse:
    """A piece of a page that is asked for by itself and has no place for messages, kept like a `page`."""
    return _filled(request, template, facts, lambda: render(request, template, context()))


class _Elsewhere(Exception):
    def __init__(self, response: HttpResponse) -> None:
        self.response = response


def _filled(request: HttpRequest, what: str, facts: Iterable[object], view: Callable[[], HttpResponse]) -> HttpResponse:
    actor, hole = request.actor, _hole()
    person = [actor.id, actor.name, sorted(actor.roles), request.COOKIES.get("theme")]
    known = [*asked(request), *person, *facts]

    def make() -> bytes:
        request.csrf_token_shown = hole
        try:
            response = view()
        finally:
            del request.csrf_token_shown
        if response.status_code != 200 or response.streaming:
            raise _Elsewhere(response)
        return response.content

    try:
        body = fetch(f"page:{what}", known, make)
    except _Elsewhere as other:
        return _in_place(request, other.response)
    return HttpResponse(body.replace(hole.encode(), get_token(request).encode()))


def _in_place(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if not response.streaming:
        response.content = response.content.replace(_hole().encode(), get_token(request).encode())
    return response


def asked(request: HttpRequest) -> list[object]:
    """What every page and answer depends on: the address, the language, the day, and how the company reckons."""
    company = [getattr(request.workspace, name) for name in COMPANY]
    return [request.get_full_path(), get_language(), timezone.localdate(), *company]


def forget_here() -> None:
    """Forget what this process keeps, for tests."""
    _here.clear()


def _shared(key: str) -> bytes | None:
    try:
        packed = cache.get(key)
    except redis.RedisError as error:
        log.warning("Nothing could be looked up (%s).", error)
        return None
    return zlib.decompress(packed) if packed is not None else None


def _share(key: str, piece: bytes) -> None:
    if len(piece) > LARGEST:
        return
    try:
        cache.set(key, zlib.compress(piece, 1), KEPT_SECONDS)
    except redis.RedisError as error:
        log.warning("Nothing could be kept (%s).", error)


@lru_cache
def _hole() -> str:
    """What stands in a kept page where the token belongs; nobody can guess it and write it into a name."""
    return salted_hmac("apps.common.shelf", "the place of the token").hexdigest()


@lru_cache
def release() -> str:
    """A word for the running code and its templates: another release makes everything anew."""
    folders = [settings.BASE_DIR / name for name in ("apps", "config", "templates", "static")]
    files = sorted(path for folder in folders for path in folder.rglob("*"))
    wanted = [path for path in files if path.suffix in (".py", ".html", ".mo", ".css", ".js", ".svg")]
    facts = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in wanted]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

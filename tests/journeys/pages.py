"""Every page of the product that a person can reach: found by following links, held against the URLconf."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from tests.person import Person

LINK = re.compile(r'(?:href|hx-get)="([^"#]+)')
FETCHES_FOR_A_NAME = 12
"""Pages of one name that are read for their links; their queries differ, their looks hardly."""


def names_of(urlconf: str) -> set[str]:
    """Every name of a URLconf, with its namespace."""
    return set(_names(get_resolver(urlconf).url_patterns, ""))


def _names(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _names(pattern.url_patterns, inner)
        elif pattern.name:
            yield prefix + pattern.name


def name_of(path: str, urlconf: str) -> str | None:
    """The name of an address; None where there is no page."""
    try:
        return resolve(path, urlconf=urlconf).view_name
    except Resolver404:
        return None


@dataclass
class Found:
    """What a walk has come upon: one page for each name, and what answered otherwise."""

    pages: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)


def walk(person: Person, urlconf: str, starts: Iterable[str] = ("/",)) -> Found:
    """Follow every link from `starts` that stays on the host, a few for each name."""
    found, seen, fetched = Found(), set(), {}
    todo = deque(starts)
    while todo:
        link = todo.popleft()
        path = urlsplit(link).path
        name = name_of(path, urlconf)
        kind = f"{name} {urlsplit(link).query.split('=')[0]}"
        if link in seen or path.startswith("/static/") or fetched.get(kind, 0) >= FETCHES_FOR_A_NAME:
            continue
        seen.add(link)
        fetched[kind] = fetched.get(kind, 0) + 1
        if name is None:
            found.broken.append(f"{link} leads nowhere")
            continue
        todo.extend(_fetch(person, link, name, found))
    return found


def _fetch(person: Person, link: str, name: str, found: Found) -> Iterator[str]:
    """Note what is behind a link; the links on it."""
    answer = person.get(link, follow=False)
    headers = {key.lower(): value for key, value in answer.headers.items()}
    if answer.status in (301, 302):
        yield from _here(person, link, [headers["location"]])
    elif answer.status >= 400:
        if answer.status != 405:  # an act, asked for by a form
            found.broken.append(f"{link} answers {answer.status}")
    elif "text/html" not in headers["content-type"] or "attachment" in headers.get("content-disposition", ""):
        found.files.add(name)
    else:
        if "<html" in answer.text:
            found.pages.setdefault(name, link)
        yield from _here(person, link, map(unescape, LINK.findall(answer.text)))


def _here(person: Person, link: str, targets: Iterable[str]) -> Iterator[str]:
    """Those of the targets that are on the same host."""
    origin = f"http://{person.host}:{person.port}"
    for each in targets:
        target = urlsplit(urljoin(origin + link, each))
        if f"{target.scheme}://{target.netloc}" == origin:
            yield target.path + (f"?{target.query}" if target.query else "")

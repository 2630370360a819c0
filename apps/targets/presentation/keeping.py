"""Finished pages of targets, and of rooms above that show people and figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.common import shelf
from apps.targets.selectors import edition


def kept(request: HttpRequest, template: str, context: Callable[[], dict[str, Any]], *facts: object) -> HttpResponse:
    """A page for one person, kept until figures, targets, goals, people or teams change; `facts` are what else it
    depends on. What `context` raises is kept by nobody."""
    return shelf.page(request, template, [edition(), *facts], context)


def kept_when_asked(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A form or a question whose GET is kept like a page. What is sent to it is answered anew each time."""

    @wraps(view)
    def asked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method != "GET":
            return view(request, *args, **kwargs)
        what = f"{view.__module__}.{view.__qualname__}"
        return shelf.answer(request, what, [edition()], lambda: view(request, *args, **kwargs))

    return asked


def kept_fragment(
    request: HttpRequest, template: str, context: Callable[[], dict[str, Any]], *facts: object
) -> HttpResponse:
    """A piece of a page that is fetched by itself, kept like a page."""
    return shelf.fragment(request, template, [edition(), *facts], context)

"""Finished pages of targets, and of rooms above that show people and figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.common import shelf
from apps.targets.selectors import edition


def kept(request: HttpRequest, template: str, context: Callable[[], dict[str, Any]], *facts: object) -> HttpResponse:
    """A page for one person, kept until figures, targets, goals, people or teams change; `facts` are what else it
    depends on. What `context` raises is kept by nobody."""
    return shelf.page(request, template, [edition(), *facts], context)

"""Finished pages of goals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.common import shelf
from apps.targets.selectors import edition


def kept(request: HttpRequest, template: str, context: Callable[[], dict[str, Any]], *facts: object) -> HttpResponse:
    """A page for one person, kept until figures, targets, goals, people or teams change; `facts` are what else it
    depends on."""
    return shelf.page(request, template, [edition(), *facts], context)

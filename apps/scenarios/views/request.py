"""What the views read out of a request, and the way back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.kernel.issue import NotHere
from apps.scenarios import selectors


def revision(request: HttpRequest) -> int:
    """The one that the page was made of; 0, which there never is, for what is no number."""
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else 0


def uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotHere(selectors.NO_SCENARIO) from None


def crumbs() -> list[tuple[str, str]]:
    return [(_("What if"), reverse("scenarios:list"))]

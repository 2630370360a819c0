"""What the pages about people share: their tabs, and the page that asks before something is done."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts import selectors


@dataclass(frozen=True)
class Question:
    """What is asked before an act, and where "no" leads."""

    title: str
    text: str
    button: str
    back: str
    danger: bool = True


def tabs(request: HttpRequest, current: str) -> list[dict]:
    """The pages about people that the reader may open."""
    pages = [("people", _("People"), "people.view"), ("teams", _("Teams"), "people.view")]
    pages += [("roles", _("What roles may do"), "people.view")]
    pages += [("invitations", _("Invitations"), "people.manage"), ("changes", _("Changes"), "audit.view")]
    return [
        {
            "label": label,
            "url": reverse(f"accounts:{name}"),
            "current": name == current,
            "count": selectors.invitations().count() if name == "invitations" else None,
        }
        for name, label, permission in pages
        if request.actor.may(permission)
    ]


def ask(request: HttpRequest, question: Question, **context: object) -> HttpResponse:
    """A page with one question; its button POSTs to the same address."""
    return render(request, "accounts/ask.html", {"question": question, **context})


def invited_words(count: int) -> str:
    return ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", count) % {
        "count": count
    }

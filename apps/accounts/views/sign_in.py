"""Doors of a workspace that allauth has no use for."""

from django.http import Http404, HttpRequest, HttpResponse

from apps.accounts.access import open_to_anyone


@open_to_anyone
def no_sign_up(request: HttpRequest) -> HttpResponse:
    """Nobody signs up inside a workspace: people are invited. allauth wants the address to have a name."""
    raise Http404

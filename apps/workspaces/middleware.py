"""From a host name to a workspace."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import set_urlconf
from django.utils import translation

from apps.common.lookup import Lookup
from apps.workspaces.models import Workspace

CLOSED_PAGES = {
    Workspace.Status.PROVISIONING: ("errors/workspace_preparing.html", 503),
    Workspace.Status.SUSPENDED: ("errors/workspace_suspended.html", 403),
    Workspace.Status.CLOSING: ("errors/workspace_closed.html", 410),
    Workspace.Status.CLOSED: ("errors/workspace_closed.html", 410),
}
_at_home = Lookup(lambda host: Workspace.objects.filter(domains__domain=host))
BEHIND_PAGE = ("errors/workspace_updating.html", 503)  # in use, but its tables are not what the code needs


class WorkspaceMiddleware:
    """Enters the workspace of the request's host, and always leaves it again.

    The base host answers the public pages; a host nobody has gets the same 404 as one that is only guessed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connection.set_schema_to_public()
        try:
            return self.answer(request)
        finally:
            connection.set_schema_to_public()

    def answer(self, request: HttpRequest) -> HttpResponse:
        request.workspace = None
        self.route(request, settings.PUBLIC_SCHEMA_URLCONF)
        try:
            host = request.get_host().rsplit(":", 1)[0].lower().rstrip(".")
        except DisallowedHost:
            return self.turn_away(request, "errors/unknown_host.html", 404)
        if host in (settings.BASE_HOST, "127.0.0.1"):
            return self.get_response(request)
        workspace = _at_home(host)
        if workspace is None:
            return self.turn_away(request, "errors/unknown_host.html", 404)
        if not workspace.is_open:
            return self.turn_away(request, *CLOSED_PAGES.get(workspace.status, BEHIND_PAGE), workspace)
        request.workspace = workspace
        connection.set_tenant(workspace, include_public=False)
        self.route(request, settings.ROOT_URLCONF)
        return self.get_response(request)

    @staticmethod
    def turn_away(request: HttpRequest, template: str, status: int, workspace: Workspace | None = None) -> HttpResponse:
        """A page before anything else of the request was looked at: no session, no person."""
        language = translation.get_language_from_request(request)
        if workspace is not None and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            language = workspace.language
        with translation.override(language):
            response = render(request, template, {"workspace": workspace}, status=status)
        response.headers["Cache-Control"] = "no-store"
        return response

    @staticmethod
    def route(request: HttpRequest, urlconf: str) -> None:
        request.urlconf = urlconf
        set_urlconf(urlconf)

"""Who is asking, and whether they may."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject

from apps.accounts.access import PUBLIC, SIGNED_IN, permission_of


class ActorMiddleware:
    """`request.actor`: who acts, or None."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: request.user.actor if request.user.is_authenticated else None)
        return self.get_response(request)


class DefaultDenyMiddleware:
    """In a workspace a page opens only to those its view names; a view that names nobody opens to nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.workspace is not None and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        if request.workspace is None:
            return None  # the public host: its pages are for anyone, the operators' console guards itself
        name = request.resolver_match.view_name
        permission = permission_of(view, name, request.method)
        if permission == PUBLIC:
            return None
        if not request.user.is_authenticated:
            return self.sign_in_first(request)
        if permission == SIGNED_IN:
            return None
        if permission is None or not request.actor.may(permission):
            return render(request, "errors/403.html", status=403)
        return None

    @staticmethod
    def sign_in_first(request: HttpRequest) -> HttpResponse:
        """Lead to the sign-in page and back; a fragment asked for by htmx leads the whole page there."""
        if not request.htmx:
            return redirect_to_login(request.get_full_path())
        back = request.htmx.current_url_abs_path or "/"
        return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(back).url})

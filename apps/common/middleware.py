"""Language and clock of the answer; refusals and outages as pages."""

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from apps.common.views import bad_request
from apps.kernel.issue import Refusal

log = logging.getLogger(__name__)


class LanguageMiddleware:
    """The person's own choice (a cookie, set with their profile), else the workspace's language, else the browser's.

    Times of day are the company's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        workspace = getattr(request, "workspace", None)
        zone = ZoneInfo(workspace.time_zone) if workspace is not None else None
        with translation.override(self.choose(request)), timezone.override(zone):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    @staticmethod
    def choose(request: HttpRequest) -> str:
        known = dict(settings.LANGUAGES)
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if chosen in known:
            return chosen
        workspace = getattr(request, "workspace", None)
        if workspace is not None and workspace.language in known:
            return workspace.language
        return translation.get_language_from_request(request)


class RefusalMiddleware:
    """A `Refusal` becomes a page that says what to do: in place for htmx, whole otherwise.

    An address with a NUL in it is refused before any page reads it: no text of the database can hold one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        query = request.META.get("QUERY_STRING", "")
        return bad_request(request) if "%00" in query or "\0" in query else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        template = "errors/_refusal.html" if getattr(request, "htmx", False) else "errors/refusal.html"
        return render(request, template, {"refusal": said(exception)}, status=exception.status)


class OutageMiddleware:
    """While the cache is away nobody can count tries, so the doors it guards answer 503 instead of opening unguarded.

    Everything else does without it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, RedisConnectionError | RedisTimeoutError):
            return None
        log.error("The cache is away: %s", exception)
        response = render(request, "errors/503.html", status=503)
        response["Retry-After"] = "15"
        return response


def said(refusal: Refusal) -> dict:
    """A refusal's sentence and issues in the reader's language, ready for a template or for JSON."""
    return {
        "message": translation.gettext(refusal.message) % dict(refusal.params),
        "status": refusal.status,
        "issues": [
            {"where": issue.where, "message": translation.gettext(issue.message) % dict(issue.params)}
            for issue in refusal.issues
        ],
    }


def tell(request: HttpRequest, text: str) -> None:
    """A short word about what was done, shown once on the next page."""
    messages.success(request, text)

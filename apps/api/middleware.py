"""Who asks the API, in which language it answers, and that whatever goes wrong around it is a problem+json, too."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from apps.api import selectors, services
from apps.api.models import ApiKey
from apps.api.problems import problem

ROOT = "/api/v1"
VARIES = ("Accept", "Accept-Language", "Authorization", "Cookie")


def is_api(request: HttpRequest) -> bool:
    return request.path_info == ROOT or request.path_info.startswith(f"{ROOT}/")


class ProblemMiddleware:
    """What lower layers answer as pages (no such host, a redirect to sign in, CSRF, 500) becomes a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_api(request):
            return response
        is_page = not getattr(response, "is_api", False) and response.status_code >= 300
        if is_page and response.status_code != HTTPStatus.MOVED_PERMANENTLY:  # that adds the slash of the index
            response = self.as_problem(request, response)
        patch_vary_headers(response, VARIES)
        return response

    @staticmethod
    def as_problem(request: HttpRequest, page: HttpResponse) -> HttpResponse:
        status = 401 if page.status_code == HTTPStatus.FOUND else page.status_code
        headers = {name: page[name] for name in ("Retry-After", "Allow", "Content-Language") if page.has_header(name)}
        headers["Cache-Control"] = "no-store"
        with translation.override(headers.get("Content-Language") or translation.get_language_from_request(request)):
            return problem(status if status >= 400 else 400, headers=headers)


class KeyHolder:
    """Who acts through a key, where Django expects a user."""

    is_authenticated = is_active = True
    is_anonymous = is_staff = is_superuser = False

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self.actor = key.actor
        self.pk = self.id = self.actor.id
        self.name = key.holder_name
        self.language = key.person.language if key.is_personal else ""

    def __str__(self) -> str:
        return self.name


class KeyMiddleware:
    """`Authorization: Bearer lsk_…` says who asks; without it the browser's session does, with Django's CSRF check."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.workspace is None or not is_api(request):
            return self.get_response(request)
        request.api_key = None
        sent = request.headers.get("Authorization")
        if sent is not None:
            scheme, _space, secret = sent.partition(" ")
            key = selectors.key_behind(secret.strip()) if scheme.lower() == "bearer" else None
            if key is None:
                with translation.override(language_of(request)):
                    return problem(401)
            request.api_key, request.user = key, KeyHolder(key)
            request._dont_enforce_csrf_checks = True  # no browser sends this header by itself
            services.note_use(key)
        language = language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers["Content-Language"] = language
        return response


def language_of(request: HttpRequest) -> str:
    """A page is in the language of the pages; else as Accept-Language asks; else as the key's person likes it."""
    if request.api_key is None and "text/html" in request.headers.get("Accept", ""):
        return translation.get_language()
    for wanted, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            if wanted != "*":
                return translation.get_supported_language_variant(wanted)
        except LookupError:
            continue
    chosen = getattr(request.user, "language", "") if request.api_key else ""
    return chosen if chosen in dict(settings.LANGUAGES) else translation.get_language()

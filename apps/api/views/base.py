"""What every resource does alike: who may, how often, in which form, and that the same request is done once."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import SIGNED_IN, permission_of
from apps.accounts.domain.roles import Actor
from apps.api import services
from apps.api.parsers import StrictJSONParser
from apps.api.problems import Failed
from apps.api.serializers.common import NoParameters, Strict
from apps.api.serializers.work import WorkShape, url_of
from apps.common import shelf
from apps.kernel.issue import N_, Issue, Refusal
from apps.work.services import Work
from apps.workspaces.scope import current_workspace
from apps.workspaces.services.throttle import is_allowed

READING = ("GET", "HEAD", "OPTIONS")
WINDOW = 60
"""Seconds in which requests of one key are counted together."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Location", "ETag")


class WhoAsks(BaseAuthentication):
    """Whom the middleware found: the holder of a key, or who is signed in."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        user = request._request.user
        return (user, request._request.api_key) if user.is_authenticated else None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Lodestar"'


class MayOpen(BasePermission):
    """The mark of the view (`@requires`), asked again: who is not allowed does not get in by another way either."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        needed = permission_of(type(view), None, request.method)
        actor = request._request.actor
        return bool(actor) and needed is not None and (needed == SIGNED_IN or actor.may(needed))


class Negotiation(DefaultContentNegotiation):
    """A format that is not there is not acceptable, rather than not found."""

    def filter_renderers(self, renderers: list, format: str) -> list:
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            raise NotAcceptable(available_renderers=renderers)
        return found


class Resource(APIView):
    """A view of the API. `query` is the serializer of its GET parameters; anything else in the address is refused."""

    authentication_classes = (WhoAsks,)
    permission_classes = (MayOpen,)
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    parser_classes = (StrictJSONParser,)
    content_negotiation_class = Negotiation
    metadata_class = None
    query: type[Strict] = NoParameters
    checks_when_made = False
    """For an answer that is `kept`, whose making reads the parameters: one that is kept was asked for rightly."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponse]:
        """Unlike DRF's, under Django's CSRF check: it is lifted for keys only (`KeyMiddleware`)."""
        view = super().as_view(**initkwargs)
        view.csrf_exempt = False
        return view

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        count_request(request._request)
        if not self.checks_when_made:
            self.params  # noqa: B018 - refuses what is wrong before anything is done

    @cached_property
    def params(self) -> dict[str, Any]:
        """The parameters of the address, checked: every error at once."""
        serializer = self.query if self.request.method in READING else NoParameters
        return checked(serializer, self.request.query_params)

    @property
    def actor(self) -> Actor:
        return self.request._request.actor

    def body(self, serializer: type[Strict]) -> dict[str, Any]:
        """The request's body, checked: every error at once."""
        return checked(serializer, self.request.data)

    def finalize_response(self, request: Any, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.is_api = True
        if self.request.method in ("GET", "HEAD") and isinstance(response, Response) and response.status_code == 200:
            response.add_post_render_callback(self._conditional)
        return response

    def _conditional(self, response: HttpResponse) -> HttpResponse:
        """An ETag of the answer itself, after what the resource is called in `version`, and 304 where it is known."""
        digest = digest_of(response.content)
        version = getattr(self, "version", "")
        response["ETag"] = f'"{version}.{digest}"' if version else f'"{digest}"'
        return self._unless_known(response)

    def kept(self, facts: Iterable[object], make: Callable[[], Response]) -> HttpResponse:
        """The answer `make` gives, kept as long as `facts` are the same: for what many ask again and again.

        It must not depend on who asks, once they may. See `apps.common.shelf`.
        """
        asked = self.request._request
        known = [*shelf.asked(asked), self.request.accepted_renderer.format, *facts]
        packed = shelf.fetch(f"api:{type(self).__name__}", known, lambda: self._packed(make()))
        head, _end, body = packed.partition(b"\n")
        response = HttpResponse(body)
        for name, value in json.loads(head).items():
            response[name] = value
        return self._unless_known(response)

    def _packed(self, response: Response) -> bytes:
        """An answer as one piece: its headers in a line, then its body."""
        response.accepted_renderer = self.request.accepted_renderer
        response.accepted_media_type = self.request.accepted_media_type
        response.renderer_context = self.get_renderer_context()
        body = response.rendered_content
        response["ETag"] = f'"{digest_of(body)}"'
        return json.dumps(dict(response.items())).encode() + b"\n" + body

    def _unless_known(self, response: HttpResponse) -> HttpResponse:
        answer = get_conditional_response(self.request._request, etag=response["ETag"], response=response)
        if answer is not response:
            answer.is_api = True
            answer["Vary"] = response.get("Vary", "")
        return answer

    def must_match(self, version: object, *, needed: bool) -> None:
        """Refuse (412) to replace what was changed since it was read; without If-Match refuse (428) if one is `needed`.

        What counts is the version before the point of the ETag: a figure computed meanwhile is no change.
        """
        sent = self.request.headers.get("If-Match")
        if sent is None:
            if needed:
                raise Failed(428)
            return
        known = {tag.strip().removeprefix("W/").strip('"').partition(".")[0] for tag in sent.split(",")}
        if sent.strip() != "*" and str(version) not in known:
            raise Failed(412)


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:20]


def checked(serializer: type[Strict], data: Any) -> dict[str, Any]:
    """The data as the serializer reads it; every error at once otherwise."""
    reader = serializer(data=data)
    reader.is_valid(raise_exception=True)
    return reader.validated_data


def count_request(request: HttpRequest) -> None:
    """Count one more request of this key (or person); 429 with Retry-After once there were too many in the minute."""
    reading = request.method in READING
    most = settings.API_READS_PER_MINUTE if reading else settings.API_WRITES_PER_MINUTE
    now = time.time()
    who = f"{current_workspace().pk}/{asker_of(request)}/{int(now // WINDOW)}"
    if not is_allowed("api-read" if reading else "api-write", who, most=most, seconds=WINDOW * 2):
        raise Failed(429, {"Retry-After": str(int(WINDOW - now % WINDOW) + 1)})


def asker_of(request: HttpRequest) -> Any:
    """Whose requests are counted and remembered together: a key's, or a person's without one."""
    return request.api_key.pk if request.api_key else request.actor.id


def idempotent(post: Callable[..., Response]) -> Callable[..., HttpResponse]:
    """A POST that, with an Idempotency-Key, is done once: the answer is kept with the work, and given again."""

    @wraps(post)
    def answered(view: Resource, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return post(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            issue = Issue("Idempotency-Key", N_("Use 1 to 255 visible ASCII characters, such as a UUID."))
            raise Refusal(N_("The request was not carried out."), issues=[issue])

        def act() -> services.Answer:
            response = post(view, request, *args, **kwargs)
            body = JSONRenderer().render(response.data).decode() if response.data is not None else ""
            headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
            return services.Answer(response.status_code, body, headers)

        found = services.once(asker=asker_of(request._request), key=key, fingerprint=_fingerprint(request), act=act)
        response = HttpResponse(found.body, status=found.status, content_type="application/json")
        for name, value in found.headers.items():
            response[name] = value
        if found.replayed:
            response["Idempotent-Replayed"] = "true"
        return response

    answered.is_idempotent = True
    return answered


def _fingerprint(request: Request) -> str:
    """What makes two requests the same: method, address and body; of a file its bytes."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    plain = {name: value for name, value in request.data.items() if name not in request.FILES}
    digest.update(json.dumps(plain, sort_keys=True, default=str).encode())
    for name, file in sorted(request.FILES.items()):
        incoming = getattr(file, "incoming", None)
        digest.update(f"\n{name} {file.name} {incoming.sha256 if incoming else _sha256_of(file)}".encode())
    return digest.hexdigest()


def _sha256_of(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def created(answer: Any, address: str) -> Response:
    """What was made (201), and the address under which it is read from now on."""
    return Response(answer, status=201, headers={"Location": f"/api/v1/{address}"})


def under_way(work: Work) -> Response:
    """What a worker does now (202), and where one asks how far it is."""
    return Response(WorkShape(work).data, status=202, headers={"Location": url_of(work)})


def not_found(message: str) -> Refusal:
    """A 404 with a sentence of ours."""
    return Refusal(_(message), status=404)

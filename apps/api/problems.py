"""Everything that goes wrong, as problem+json (RFC 9457): what, in the reader's language, and every field to mend."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions

from apps.datasets.domain.columns import MappingRefused
from apps.kernel.issue import N_, Issue, Refusal
from apps.model.domain.reading import ModelRefused

CONTENT_TYPE = "application/problem+json"
MEND = N_("The request cannot be carried out like this. Mend what is listed.")
WORDS = {
    400: N_("The request cannot be read. Look at its form and encoding."),
    401: N_("Sign in with an API key: “Authorization: Bearer lsk_…”."),
    403: N_("This API key or role does not allow this."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not answer that method."),
    406: N_("There is no answer in a format that you accept."),
    410: N_("This workspace is closed."),
    412: N_("It was changed meanwhile. Read it again, and send your change with its new ETag."),
    413: N_("The request is too large."),
    415: N_("Send application/json, or multipart/form-data for files."),
    428: N_("Send If-Match with the ETag of what you replace, so that nobody's change is lost."),
    429: N_("Too many requests. Wait as long as Retry-After says."),
    500: N_("Something went wrong on our side. It has been reported; it is safe to try again."),
    503: N_("This does not work right now. Try again in a moment."),
}


class Failed(Exception):
    """An answer of the API that is no refusal of a room: a status whose words stand in `WORDS`."""

    def __init__(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.headers = status, dict(headers or {})


def problem(
    status: int,
    detail: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """One problem. `detail` and the messages of `errors` are in the reader's language, `title` and codes never are."""
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    body["detail"] = detail or _(WORDS.get(status, WORDS[400 if status < 500 else 500]))
    body["errors"] = list(errors)
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Lodestar"'
    for name, value in (headers or {}).items():
        response[name] = value
    response.is_api = True
    return response


def handle(exception: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's exception handler: whatever a view raises, in one form. What nobody foresaw stays an error (None)."""
    if isinstance(exception, Refusal):
        return problem(exception.status, exception.in_words(_), list(_refused(exception)))
    if isinstance(exception, Failed):
        return problem(exception.status, headers=exception.headers)
    if isinstance(exception, exceptions.ValidationError):
        return problem(422, _(MEND), list(flattened(exception.get_full_details())))
    if isinstance(exception, Http404 | PermissionDenied):
        return problem(404 if isinstance(exception, Http404) else 403)
    if isinstance(exception, exceptions.APIException):
        headers = {"Allow": ", ".join(context["view"].allowed_methods)} if exception.status_code == 405 else {}
        return problem(exception.status_code, headers=headers)
    return None


def error(field: str, message: str, code: str) -> dict[str, str]:
    """One thing to mend: where, what, and a word for programs."""
    return {"field": field, "message": message, "code": code}


def of_issue(issue: Issue, prefix: str = "") -> dict[str, str]:
    """An issue of a room; its field under `prefix`."""
    return error(_under(prefix, issue.where), issue.in_words(_), code_of(issue.message))


def code_of(message: str) -> str:
    """A word for programs that stays the same in every language: made from the English message, without its values."""
    words = re.findall(r"[a-z]+", re.sub(r"%\(\w+\)[a-z]", " ", message).lower())
    return "_".join(words)[:60].rstrip("_") or "invalid"


def _under(prefix: str, where: str) -> str:
    return ".".join(part for part in (prefix, where) if part)


def _refused(refusal: Refusal) -> Iterator[dict[str, Any]]:
    prefix = getattr(refusal, "prefix", "")
    if isinstance(refusal, ModelRefused):
        yield from ({**of_issue(fault.issue), "line": fault.line} for fault in refusal.faults)
        return
    if not isinstance(refusal, MappingRefused):
        yield from (of_issue(issue, prefix) for issue in refusal.issues)
        return
    for fault in refusal.faults:
        where = fault.field if fault.position is None else f"columns.{fault.position}.{fault.field}"
        yield error(where, fault.issue.in_words(_), code_of(fault.issue.message))


def flattened(details: Any, where: str = "") -> Iterator[dict[str, str]]:
    """Errors of a serializer, nested as the data is, one after the other with the path of their field."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield error(where, str(details["message"]), str(details["code"]))
    elif isinstance(details, Mapping):
        for name, below in details.items():
            yield from flattened(below, where if name == "non_field_errors" else _under(where, str(name)))
    else:
        for index, below in enumerate(details or ()):
            leaf = isinstance(below, Mapping) and set(below) == {"message", "code"}
            yield from flattened(below, where if leaf else _under(where, str(index)))

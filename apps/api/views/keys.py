"""The page of API keys: what there is, a new one (whose secret is shown once), and taking one out of use."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Role
from apps.api import selectors, services
from apps.api.domain.scopes import SCOPES
from apps.api.forms import KeyForm
from apps.common.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import N_, Refusal

STATES = {
    "active": ("good", N_("In use")),
    "expired": ("none", N_("Expired")),
    "revoked": ("none", N_("Revoked")),
    "idle": ("warn", N_("Its person is deactivated")),
}
"""How a key stands: the tone and the words."""
SOON = 14
"""Days before its end in which a key is marked."""


@requires("api.keys")
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The keys that one may see, and the form of a new one. Its secret is in the answer to that form only."""
    initial = {"scopes": ["metrics:read"], "days": "90"}
    form = KeyForm(request.POST or None, actor=request.actor, initial=initial)
    made, secret = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = services.make_key(actor=request.actor, **form.wanted())
            form = KeyForm(actor=request.actor, initial=initial)
        except Refusal as refusal:
            form.put(refusal)
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "rows": [_row(request, key) for key in selectors.keys_for(request.actor)],
        "index_url": reverse("api:index"),
        "opened": bool(form.errors) and request.method == "POST",
    }
    response = render(request, "api/keys.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response


def _row(request: HttpRequest, key: Any) -> dict[str, Any]:
    state = key.state(timezone.now())
    tone, words = STATES[state]
    role = accounts.role_names()[Role(key.role)] if key.role else ""
    days = (key.expires_at - timezone.now()).days if state == "active" and key.expires_at else None
    if days is not None and days < SOON:
        tone, words = "warn", N_("Expires soon")
    return {
        "days_left": days,
        "key": key,
        "whose": _("Service account, %(role)s") % {"role": role} if role else str(key.person),
        "mine": key.person_id == request.actor.id,
        "scopes": [_(SCOPES[scope]) for scope in key.scopes if scope in SCOPES],
        "tone": tone,
        "state": _(words),
        "may_revoke": state != "revoked",
    }


@requires("api.keys")
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Ask, then take a key out of use."""
    key = selectors.key_for(request.actor, key_id)
    if request.method == "POST":
        services.revoke_key(actor=request.actor, key_id=key.pk)
        tell(request, _("The API key “%(name)s” was revoked.") % {"name": key.name})
        return redirect("api:keys")
    question = {
        "title": _("Revoke the API key “%(name)s”?") % {"name": key.name},
        "text": _("What uses it is refused from its next request on. This cannot be undone; make a new key instead."),
        "button": _("Revoke"),
        "back": reverse("api:keys"),
        "danger": True,
    }
    return render(request, "accounts/ask.html", {"question": question})

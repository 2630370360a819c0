"""The text of a plan for those it pays: to be read and acknowledged."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.incentives.selectors import plans as reading
from apps.incentives.services import publishing
from apps.kernel.issue import Refusal


@requires("pay.own")
@require_http_methods(["GET", "POST"])
def read(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """The text of one of one's own plans; POST says that it was read."""
    found = reading.mine_for(request.actor.id, key, number)
    language = get_language() or "en"
    text = found.version.text_zh if language.startswith("zh") else found.version.text_en
    refused, status = "", 200
    if request.method == "POST":
        try:
            publishing.acknowledge(
                actor=request.actor, key=key, number=number, text_hash=request.POST.get("text", ""),
                language=request.POST.get("language", language)[:10], now=timezone.now(),
            )  # fmt: skip
            tell(request, _("Thank you. It is written down that you have read it."))
            return redirect("pay:read", key, number)
        except Refusal as refusal:
            refused, status = refusal.in_words(_), refusal.status
    context = {
        "found": found, "version": found.version, "plan": found.version.plan, "lines": text.splitlines()[1:],
        "text_hash": publishing.hash_of(text), "language": language, "wording": publishing.WORDING, "refused": refused,
        "crumbs": [(_("My pay"), reverse("pay:mine"))],
    }  # fmt: skip
    return render(request, "incentives/own/read.html", context, status=status)

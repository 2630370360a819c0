"""One's own name, language and appearance."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import preferences, services
from apps.accounts.access import open_to_anyone, requires
from apps.accounts.forms import ProfileForm, put_issues
from apps.common.middleware import tell
from apps.kernel.issue import Refusal


@requires("profile.edit")
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = request.user
    initial = {"name": user.name, "language": user.language, "theme": _theme(request)}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return _saved(request, services.change_profile(actor=request.actor, **form.cleaned_data))
        except Refusal as refusal:
            put_issues(form, refusal)
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


@open_to_anyone
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language, and remember it for who is signed in to a workspace; back to where one was."""
    response = redirect(_back(request))
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return response
    preferences.set_language_cookie(response, language)
    if request.workspace is not None and request.user.is_authenticated:
        services.change_language(actor=request.actor, language=language)
    return response


def _saved(request: HttpRequest, user) -> HttpResponse:
    language = preferences.language_of(user)
    with translation.override(language):
        tell(request, _("Your profile was saved."))
    response = redirect("accounts:profile")
    preferences.remember(response, user)
    if not user.language:
        preferences.forget_language(response)
    return response


def _theme(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(preferences.THEME_COOKIE, "") or request.user.theme
    return chosen if chosen in preferences.THEMES else "auto"


def _back(request: HttpRequest) -> str:
    """The page the switch was made on, if it is a page of this host."""
    wanted = request.POST.get("next", "")
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return "/"
    return wanted

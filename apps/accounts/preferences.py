"""What a person likes to see: language and appearance. Kept with the person, and in cookies for the next page."""

from django.conf import settings
from django.http import HttpResponse

from apps.accounts.models import User
from apps.workspaces.scope import current_workspace

THEME_COOKIE = "theme"  # read by the base template and by static/src/js/theme-core.js
THEMES = ("auto", "light", "dark")
A_YEAR = 365 * 24 * 3600


def language_of(user: User | None) -> str:
    """The language somebody is written to in: their own choice, else their company's."""
    if user is not None and user.language in dict(settings.LANGUAGES):
        return user.language
    return current_workspace().language


def remember(response: HttpResponse, user: User) -> None:
    """Put the person's choices into cookies; what they have not chosen stays as the browser has it."""
    if user.language:
        set_language_cookie(response, user.language)
    if user.theme in THEMES:
        _set(response, THEME_COOKIE, user.theme, httponly=False)


def set_language_cookie(response: HttpResponse, language: str) -> None:
    _set(response, settings.LANGUAGE_COOKIE_NAME, language, httponly=True)


def forget_language(response: HttpResponse) -> None:
    """From now on the company's language decides."""
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")


def _set(response: HttpResponse, name: str, value: str, *, httponly: bool) -> None:
    response.set_cookie(
        name, value, max_age=A_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=httponly, samesite="Lax"
    )

"""How a view says who may open it. A view that says nothing opens to nobody."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest

PUBLIC = "(anyone)"
SIGNED_IN = "(anyone who is signed in)"

View = Callable[..., object]


def requires(permission: str, *, write: str | None = None) -> Callable[[View], View]:
    """Open a view to those who have `permission` (of `domain.roles.PERMISSIONS`); POST and the like to those who have `write`."""

    def mark(view: View) -> View:
        view.permission, view.write_permission = permission, write or permission
        return view

    return mark


def open_to_anyone(view: View) -> View:
    """Open a view to people who are not signed in: only where that is the point of the page."""
    return requires(PUBLIC)(view)


def open_to_signed_in(view: View) -> View:
    """Open a view to everybody who is signed in, whatever their role."""
    return requires(SIGNED_IN)(view)


# Views of libraries, by the name of their URL. Ours carry the mark themselves.
LIBRARY_VIEWS: dict[str, str] = {
    "account_login": PUBLIC,
    "account_logout": SIGNED_IN,
    "account_reauthenticate": SIGNED_IN,
    "account_inactive": PUBLIC,
    "account_email_verification_sent": PUBLIC,
    "account_confirm_email": PUBLIC,
    "account_email": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "mfa_authenticate": PUBLIC,
    "mfa_trust": PUBLIC,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_login_webauthn": PUBLIC,
    "usersessions_list": SIGNED_IN,
}


def permission_of(view: View, url_name: str | None, method: str) -> str | None:
    """What opening `view` by `method` takes: a permission, `PUBLIC`, `SIGNED_IN`, or None: nobody may."""
    mark = "permission" if method in ("GET", "HEAD", "OPTIONS") else "write_permission"
    marked = getattr(view, mark, None) or getattr(getattr(view, "view_class", None), mark, None)
    return marked or LIBRARY_VIEWS.get(url_name or "")


def guarded(view: View) -> View:
    """A copy of a library's view that can carry a mark of its own."""

    @wraps(view)
    def copy(request: HttpRequest, *args: object, **kwargs: object) -> object:
        return view(request, *args, **kwargs)

    return copy

"""Who may open which page: the marks of our views (`apps.common.access`), and what the pages of libraries take."""

from apps.common.access import PUBLIC, SIGNED_IN, View, open_to_anyone, open_to_signed_in, requires

__all__ = [
    "LIBRARY_VIEWS",
    "PUBLIC",
    "SIGNED_IN",
    "open_to_anyone",
    "open_to_signed_in",
    "permission_of",
    "requires",
]

# Pages of allauth, by the name of their URL. Ours carry the mark themselves.
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

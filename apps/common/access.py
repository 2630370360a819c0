"""How a view says who may open it. A view that says nothing opens to nobody (`accounts.middleware`)."""

from collections.abc import Callable

PUBLIC = "(anyone)"
SIGNED_IN = "(anyone who is signed in)"

View = Callable[..., object]


def requires(permission: str, *, write: str | None = None) -> Callable[[View], View]:
    """Open a view to those who have `permission` (a row of `accounts.domain.roles.PERMISSIONS`).

    POST and the like open to those who have `write`, where it is given.
    """

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

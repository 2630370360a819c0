"""Who may do what: one table, which pages, the API and services share. What is not in it is refused."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from apps.kernel.issue import N_, Forbidden


class Role(StrEnum):
    """What somebody is in their company's workspace. A person may have several."""

    OWNER = "owner"
    ADMIN = "admin"
    HR = "hr"
    ANALYST = "analyst"
    MANAGER = "manager"
    MEMBER = "member"
    VIEWER = "viewer"


EVERYONE = frozenset(Role)
ADMINS = frozenset({Role.OWNER, Role.ADMIN})
BUILDERS = ADMINS | {Role.ANALYST}
LEADERS = BUILDERS | {Role.MANAGER}

PERMISSIONS: dict[str, frozenset[Role]] = {
    "home.view": EVERYONE,
    "profile.edit": EVERYONE,
    "metrics.view": EVERYONE,
    "metrics.edit": BUILDERS,
    "metrics.rows": LEADERS,  # the uploaded rows behind a value name customers
    "north_star.choose": ADMINS,
    "values.type": LEADERS,  # values of manual metrics
    "targets.view": EVERYONE,
    "targets.edit": LEADERS,
    "data.view": LEADERS,
    "data.upload": BUILDERS,
    "people.view": EVERYONE,
    "people.manage": ADMINS,
    "company.settings": ADMINS,
    "work.view": EVERYONE,
    "work.manage": BUILDERS,
}


@dataclass(frozen=True)
class Actor:
    """Who acts, as it travels through services: no room needs another's models to know it."""

    id: UUID
    name: str
    roles: frozenset[Role]

    def may(self, permission: str) -> bool:
        """Whether one of the actor's roles has `permission`; a name that is not in the table is a defect."""
        return bool(PERMISSIONS[permission] & self.roles)

    def must(self, permission: str) -> None:
        """Raise `Forbidden` unless the actor has `permission`. Every service that acts calls this."""
        if not self.may(permission):
            raise Forbidden(N_("Your role does not allow this. Ask an administrator of your company."))


ROBOT = Actor(id=UUID(int=0), name="Lodestar", roles=frozenset({Role.OWNER}))
"""The product itself: workers, set-up and the demo."""

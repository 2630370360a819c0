"""Who may be given which role: a company never loses its last owner, and only owners touch owners."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.accounts.domain.roles import Actor, Role
from apps.kernel.issue import N_, Issue


@dataclass(frozen=True)
class Standing:
    """A person as the rules see them: who it is, what roles they have, and whether they may sign in."""

    id: object
    roles: frozenset[Role]
    is_active: bool = True

    @property
    def is_owner(self) -> bool:
        return Role.OWNER in self.roles


def role_change_issues(
    *, actor: Actor, person: Standing, roles: frozenset[Role], active_owners: Iterable[object]
) -> list[Issue]:
    """What speaks against giving `person` exactly `roles`; `active_owners` are the ids of owners who may sign in."""
    issues = []
    if not roles:
        issues.append(Issue("roles", N_("Choose at least one role.")))
    if _touches_owner(person, roles) and Role.OWNER not in actor.roles:
        issues.append(Issue("roles", N_("Only an owner can make or change owners.")))
    if person.is_owner and Role.OWNER not in roles and _is_last(person, active_owners):
        issues.append(Issue("roles", LAST_OWNER))
    return issues


def invitation_issues(*, actor: Actor, roles: frozenset[Role]) -> list[Issue]:
    """What speaks against inviting somebody with these roles."""
    return role_change_issues(actor=actor, person=Standing(None, frozenset()), roles=roles, active_owners=())


def deactivation_issues(*, actor: Actor, person: Standing, active_owners: Iterable[object]) -> list[Issue]:
    """What speaks against taking `person`'s access away."""
    issues = []
    if person.id == actor.id:
        issues.append(Issue("", N_("You cannot deactivate yourself. Ask another administrator.")))
    if person.is_owner and Role.OWNER not in actor.roles:
        issues.append(Issue("", N_("Only an owner can deactivate an owner.")))
    if person.is_owner and _is_last(person, active_owners):
        issues.append(Issue("", LAST_OWNER))
    return issues


def reactivation_issues(*, actor: Actor, person: Standing) -> list[Issue]:
    """What speaks against giving `person` access again, with the roles they had."""
    if person.is_owner and Role.OWNER not in actor.roles:
        return [Issue("", N_("Only an owner can let an owner in again."))]
    return []


LAST_OWNER = N_("This is the last owner. Make somebody else an owner first.")


def _touches_owner(person: Standing, roles: frozenset[Role]) -> bool:
    """Owners are changed in no way by others: neither the role itself nor what else an owner is."""
    return roles != person.roles and (person.is_owner or Role.OWNER in roles)


def _is_last(person: Standing, active_owners: Iterable[object]) -> bool:
    return person.is_active and set(active_owners) <= {person.id}

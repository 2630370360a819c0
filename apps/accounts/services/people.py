"""Who belongs to the company, with which roles, and whether they may sign in."""

from collections.abc import Collection, Sequence
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from apps.accounts.domain.people import (
    Standing,
    deactivation_issues,
    invitation_issues,
    reactivation_issues,
    role_change_issues,
)
from apps.accounts.domain.roles import Actor, Role
from apps.accounts.models import User
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.workspaces.scope import current_workspace
from apps.workspaces.services import forget_address, register_address

NOBODY = N_("There is no such person in this company.")


@transaction.atomic
def add_person(
    *, actor: Actor, email: str, name: str, password: str | None, roles: Collection[Role], language: str = ""
) -> User:
    """Make somebody a person of the company at once, with a confirmed address (set-up and the demo use this).

    People are otherwise invited. Raises `Refusal` if the address is taken or the actor may not give these roles.
    """
    actor.must("people.manage")
    refuse_if(N_("This person cannot be added."), invitation_issues(actor=actor, roles=frozenset(roles)))
    user = join(email=email, name=name, password=password, roles=roles, language=language)
    record(actor=actor, act="person.added", subject=user, after={"roles": user.roles})
    return user


def join(*, email: str, name: str, password: str | None, roles: Collection[Role], language: str) -> User:
    """Write a new person, their confirmed address and the finder's entry, in the caller's transaction."""
    email = email.strip().lower()
    if User.objects.filter(email__iexact=email).exists():
        taken = Issue("email", N_("“%(address)s” already belongs to this company."), {"address": email})
        raise Refusal(N_("This person cannot be added."), issues=[taken])
    user = User.objects.create_user(email, password, name=name, roles=_in_order(roles), language=language)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    register_address(email=email, workspace=current_workspace())
    return user


@transaction.atomic
def change_roles(*, actor: Actor, user_id: UUID, roles: Collection[Role]) -> User:
    """Give somebody exactly these roles. They hold from the person's next request on."""
    actor.must("people.manage")
    owners = _active_owners()
    user = _locked(user_id)
    wanted = frozenset(roles)
    issues = role_change_issues(actor=actor, person=_standing(user), roles=wanted, active_owners=owners)
    refuse_if(N_("The roles were not changed."), issues)
    before, user.roles = user.roles, _in_order(wanted)
    if user.roles != before:
        user.save(update_fields=["roles"])
        record(
            actor=actor, act="person.roles_changed", subject=user, before={"roles": before}, after={"roles": user.roles}
        )
    return user


@transaction.atomic
def deactivate(*, actor: Actor, user_id: UUID) -> User:
    """Take somebody's access away: sessions end at once, the finder forgets them. What they did stays."""
    actor.must("people.manage")
    owners = _active_owners()
    user = _locked(user_id)
    issues = deactivation_issues(actor=actor, person=_standing(user), active_owners=owners)
    refuse_if(N_("This person was not deactivated."), issues)
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_sessions(user)
        forget_address(email=user.email, workspace=current_workspace())
        record(actor=actor, act="person.deactivated", subject=user)
    return user


@transaction.atomic
def reactivate(*, actor: Actor, user_id: UUID) -> User:
    """Let somebody in again, with the roles they had."""
    actor.must("people.manage")
    user = _locked(user_id)
    refuse_if(N_("This person was not let in again."), reactivation_issues(actor=actor, person=_standing(user)))
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        register_address(email=user.email, workspace=current_workspace())
        record(actor=actor, act="person.reactivated", subject=user)
    return user


@transaction.atomic
def reset_second_factor(*, actor: Actor, user_id: UUID) -> User:
    """Remove somebody's authenticator app, keys and recovery codes, because they have lost them; sessions end too."""
    actor.must("people.manage")
    user = _locked(user_id)
    if _standing(user).is_owner and Role.OWNER not in actor.roles:
        raise Refusal(N_("Only an owner can do this for an owner."), status=403)
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if removed:
        end_sessions(user)
        record(actor=actor, act="person.second_factor_reset", subject=user)
    return user


@transaction.atomic
def follow_address(*, user: User, before: str | None, after: str) -> None:
    """Somebody confirmed a new address of their own: the finder and the record follow."""
    workspace = current_workspace()
    if before and before.lower() != after.lower():
        forget_address(email=before, workspace=workspace)
    register_address(email=after, workspace=workspace)
    record(
        actor=user.actor, act="person.address_changed", subject=user, before={"email": before}, after={"email": after}
    )


def end_sessions(user: User) -> None:
    """Sign somebody out everywhere, now."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def refuse_if(message: str, issues: Sequence[Issue]) -> None:
    """Raise a `Refusal` that lists everything that is wrong, if anything is."""
    if issues:
        raise Refusal(message, issues=issues)


def _locked(user_id: UUID) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotHere(NOBODY)
    return user


def _active_owners() -> list[UUID]:
    """The owners who may sign in, locked: two owners cannot each take the role from the other at the same moment."""
    owners = User.objects.select_for_update().filter(roles__contains=[Role.OWNER], is_active=True).order_by("pk")
    return [owner.pk for owner in owners]


def _standing(user: User) -> Standing:
    return Standing(id=user.pk, roles=user.role_set, is_active=user.is_active)


def _in_order(roles: Collection[Role]) -> list[str]:
    """Roles in the order of the table, so that the same set is always the same list."""
    return [str(role) for role in Role if role in roles]

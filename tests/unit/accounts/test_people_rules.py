"""A company never loses its last owner, and only owners touch owners: for every combination of roles."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.domain.people import (
    LAST_OWNER,
    Standing,
    deactivation_issues,
    invitation_issues,
    reactivation_issues,
    role_change_issues,
)
from apps.accounts.domain.roles import Actor, Role

OWNER, ADMIN, MEMBER = Role.OWNER, Role.ADMIN, Role.MEMBER
role_sets = st.frozensets(st.sampled_from(Role))


def actor(*roles: Role, id: UUID | None = None) -> Actor:
    return Actor(id=id or uuid4(), name="Somebody", roles=frozenset(roles))


def person(*roles: Role, **facts: object) -> Standing:
    return Standing(uuid4(), frozenset(roles), **facts)


def said(issues: list) -> list[str]:
    return [issue.in_words() for issue in issues]


@given(role_sets, role_sets)
def test_who_is_no_owner_never_makes_or_changes_one(before: frozenset[Role], after: frozenset[Role]) -> None:
    issues = role_change_issues(
        actor=actor(ADMIN), person=Standing(uuid4(), before), roles=after, active_owners=[uuid4(), uuid4()]
    )
    touched = before != after and OWNER in before | after
    assert ("Only an owner can make or change owners." in said(issues)) == touched


@given(st.integers(0, 3), role_sets, st.booleans())
def test_a_company_keeps_an_owner_whatever_is_asked(others: int, after: frozenset[Role], active: bool) -> None:
    someone = person(OWNER, is_active=active)
    owners = [uuid4() for _ in range(others)] + ([someone.id] if active else [])
    issues = role_change_issues(actor=actor(OWNER), person=someone, roles=after, active_owners=owners)
    if not issues:
        left = others + (1 if active and OWNER in after else 0)
        assert left >= 1 or not active


def test_the_last_owner_cannot_give_the_role_away_or_be_deactivated() -> None:
    ada = person(OWNER)
    change = role_change_issues(actor=actor(OWNER), person=ada, roles=frozenset({ADMIN}), active_owners=[ada.id])
    assert said(change) == [LAST_OWNER]
    assert LAST_OWNER in said(deactivation_issues(actor=actor(OWNER), person=ada, active_owners=[ada.id]))


def test_a_second_owner_may_leave() -> None:
    ada, eve = person(OWNER), person(OWNER)
    assert not deactivation_issues(actor=actor(OWNER, id=ada.id), person=eve, active_owners=[ada.id, eve.id])


def test_nobody_deactivates_themselves() -> None:
    adi = person(ADMIN)
    issues = deactivation_issues(actor=actor(ADMIN, id=adi.id), person=adi, active_owners=[uuid4()])
    assert said(issues) == ["You cannot deactivate yourself. Ask another administrator."]


def test_an_administrator_neither_deactivates_nor_lets_in_an_owner() -> None:
    eve = person(OWNER)
    assert deactivation_issues(actor=actor(ADMIN), person=eve, active_owners=[uuid4(), eve.id])
    assert reactivation_issues(actor=actor(ADMIN), person=person(OWNER, is_active=False))
    assert not reactivation_issues(actor=actor(ADMIN), person=person(MEMBER, is_active=False))


def test_an_invitation_names_a_role_and_makes_an_owner_only_by_an_owner() -> None:
    assert said(invitation_issues(actor=actor(ADMIN), roles=frozenset())) == ["Choose at least one role."]
    assert invitation_issues(actor=actor(ADMIN), roles=frozenset({OWNER}))
    assert not invitation_issues(actor=actor(OWNER), roles=frozenset({OWNER}))

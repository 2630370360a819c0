"""The permission table holds what it promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.domain.roles import PERMISSION_WORDS, PERMISSIONS, ROBOT, ROLE_WORDS, Actor, Role
from apps.kernel.issue import Forbidden

LOOKING = {name for name in PERMISSIONS if name.endswith(".view")}
OWN = {"api.keys", "profile.edit", "pay.own", "pay.teams"}  # of themselves; of teams they are let look after
HANDS_OF_PAY = {"pay.prepare", "pay.review", "pay.payroll"}  # apart from those who approve

permissions = st.sampled_from(sorted(PERMISSIONS))
role_sets = st.frozensets(st.sampled_from(Role))


def actor(*roles: Role) -> Actor:
    return Actor(id=ROBOT.id, name="Somebody", roles=frozenset(roles))


@given(permissions)
def test_an_owner_may_do_everything_but_prepare_the_pay_they_approve(permission: str) -> None:
    assert actor(Role.OWNER).may(permission) is (permission not in HANDS_OF_PAY)


def test_a_viewer_and_a_member_never_change_anything_but_themselves() -> None:
    goals_of_their_own = {"objectives.edit", "checkins.write"}  # whose they are is seen to in apps.goals
    for role, more in ((Role.VIEWER, set()), (Role.MEMBER, goals_of_their_own)):
        assert {name for name in PERMISSIONS if actor(role).may(name)} <= LOOKING | OWN | more
        assert {name for name in PERMISSIONS if name.startswith("pay.") and actor(role).may(name)} == {
            "pay.own",
            "pay.teams",
        }


@given(role_sets, role_sets, permissions)
def test_another_role_never_takes_anything_away(some: frozenset[Role], more: frozenset[Role], permission: str) -> None:
    if actor(*some).may(permission):
        assert actor(*some, *more).may(permission)


@given(role_sets, permissions)
def test_must_refuses_exactly_whom_may_denies(roles: frozenset[Role], permission: str) -> None:
    if actor(*roles).may(permission):
        actor(*roles).must(permission)
    else:
        with pytest.raises(Forbidden):
            actor(*roles).must(permission)


def test_without_a_role_nothing_opens() -> None:
    assert not [name for name in PERMISSIONS if actor().may(name)]


def test_an_unknown_permission_is_a_defect() -> None:
    with pytest.raises(KeyError):
        actor(Role.OWNER).may("metrics.destroy")


def test_only_owners_and_administrators_touch_people_company_and_the_north_star() -> None:
    for permission in ("people.manage", "company.settings", "north_star.choose", "audit.view"):
        assert PERMISSIONS[permission] == {Role.OWNER, Role.ADMIN}


def test_every_permission_and_every_role_has_words() -> None:
    assert list(PERMISSION_WORDS) == list(PERMISSIONS)
    assert list(ROLE_WORDS) == list(Role)

"""What people paste when they invite, and how long an invitation is good."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.accounts.domain.invitations import LIFETIME, State, read_addresses, state_of

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def state(**facts: datetime | None) -> State:
    return state_of(
        **{"expires_at": NOW + timedelta(seconds=1), "accepted_at": None, "withdrawn_at": None, "now": NOW, **facts}
    )


def test_addresses_are_read_however_they_are_separated() -> None:
    text = "Ada@Acme.test, ben@acme.test；mia@acme.test\n<cleo@acme.test>、 ada@acme.test"
    assert read_addresses(text) == (["ada@acme.test", "ben@acme.test", "mia@acme.test", "cleo@acme.test"], [])


def test_every_wrong_address_is_named_at_once() -> None:
    addresses, issues = read_addresses("ada@acme.test ben@ acme.test @x.test a@b@c.test")
    assert addresses[0] == "ada@acme.test"
    assert [issue.params["address"] for issue in issues] == ["ben@", "acme.test", "@x.test", "a@b@c.test"]


@pytest.mark.parametrize("text", ["", "  \n ,; "])
def test_nothing_typed_is_an_issue(text: str) -> None:
    assert [issue.in_words() for issue in read_addresses(text)[1]] == ["Type at least one e-mail address."]


def test_too_many_at_once_are_refused_with_both_numbers() -> None:
    _, issues = read_addresses("\n".join(f"p{n}@acme.test" for n in range(101)))
    assert [issue.in_words() for issue in issues] == ["These are 101 addresses; invite at most 100 at once."]


@pytest.mark.parametrize(
    "address", ["a" * 65 + "@acme.test", "a@" + "b" * 190 + ".test", "ada@acme", "ada@.test", "a,b@acme.test;x@"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert read_addresses(address)[1]


def test_an_invitation_is_good_until_just_before_it_expires() -> None:
    assert state(expires_at=NOW + timedelta(microseconds=1)) is State.WAITING
    assert state(expires_at=NOW) is State.EXPIRED


def test_accepted_stays_accepted_and_withdrawn_stays_withdrawn_after_expiry() -> None:
    past = NOW - LIFETIME
    assert state(expires_at=past, accepted_at=past) is State.ACCEPTED
    assert state(expires_at=past, withdrawn_at=past) is State.WITHDRAWN

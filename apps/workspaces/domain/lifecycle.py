"""The life of a workspace: which state may follow which."""

from enum import StrEnum

from apps.kernel.issue import N_, Refusal


class State(StrEnum):
    """The states, by the names under which they are kept."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSING = "closing"
    CLOSED = "closed"


MAY_FOLLOW: dict[State, frozenset[State]] = {
    State.PROVISIONING: frozenset({State.ACTIVE, State.CLOSED}),
    State.ACTIVE: frozenset({State.SUSPENDED, State.CLOSING}),
    State.SUSPENDED: frozenset({State.ACTIVE, State.CLOSING}),
    State.CLOSING: frozenset({State.ACTIVE, State.CLOSED}),
    State.CLOSED: frozenset(),
}


def check_step(before: str, after: State) -> None:
    """Raise `Refusal` unless a workspace in the state `before` may come into the state `after`."""
    if after not in MAY_FOLLOW[State(before)]:
        raise Refusal(
            N_("A workspace that is “%(before)s” cannot become “%(after)s”."),
            {"before": before, "after": after.value},
            status=409,
        )

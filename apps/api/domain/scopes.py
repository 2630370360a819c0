"""What a key may be used for: areas, each to read or to write, on top of what its owner's roles allow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from apps.accounts.domain.roles import Actor
from apps.kernel.issue import N_

SCOPES: dict[str, str] = {
    "metrics:read": N_("Read metrics, values, the tree and runs"),
    "metrics:write": N_("Define metrics and have them computed"),
    "north_star:write": N_("Choose the North Star Metric"),
    "data:read": N_("Read data and uploads"),
    "data:write": N_("Upload files and name their columns"),
    "sources:write": N_("Read sources now, pause them and let them run"),
    "rows:read": N_("Read uploaded rows, of a dataset or behind a value"),
    "targets:read": N_("Read targets"),
    "targets:write": N_("Set and withdraw targets"),
    "objectives:read": N_("Read OKR cycles, objectives, key results and what was said of them"),
    "objectives:write": N_("Set, change, score and drop objectives, and check in"),
    "cycles:write": N_("Make, close and reopen OKR cycles"),
    "actions:read": N_("Read actions and what came of them"),
    "actions:write": N_("Plan, change and end actions"),
    "values:write": N_("Type values of manual metrics"),
    "own_pay:read": N_("Pay, which a key reads alone: read the owner's own pay statements"),
    "team_pay:read": N_("Pay, which a key reads alone: read the statements of teams the owner looks after"),
    "pay:read": N_("Pay, which a key reads alone: read who takes part, target bonuses, runs and what they pay"),
}
"""Every scope with what it opens, in words."""

PAY = frozenset({"own_pay:read", "team_pay:read", "pay:read"})
"""A key with one of these opens nothing else, so that no key made for figures carries pay along by the way."""
GENERAL = tuple(scope for scope in SCOPES if scope not in PAY)
"""Everything that one key may open together."""

NEEDED: dict[str, str] = {
    "metrics.view": "metrics:read",
    "metrics.edit": "metrics:write",
    "metrics.rows": "rows:read",
    "north_star.choose": "north_star:write",
    "data.view": "data:read",
    "data.upload": "data:write",
    "sources.manage": "sources:write",
    "targets.view": "targets:read",
    "targets.edit": "targets:write",
    "objectives.view": "objectives:read",
    "objectives.edit": "objectives:write",
    "objectives.edit_all": "objectives:write",
    "checkins.write": "objectives:write",
    "cycles.manage": "cycles:write",
    "initiatives.view": "actions:read",
    "initiatives.edit": "actions:write",
    "initiatives.edit_all": "actions:write",
    "targets.approve": "targets:write",
    "values.type": "values:write",
    "pay.own": "own_pay:read",
    "pay.teams": "team_pay:read",
    "pay.view": "pay:read",
}
"""Which scope a permission takes. What is in neither table is out of reach of keys."""

ALWAYS = frozenset({"home.view", "work.view"})
"""What any key may do that its owner may: see what the API offers, and how far a piece of work is."""


def widened(scopes: Collection[str]) -> frozenset[str]:
    """The scopes that hold: who may write in an area may read there."""
    reading = {f"{scope.removesuffix(':write')}:read" for scope in scopes if scope.endswith(":write")}
    return frozenset(scopes) | reading


def opens(permission: str, scopes: Collection[str]) -> bool:
    """Whether a key with `scopes` may use `permission`, its owner's roles aside."""
    return permission in ALWAYS or NEEDED.get(permission, "-") in widened(scopes)


@dataclass(frozen=True)
class ScopedActor(Actor):
    """Who acts through a key: what the roles allow and the scopes open, both."""

    scopes: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        return super().may(permission) and opens(permission, self.scopes)

"""Set, propose, approve and withdraw targets. What was agreed is kept: nothing here changes or deletes a goal."""

from apps.targets.services.approving import (
    DECIDED_ALREADY,
    OWN_PROPOSAL,
    approve_target,
    change_target_policy,
    reject_target,
)
from apps.targets.services.cascading import NO_BAND, Asked, Line, Preview, apply_cascade, preview_cascade
from apps.targets.services.setting import (
    CANNOT_BE_SET,
    CHANGED_MEANWHILE,
    ENDED_ALREADY,
    Scope,
    issues_of,
    set_target,
    withdraw_target,
)

__all__ = [
    "CANNOT_BE_SET",
    "CHANGED_MEANWHILE",
    "DECIDED_ALREADY",
    "ENDED_ALREADY",
    "NO_BAND",
    "OWN_PROPOSAL",
    "Asked",
    "Line",
    "Preview",
    "Scope",
    "apply_cascade",
    "approve_target",
    "change_target_policy",
    "issues_of",
    "preview_cascade",
    "reject_target",
    "set_target",
    "withdraw_target",
]

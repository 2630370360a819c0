"""Set, propose, approve and withdraw targets. What was agreed is kept: nothing here changes or deletes a goal."""

from apps.targets.services.approving import (
    DECIDED_ALREADY,
    OWN_PROPOSAL,
    approve_target,
    change_target_policy,
    reject_target,
)
from apps.targets.services.cascading import NO_BAND, Asked, Line, Preview, apply_cascade, preview_cascade
from apps.targets.services.many import MOST_ROWS, Row, set_many
from apps.targets.services.reviewing import remind_of_reviews
from apps.targets.services.setting import (
    CANNOT_BE_SET,
    CHANGED_MEANWHILE,
    ENDED_ALREADY,
    Scope,
    issues_of,
    set_target,
    withdraw_target,
)
from apps.targets.services.sheets import LARGEST as LARGEST_SHEET
from apps.targets.services.sheets import (
    apply_sheet,
    check_sheet,
    hand_in,
    read_sheet,
    sheet_for,
    sheet_stopped,
)

__all__ = [
    "CANNOT_BE_SET",
    "CHANGED_MEANWHILE",
    "DECIDED_ALREADY",
    "ENDED_ALREADY",
    "LARGEST_SHEET",
    "MOST_ROWS",
    "NO_BAND",
    "OWN_PROPOSAL",
    "Asked",
    "Line",
    "Preview",
    "Row",
    "Scope",
    "apply_cascade",
    "apply_sheet",
    "approve_target",
    "change_target_policy",
    "check_sheet",
    "hand_in",
    "issues_of",
    "preview_cascade",
    "read_sheet",
    "reject_target",
    "remind_of_reviews",
    "set_many",
    "set_target",
    "sheet_for",
    "sheet_stopped",
    "withdraw_target",
]

"""Act on metrics: define, type, choose, build the tree; and, for workers, compute.

What runs in a worker is imported when it is called: the web process never loads the engine.
"""

from apps.metrics.selectors.beside import tell_beside
from apps.metrics.selectors.usage import tell_uses
from apps.metrics.services.approving import change_score_policy
from apps.metrics.services.certifying import certify, may_certify, withdraw_certification
from apps.metrics.services.dating import Since, Start, first_day_of_running
from apps.metrics.services.definitions import (
    archive_metric,
    check,
    define,
    delete_metric,
    restore_metric,
    set_owner,
)
from apps.metrics.services.drafting import (
    discard_tree_draft,
    draft_add,
    draft_add_factors,
    draft_link,
    draft_place,
    draft_redo,
    draft_remove,
    draft_shift,
    draft_undo,
    publish_tree,
    restore_tree,
)
from apps.metrics.services.freshness import tell_fresh
from apps.metrics.services.locks import new_edition
from apps.metrics.services.moves import (
    ask_for_moves,
    ask_for_upload_moves,
    compute_moves,
    compute_upload_moves,
    moves_subject,
    upload_moves_subject,
    users_of_columns,
)
from apps.metrics.services.north_star import choose_north_star
from apps.metrics.services.previewing import (
    compute_preview,
    preview_kept,
    preview_name,
    preview_subject,
    request_preview,
)
from apps.metrics.services.rows import ROWS_PER_PAGE, request_rows, request_rows_file, rows_file
from apps.metrics.services.sweeping import forget_row_files, sweep_queries, sweep_row_files
from apps.metrics.services.together import define_together
from apps.metrics.services.tree import add_factors, add_node, arrange, change_node, move_node, remove_node
from apps.metrics.services.typing import TypedValue, type_grid, type_value, type_values
from apps.metrics.services.versions import (
    approve_draft,
    ask_for_approval,
    discard_draft,
    publish_draft,
    rebase_draft,
    reject_draft,
    request_comparison,
    restore_version,
    save_draft,
)
from apps.metrics.services.warning import warn_anew
from apps.work.services import Claim, Work

__all__ = [
    "ROWS_PER_PAGE",
    "Since",
    "Start",
    "TypedValue",
    "add_factors",
    "add_node",
    "approve_draft",
    "archive_metric",
    "arrange",
    "ask_for_approval",
    "ask_for_moves",
    "ask_for_upload_moves",
    "certify",
    "change_node",
    "change_score_policy",
    "check",
    "choose_north_star",
    "compare_draft",
    "compute_all",
    "compute_dataset",
    "compute_metric",
    "compute_moves",
    "compute_preview",
    "compute_stopped",
    "compute_upload_moves",
    "define",
    "define_together",
    "delete_metric",
    "discard_draft",
    "discard_tree_draft",
    "draft_add",
    "draft_add_factors",
    "draft_link",
    "draft_place",
    "draft_redo",
    "draft_remove",
    "draft_shift",
    "draft_undo",
    "first_day_of_running",
    "forget_row_files",
    "may_certify",
    "move_node",
    "moves_subject",
    "new_edition",
    "preview_kept",
    "preview_name",
    "preview_subject",
    "publish_draft",
    "publish_tree",
    "read_rows",
    "rebase_draft",
    "reject_draft",
    "remove_node",
    "request_comparison",
    "request_preview",
    "request_rows",
    "request_rows_file",
    "restore_metric",
    "restore_tree",
    "restore_version",
    "rows_file",
    "save_draft",
    "set_owner",
    "sweep_queries",
    "sweep_row_files",
    "tell_beside",
    "tell_fresh",
    "tell_uses",
    "type_grid",
    "type_value",
    "type_values",
    "upload_moves_subject",
    "users_of_columns",
    "warn_anew",
    "withdraw_certification",
    "write_rows_file",
]


def compute_dataset(claim: Claim) -> None:
    """Worker: bring every metric that reads the data set `claim.work.subject` (its id) up to date."""
    from apps.metrics.services import compute

    compute.compute_dataset(claim)


def compute_metric(claim: Claim) -> None:
    """Worker: bring the metric `claim.work.subject` (its id), and the formulas above it, up to date."""
    from apps.metrics.services import compute

    compute.compute_metric(claim)


def compute_all(claim: Claim) -> None:
    """Worker: bring every metric up to date, for example after the company's calendar changed."""
    from apps.metrics.services import compute

    compute.compute_all(claim)


def compute_stopped(work: Work) -> None:
    """A computation was set aside: its run says so."""
    from apps.metrics.services import compute

    compute.note_stopped(work)


def read_rows(claim: Claim) -> None:
    """Worker: read the page of rows that `request_rows` asked for, and keep it."""
    from apps.metrics.services import reading

    reading.read_rows(claim)


def compare_draft(claim: Claim) -> None:
    """Worker: compute the draft `claim.work.subject` (its id) beside the current version, for the page of the draft."""
    from apps.metrics.services import comparing

    comparing.compare_draft(claim)


def write_rows_file(claim: Claim) -> None:
    """Worker: write the file of rows that `request_rows_file` asked for."""
    from apps.metrics.services import exporting

    exporting.write_rows_file(claim)

"""Act on metrics: define, type, choose, build the tree; and, for workers, compute.

What runs in a worker is imported when it is called: the web process never loads the engine.
"""

from apps.metrics.services.definitions import archive_metric, check, define, restore_metric, set_owner
from apps.metrics.services.north_star import choose_north_star
from apps.metrics.services.rows import ROWS_PER_PAGE, request_rows
from apps.metrics.services.tree import add_factors, add_node, change_node, move_node, remove_node
from apps.metrics.services.typing import TypedValue, type_value, type_values
from apps.work.services import Claim, Work

__all__ = [
    "ROWS_PER_PAGE",
    "TypedValue",
    "add_factors",
    "add_node",
    "archive_metric",
    "change_node",
    "check",
    "choose_north_star",
    "compute_all",
    "compute_dataset",
    "compute_metric",
    "compute_stopped",
    "define",
    "move_node",
    "read_rows",
    "remove_node",
    "request_rows",
    "restore_metric",
    "set_owner",
    "type_value",
    "type_values",
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

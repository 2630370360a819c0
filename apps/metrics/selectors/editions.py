"""What finished pages and answers are filed under."""

from __future__ import annotations

from apps.metrics.models import Edition


def edition() -> str:
    """A word that changes with every change of definitions, values, the tree or targets, in its transaction. One query.

    Read it before anything else: what is read afterwards is of this edition or newer, never older.
    """
    marks = Edition.objects.order_by("subject").values_list("subject", "mark")
    return " ".join(f"{subject}:{mark.hex}" for subject, mark in marks)

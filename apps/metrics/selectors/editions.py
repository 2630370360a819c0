"""What finished pages and answers are filed under."""

from __future__ import annotations

from django.db import connection


def edition() -> str:
    """A word that changes with every change of definitions, values, the tree or targets, in its transaction. One query.

    Read it before anything else: what is read afterwards is of this edition or newer, never older.
    """
    with connection.cursor() as cursor:  # each page that is kept asks this: past everything that builds queries
        cursor.execute("SELECT subject, mark FROM metrics_edition ORDER BY subject")
        return " ".join(f"{subject}:{mark.hex}" for subject, mark in cursor.fetchall())

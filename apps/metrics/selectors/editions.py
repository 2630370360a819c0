"""What finished pages and answers are filed under."""

from __future__ import annotations

from django.db import connection

from apps.accounts import selectors as accounts

_OWN = "SELECT subject, mark FROM metrics_edition"


def edition(*, with_people: bool = False) -> str:
    """A word that changes with every change of definitions, values, the tree or targets, in its transaction; or also
    `with_people`, teams and who belongs to them. One query.

    Read it before anything else: what is read afterwards is of this edition or newer, never older.
    """
    told = f"{_OWN} UNION ALL {accounts.EDITION}" if with_people else _OWN
    with connection.cursor() as cursor:  # each page that is kept asks this: past everything that builds queries
        cursor.execute(f"{told} ORDER BY 1, 2")
        return " ".join(f"{subject}:{mark.hex}" for subject, mark in cursor.fetchall())

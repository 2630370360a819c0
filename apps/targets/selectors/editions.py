"""At what everything that pages of targets and goals show stands."""

from apps.accounts import selectors as people
from apps.metrics import selectors as metrics


def edition() -> str:
    """A word that changes with every change of figures, targets, goals, people and teams. Two queries.

    Read it before anything else: what is read afterwards is of this edition or newer, never older.
    """
    return f"{metrics.edition()} {people.edition()}"

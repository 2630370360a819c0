"""At what everything that pages of targets and goals show stands."""

from apps.metrics import selectors as metrics


def edition() -> str:
    """A word that changes with every change of figures, targets, goals, people and teams. One query.

    Read it before anything else: what is read afterwards is of this edition or newer, never older.
    """
    return metrics.edition(with_people=True)

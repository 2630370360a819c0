"""Pages of rows that a worker has read on request."""

from collections.abc import Sequence

from django.db.models.functions import Now

from apps.datasets.models import RowPage

Cell = str | int | None


def keep_rows(*, subject: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], total: int) -> RowPage:
    """Keep a page of rows under the name of what was asked; an earlier page of that name is replaced."""
    values = {"columns": list(columns), "rows": [list(row) for row in rows], "total": total, "made_at": Now()}
    return RowPage.objects.update_or_create(subject=subject, defaults=values)[0]

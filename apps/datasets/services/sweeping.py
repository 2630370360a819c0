"""Forget pages of rows that were read on request. Uploads and versions of the data stay: values name them."""

from datetime import datetime

from apps.common.sweeping import delete_in_portions, remove_files
from apps.datasets.models import RowPage, root

ROLLUPS = "rollups"
"""The folder in which the engine may keep what files come to between requests; its names say what is in them."""

COMPARED = "compared"
"""The folder of the rows in which versions differ, by the ids of both."""


def sweep_pages(before: datetime) -> int:
    """Delete pages (of rejected rows, rows behind values, datasets and previews) made before a moment; how many."""
    return delete_in_portions(RowPage.objects.filter(made_at__lt=before))


def sweep_rollups(before: datetime) -> int:
    """Remove what the engine kept before a moment; it makes anew what it needs. How many files."""
    return remove_files(root() / ROLLUPS, before.timestamp())


def sweep_comparisons(before: datetime) -> int:
    """Remove comparisons of versions made before a moment; who asks again has them made again. How many files."""
    return remove_files(root() / COMPARED, before.timestamp())

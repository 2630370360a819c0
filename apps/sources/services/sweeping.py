"""Forget readings that brought nothing, long ago. Those that brought files stay: they say what was taken."""

from datetime import datetime

from apps.common.sweeping import delete_in_portions
from apps.sources.models import Pull


def sweep_pulls(before: datetime) -> int:
    """Delete readings without files that ended before a moment; how many."""
    return delete_in_portions(Pull.objects.filter(ended_at__lt=before, files=None))

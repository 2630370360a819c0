"""Clear away notices that are old, seen or not."""

from datetime import datetime

from apps.common.sweeping import delete_in_portions
from apps.notifications.models import Notice


def sweep_notices(before: datetime) -> int:
    """Delete notices that were written before a moment; how many. What is that old nobody is told again."""
    return delete_in_portions(Notice.objects.filter(created_at__lt=before))

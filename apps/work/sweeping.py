"""Forget work that ended long ago. What waits, runs, or failed and was not asked for again stays."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from apps.common.sweeping import delete_in_portions
from apps.work.models import Work


def sweep_finished(before: datetime) -> int:
    """Delete work that was done, or set aside and asked for again, before a moment; how many pieces.

    A row that an older one names as its second asking stays until that one is gone, so that nothing seems to be
    waiting for somebody again.
    """
    asked_again = Q(status=Work.Status.PARKED, again__isnull=False)
    named = Work.objects.filter(again=OuterRef("pk"))
    ended = Work.objects.filter(Q(status=Work.Status.DONE) | asked_again, finished_at__lt=before)
    return delete_in_portions(ended.filter(~Exists(named)))

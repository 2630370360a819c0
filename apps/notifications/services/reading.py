"""Notices that somebody has seen, or wants to keep as unseen."""

from datetime import datetime
from uuid import UUID

from apps.accounts.domain.roles import Actor
from apps.notifications import selectors
from apps.notifications.models import Notice


def mark(*, actor: Actor, notice_id: UUID, read: bool, now: datetime) -> Notice:
    """Say that a notice of one's own was seen, or is to count as new again. Twice is the same as once."""
    actor.must("home.view")
    notice = selectors.notice_for(actor.id, notice_id)
    if read == (notice.read_at is not None):
        return notice
    notice.read_at = now if read else None
    notice.save(update_fields=["read_at"])
    return notice


def mark_all_read(*, actor: Actor, newest: UUID, now: datetime) -> int:
    """Say that everything up to the `newest` notice on one's page was seen; how many that were.

    What came while the page was open stays new.
    """
    actor.must("home.view")
    until = selectors.notice_for(actor.id, newest).created_at
    return selectors.notices(actor.id, unread=True).filter(created_at__lte=until).update(read_at=now)

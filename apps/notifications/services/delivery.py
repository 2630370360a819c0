"""Carry notices to where people read them besides the product. A channel is one function: `CHANNELS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from django.utils import translation

from apps.accounts.selectors import person_for
from apps.kernel.issue import N_
from apps.notifications.domain.kinds import MAIL
from apps.notifications.models import Notice
from apps.notifications.services.letters import notice_letter
from apps.work.services import Claim, WorkFailed, enqueue_all
from apps.workspaces.scope import current_workspace

DELIVER = "notifications.deliver"
NOT_TAKEN = N_("Notices could not be delivered: %(reason)s")
Send = Callable[[object, Sequence[Notice]], None]


def _send_mail(reader: object, rows: Sequence[Notice]) -> None:
    notice_letter(reader, rows).send()


CHANNELS: Mapping[str, Send] = MappingProxyType({MAIL: _send_mail})
"""How notices reach people elsewhere: a function that is given a person and what is new for them.

It speaks the person's language already, and raises OSError where it is worth trying again.
"""


def ask_for_delivery(rows: Iterable[Notice]) -> None:
    """Have notices carried to where they wait for, in the caller's transaction. One channel never waits for another.

    Two queries, however many people.
    """
    waiting = {(channel, str(row.recipient_id)) for row in rows for channel in row.waits}
    enqueue_all(DELIVER, {f"{channel}:{person}": {"channel": channel, "person": person} for channel, person in waiting})


def deliver(claim: Claim) -> None:
    """Work: everything that waits for one person on one channel, in one message.

    What they have read in the product meanwhile is not sent after them; who was deactivated gets nothing.
    """
    channel, person = claim.work.args["channel"], claim.work.args["person"]
    reader = person_for(person)
    try:
        with claim.completing():
            waiting = Notice.objects.select_for_update().filter(recipient_id=person, waits__contains=[channel])
            rows = list(waiting.order_by("created_at", "pk"))
            unread = [row for row in rows if row.read_at is None]
            if unread and reader is not None and reader.is_active:
                with translation.override(reader.language or current_workspace().language):
                    CHANNELS[channel](reader, unread)
            for row in rows:
                row.waits = [name for name in row.waits if name != channel]
            Notice.objects.bulk_update(rows, ["waits"])
    except OSError as error:  # what smtplib and sockets raise
        raise WorkFailed(NOT_TAKEN, retry=True, params={"reason": str(error)[:200]}) from error

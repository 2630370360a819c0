"""Write what people are to know, and have every way that takes time done by workers, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction

from apps.accounts.selectors import active_people
from apps.notifications.domain.kinds import APP, kind_of, ways
from apps.notifications.domain.wording import Filled, is_own_path, pack
from apps.notifications.models import Notice
from apps.notifications.selectors import chosen_by
from apps.notifications.services.delivery import CHANNELS, ask_for_delivery


@transaction.atomic
def tell(
    *,
    people: Iterable[UUID | None],
    kind: str,
    message: str,
    url: str,
    params: Mapping[str, Filled] | None = None,
    key: str = "",
    but: UUID | None = None,
) -> int:
    """Tell people something, each by the ways they chose; to how many it was new.

    `message` is a msgid marked with `N_`, filled in from `params` (names, whole numbers, days) when it is read. Say no
    amount and nothing private in it: it goes by mail, and who may open `url` is asked again there. The same `key` is
    told a person once, whatever is killed or runs twice. Who is deactivated, and `but` (who did it), hear nothing.
    Seven queries at most, however many people.
    """
    known = kind_of(kind)
    if not is_own_path(url):
        raise ValueError(f"{url} is no page of the company.")
    wanted = {person for person in people if person is not None} - {but}
    active = sorted(active_people().filter(pk__in=wanted).values_list("pk", flat=True))
    chosen = chosen_by(active)
    filled = pack(params or {})
    rows = []
    for person in active:
        by = ways(known, chosen.get(person, {}))
        if by:
            rows.append(
                Notice(
                    recipient_id=person, kind=kind, message=message, params=filled, url=url, key=key,
                    shown=APP in by, waits=sorted(by & CHANNELS.keys()),
                )
            )  # fmt: skip
    new = _written(rows)
    ask_for_delivery(row for row in rows if row.pk in new)
    return len(new)


def _written(rows: list[Notice]) -> set[UUID]:
    """Write what was not told before; the ids of what was new."""
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return set(Notice.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))

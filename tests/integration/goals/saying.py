"""Check-ins as the tests make them."""

from apps.goals import services
from apps.goals.domain.saying import Said
from apps.goals.models import CheckIn, KeyResult
from apps.goals.selectors import checkins as selectors
from tests.integration.goals.conftest import D

SURE = Said(value=D(120), confidence="on_track")


def say(person, row, said=SURE, *, seen="newest", today, now, **more) -> CheckIn:
    if seen == "newest":
        last = selectors.newest(row.pk)
        seen = last.pk if last else None
    return services.check_in(
        actor=person.actor, key_result_id=row.pk, said=said, seen=seen, today=today, now=now, **more
    )


def fresh(row: KeyResult) -> KeyResult:
    return selectors.live().get(pk=row.pk)

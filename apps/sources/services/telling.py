"""Tell the owner of a source how it goes: once when it begins to fail, when it is paused, and when it works again."""

from django.urls import reverse

from apps.kernel.issue import N_
from apps.notifications.services import tell
from apps.sources.models import Pull, Source

FAILED = N_("“%(name)s” could not be read. It is tried again by itself; its page says why.")
PAUSED = N_("“%(name)s” was paused after %(count)s failures in a row. Its page says why.")
WAITS = N_("“%(name)s” has brought a file that waits for you.")
WORKS = N_("“%(name)s” is read again without failures.")
KINDS = (
    ("sources.failed", N_("A source of mine fails, or is paused")),
    ("sources.waits", N_("A file of a source of mine waits for me")),
    ("sources.works_again", N_("A source of mine works again")),
)
GROUP = N_("Data")


def tell_owner(source: Source, kind: str, message: str, pull: Pull, **params: int) -> None:
    """One notice for a reading and a kind, whoever runs twice."""
    tell(
        people=[source.owner_id], kind=kind, message=message, params={"name": source.name, **params},
        url=reverse("sources:detail", args=[source.pk]), key=f"{kind}:{pull.pk}",
    )  # fmt: skip

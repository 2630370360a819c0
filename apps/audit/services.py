"""Write down what somebody did."""

from apps.accounts.domain.roles import Actor
from apps.audit.models import Entry


def record(
    *, actor: Actor, act: str, subject: object, before: object = None, after: object = None, note: str = ""
) -> Entry:
    """Write one change in the caller's transaction. `before` and `after` are plain JSON values, without secrets."""
    return Entry.objects.create(
        actor_id=actor.id,
        actor_name=actor.name[:120],
        act=act,
        subject_kind=subject._meta.model_name,
        subject_id=str(subject.pk),
        subject_name=str(subject)[:200],
        before=before,
        after=after,
        note=note,
    )

"""Read what was done."""

from django.db.models import QuerySet

from apps.audit.models import Entry


def history_of(subject: object) -> QuerySet[Entry]:
    """Every change of one thing, newest first."""
    return Entry.objects.filter(subject_kind=subject._meta.model_name, subject_id=str(subject.pk))

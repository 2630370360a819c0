"""Seal every secret anew under the newest key, so that an older one can be taken away."""

from django.db import transaction

from apps.sources.models import Source
from apps.sources.services.sealing import SecretLost, sealed_anew


@transaction.atomic
def rotate_secrets() -> tuple[int, list[str]]:
    """Of the current workspace: how many were sealed anew, and the names of sources whose secret is lost."""
    done, lost = 0, []
    for source in Source.objects.select_for_update().exclude(secret="").order_by("pk"):
        try:
            source.secret = sealed_anew(source.secret)
        except SecretLost:
            lost.append(source.name)
            continue
        source.save(update_fields=["secret"])
        done += 1
    return done, lost

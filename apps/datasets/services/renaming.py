"""What data is called. Its key stays for good: formulas, the API and the model as code go by that."""

from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.models import Dataset
from apps.datasets.services.hearing import health_changed
from apps.kernel.issue import N_, NotHere, Refusal

LONGEST_NAME = 120
NO_NAME = N_("Give the data a name of up to %(most)s characters, such as “Work orders”.")
NAME_TAKEN = N_("There is data called “%(name)s” already, perhaps in the bin. Use another name.")


@transaction.atomic
def rename_dataset(*, actor: Actor, dataset_id: UUID, name: str) -> Dataset:
    """Give data another name; pages that show it are made anew. Names are told apart whatever their case.

    Raises Forbidden, NotHere, or Refusal with what is wrong with the name.
    """
    actor.must("data.upload")
    name = " ".join(name.split())
    there = {each.pk: each for each in Dataset.objects.select_for_update().filter(gone_at=None).order_by("pk")}
    dataset = there.get(dataset_id)
    if dataset is None or dataset.archived_at is not None:
        raise NotHere(N_("There is no such data."))
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refusal(NO_NAME, {"most": LONGEST_NAME})
    if name.casefold() in {other.name.casefold() for pk, other in there.items() if pk != dataset_id}:
        raise Refusal(NAME_TAKEN, {"name": name})
    if name != dataset.name:
        before, dataset.name = dataset.name, name
        dataset.save(update_fields=["name"])
        audit.record(actor=actor, act="dataset.renamed", subject=dataset, before={"name": before}, after={"name": name})
        health_changed()
    return dataset

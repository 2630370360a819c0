"""Exchange rates: data like any other, and for how long one of them holds."""

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.models import Dataset
from apps.datasets.selectors import holds_rates
from apps.engine.conversion import MOST_RATE_DAYS
from apps.kernel.issue import N_, NotHere, Refusal
from apps.work.services import enqueue

NO_RATES = N_("There are no exchange rates in this data.")
DAYS_OUT_OF_RANGE = N_("A rate holds for 0 to %(most)s days after its own day.")


@transaction.atomic
def set_rate_days(*, actor: Actor, dataset_id: object, days: int) -> Dataset:
    """Say for how many days after its own a rate holds where no later one is known; all metrics follow.

    Raises Forbidden, NotHere, or Refusal for data without rates and days out of range.
    """
    actor.must("data.upload")
    dataset = Dataset.objects.select_for_update().filter(pk=dataset_id, archived_at=None).first()
    if dataset is None:
        raise NotHere(N_("There is no such data."))
    if not holds_rates(dataset):
        raise Refusal(NO_RATES)
    if not 0 <= days <= MOST_RATE_DAYS:
        raise Refusal(DAYS_OUT_OF_RANGE, {"most": MOST_RATE_DAYS})
    if days == dataset.rate_days:
        return dataset
    before, dataset.rate_days = dataset.rate_days, days
    dataset.save(update_fields=["rate_days"])
    audit.record(
        actor=actor, act="dataset.rate_days_set", subject=dataset, before={"days": before}, after={"days": days}
    )
    enqueue("metrics.compute_dataset", subject=dataset.pk, about=dataset.name, asked_by=actor.id)
    return dataset

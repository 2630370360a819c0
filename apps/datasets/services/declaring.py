"""A dataset whose columns are said before its first file comes, so that metrics can be defined over it already."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.domain.columns import Fault, MappingRefused, column_of, dataset_faults, engine_mapping, faults_of
from apps.datasets.models import Dataset, Upload
from apps.kernel.issue import N_, Issue

HAS_DATA = N_("There is data in it already. Upload a file that replaces everything to change its columns.")


@transaction.atomic
def declare_dataset(
    *, actor: Actor, key: str, name: str, columns: Sequence[Mapping[str, object]], row_key: Sequence[str] = ()
) -> Dataset:
    """Make the dataset `key`, empty, with its columns; or, while it is empty, say its name and columns anew.

    `columns` as for `name_columns`, with the headers that its files will have. The first file has to bring them.
    Raises `MappingRefused` with every fault.
    """
    actor.must("data.upload")
    chosen = [column_of(column) for column in columns]
    datasets = {dataset.key: dataset for dataset in Dataset.objects.select_for_update().order_by("pk")}
    dataset = datasets.get(key)
    others = [other.name for other in datasets.values() if other is not dataset]
    faults = dataset_faults(name.strip(), key, others, [key] if dataset is not None and dataset.archived_at else [])
    faults += faults_of(chosen, row_key, [column.source for column in chosen])
    if dataset is not None and _has_data(dataset):
        faults.append(Fault(None, "key", Issue("", HAS_DATA)))
    if faults:
        raise MappingRefused(faults)
    before = _told(dataset) if dataset is not None else None
    dataset = dataset or Dataset(key=key, owner_id=actor.id)
    mapping = engine_mapping(chosen, row_key).to_json()
    dataset.name, dataset.columns, dataset.row_key = name.strip(), mapping["columns"], list(row_key)
    if before != _told(dataset):
        dataset.save()
        audit.record(actor=actor, act="dataset.declared", subject=dataset, before=before, after=_told(dataset))
    return dataset


def _has_data(dataset: Dataset) -> bool:
    """Whether rows were loaded into it, or are being loaded at this moment."""
    loading = Upload.objects.filter(dataset=dataset, status=Upload.Status.LOADING)
    return dataset.current_version_id is not None or loading.exists()


def _told(dataset: Dataset) -> dict[str, object]:
    return {"name": dataset.name, "columns": dataset.columns, "row_key": dataset.row_key}

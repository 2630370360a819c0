"""What a person says about the columns of a file, and the go-ahead to load it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.domain.columns import (
    Column,
    Fault,
    MappingRefused,
    column_of,
    contradicted,
    dataset_faults,
    engine_mapping,
    faults_of,
    missing_headers,
    unanswered,
)
from apps.datasets.models import Dataset, Upload
from apps.datasets.services.inspecting import locked
from apps.engine.requests import FileShape, Role, Twins
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.work.services import enqueue


def name_columns(
    *,
    actor: Actor,
    upload_id: UUID,
    columns: Sequence[Mapping[str, object]],
    row_key: Sequence[str] = (),
    mode: str = Upload.Mode.APPEND,
    twins: str = Twins.LAST,
    dataset_id: UUID | None = None,
    name: str = "",
    key: str | None = None,
) -> Upload:
    """Say what the columns of an upload are, and have it loaded into the dataset `dataset_id`, or a new one.

    `columns` are dicts with source (the header), name, type, role, required, date_order, number_style and time_zone; a
    header that is not named is skipped. `row_key` names the columns that identify a row, `twins` says what becomes of
    rows of this file that share one. Raises `MappingRefused` with every fault.
    """
    actor.must("data.upload")
    chosen = [column_of(column) for column in columns]
    try:
        with transaction.atomic():
            upload = locked(upload_id)
            _must_be_mappable(upload)
            dataset = _dataset(dataset_id) if dataset_id else None
            faults = _mapping_faults(upload, dataset, chosen, row_key, mode) + unanswered(columns, asks_of(upload))
            if twins not in set(Twins):
                message = N_("Choose what becomes of rows that share a key.")
                faults.append(Fault(None, "twins", Issue("", message)))
            if dataset is None:
                faults = _new_dataset_faults(name.strip(), key) + faults
            if faults:
                raise MappingRefused(faults)
            if dataset is None:
                dataset = _make(actor, name.strip(), str(key))
            return _have_loaded(actor, upload, dataset, chosen, row_key, mode, twins)
    except IntegrityError as error:  # somebody took the key between the check and the write
        fault = Fault(None, "key", Issue("", N_("This key is taken; use another one.")))
        raise MappingRefused([fault]) from error


@transaction.atomic
def load_as_known(*, actor: Actor, upload_id: UUID, mode: str = Upload.Mode.APPEND) -> Upload:
    """Have an upload for a known dataset loaded with the columns that the dataset has. Raises `MappingRefused`."""
    actor.must("data.upload")
    upload = locked(upload_id)
    _must_be_mappable(upload)
    if upload.dataset_id is None:
        raise Refusal(N_("Say first which data this file belongs to."))
    dataset = _dataset(upload.dataset_id)
    columns = [column_of(column) for column in dataset.columns]
    faults = _mapping_faults(upload, dataset, columns, dataset.row_key, mode)
    if faults:
        raise MappingRefused(faults)
    twins = dataset.reading.get("twins") or Twins.LAST
    return _have_loaded(actor, upload, dataset, columns, dataset.row_key, mode, twins)


def headers_of(upload: Upload) -> list[str]:
    """The headers of an upload that was looked at."""
    return [column["name"] for column in (upload.shape or {}).get("columns", ())]


def contradicted_headers(upload: Upload, dataset: Dataset) -> list[str]:
    """Headers under which dates or numbers are written otherwise than the dataset has them."""
    shapes = FileShape.from_json(upload.shape).columns if upload.shape else ()
    return contradicted([column_of(column) for column in dataset.columns], shapes)


def asks_of(upload: Upload) -> dict[str, list[str]]:
    """By header, what of its columns nothing in the file tells."""
    return {column["name"]: column.get("asks", []) for column in (upload.shape or {}).get("columns", ())}


def lacking_headers(upload: Upload, dataset: Dataset) -> list[str]:
    """Headers that the dataset's columns come from and the file does not have: none, and it can be loaded as it is."""
    return missing_headers([column_of(column) for column in dataset.columns], headers_of(upload))


def _must_be_mappable(upload: Upload) -> None:
    if not upload.may_be_mapped:
        raise Refusal(
            N_("This file is not waiting for its columns to be named: %(state)s."),
            {"state": upload.get_status_display()},
            status=409,
        )


def _dataset(dataset_id: UUID) -> Dataset:
    dataset = Dataset.objects.select_for_update().filter(pk=dataset_id, archived_at=None).first()
    if dataset is None:
        raise NotHere(N_("There is no such data any more. Choose other data, or new data."))
    return dataset


def _mapping_faults(
    upload: Upload, dataset: Dataset | None, columns: Sequence[Column], row_key: Sequence[str], mode: str
) -> list[Fault]:
    declared = dataset is not None and (dataset.current_version_id is not None or bool(dataset.columns))
    fits_in = declared and mode != Upload.Mode.REPLACE
    known = [column_of(column) for column in dataset.columns] if fits_in else []
    faults = faults_of(columns, row_key, headers_of(upload), known)
    if mode not in Upload.Mode.values:
        faults.append(Fault(None, "mode", Issue("", N_("Choose whether the rows are added or replace everything."))))
    faults += _other_rates(dataset, columns)
    if fits_in and set(row_key) != set(dataset.row_key):
        message = N_("The rows in the data have the key %(key)s. Keep it, or let this file replace everything.")
        issue = Issue("", message, {"key": ", ".join(dataset.row_key) or "–"})
        faults.append(Fault(None, "row_key", issue))
    return faults


def _other_rates(dataset: Dataset | None, columns: Sequence[Column]) -> list[Fault]:
    """Exchange rates of a company are in one place: with two, nobody could say which one counts."""
    rates = next((position for position, column in enumerate(columns) if column.role == Role.RATE), None)
    if rates is None:
        return []
    others = Dataset.objects.filter(archived_at=None, columns__contains=[{"role": Role.RATE.value}])
    other = others.exclude(pk=dataset.pk if dataset else None).first()
    message = N_("The exchange rates are in “%(name)s” already. Choose that data above, or take this as a number.")
    return [Fault(rates, "role", Issue(columns[rates].source, message, {"name": other.name}))] if other else []


def _new_dataset_faults(name: str, key: str | None) -> list[Fault]:
    there = list(Dataset.objects.values_list("name", "key"))
    return dataset_faults(name, key or "", [other for other, _ in there], [other for _, other in there])


def _make(actor: Actor, name: str, key: str) -> Dataset:
    dataset = Dataset.objects.create(name=name, key=key, owner_id=actor.id)
    audit.record(actor=actor, act="dataset.made", subject=dataset, after={"name": name, "key": key})
    return dataset


def _have_loaded(
    actor: Actor,
    upload: Upload,
    dataset: Dataset,
    columns: Sequence[Column],
    row_key: Sequence[str],
    mode: str,
    twins: str,
) -> Upload:
    upload.dataset, upload.mode, upload.status, upload.problem = dataset, mode, Upload.Status.LOADING, []
    upload.mapping = engine_mapping(columns, row_key, twins).to_json()
    upload.work = enqueue(
        "datasets.load", subject=dataset.pk, about=upload.filename, asked_by=actor.id, upload=str(upload.pk)
    )
    upload.save(update_fields=["dataset", "mode", "status", "problem", "mapping", "work"])
    after = {"dataset": dataset.key, "mode": mode, "columns": upload.mapping["columns"], "row_key": list(row_key)}
    audit.record(actor=actor, act="upload.columns_named", subject=upload, after=after)
    return upload

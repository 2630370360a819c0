"""What a person says about the columns of a file, and the go-ahead to load it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.domain import modes
from apps.datasets.domain.columns import (
    Column,
    Difference,
    Fault,
    MappingRefused,
    column_of,
    contradicted,
    dataset_faults,
    difference,
    engine_mapping,
    faults_of,
    key_columns,
    missing_faults,
    missing_headers,
    unanswered,
)
from apps.datasets.domain.modes import How
from apps.datasets.domain.reading import REASON_HEADERS, same_headers, shared_headers
from apps.datasets.models import Dataset, Upload
from apps.datasets.services.held import headers_before, locked
from apps.engine.requests import FileShape, Meets, Role, Twins
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.work.services import enqueue

CHANGED_MEANWHILE = N_(
    "Somebody else went on with this file meanwhile (%(state)s). Nothing of yours was done; here it is as it stands."
)


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
    how: How | None = None,
    seen: str | None = None,
) -> Upload:
    """Say what the columns of an upload are, and have it loaded into the dataset `dataset_id`, or a new one.

    `columns` are dicts with source (the header), name, type, role, required, date_order, number_style, time_zone and
    verbatim; a header that is not named is skipped. `row_key` names the columns that identify a row. `how` says all
    that `mode` and `twins` do, and more. `seen` is the upload's `mark` that whoever acts has seen: somebody who was
    faster is told of. Raises `MappingRefused` with every fault.
    """
    actor.must("data.upload")
    chosen = [column_of(column) for column in columns]
    how = how or How(mode=mode, twins=twins)
    try:
        with transaction.atomic():
            upload = locked(upload_id)
            _must_be_mappable(upload, seen)
            dataset = _dataset(dataset_id) if dataset_id else None
            faults = faults_against(upload, dataset, chosen, row_key, how) + unanswered(columns, asks_of(upload))
            if dataset is None:
                faults = _new_dataset_faults(name.strip(), key) + faults
            if faults:
                raise MappingRefused(faults)
            if dataset is None:
                dataset = _make(actor, name.strip(), str(key))
            return have_loaded(actor, upload, dataset, chosen, row_key, how)
    except IntegrityError as error:  # somebody took the key between the check and the write
        fault = Fault(None, "key", Issue("", N_("This key is taken; use another one.")))
        raise MappingRefused([fault]) from error


@transaction.atomic
def load_as_known(
    *,
    actor: Actor,
    upload_id: UUID,
    mode: str = Upload.Mode.APPEND,
    how: How | None = None,
    seen: str | None = None,
) -> Upload:
    """Have an upload for a known dataset loaded with the columns that the dataset has; where it removes rows, those of
    the row key. `how` and `seen` as for `name_columns`; without `how`, what the last file said of keys holds.
    Raises `MappingRefused`."""
    actor.must("data.upload")
    upload = locked(upload_id)
    _must_be_mappable(upload, seen)
    if upload.dataset_id is None:
        raise Refusal(N_("Say first which data this file belongs to."))
    dataset = _dataset(upload.dataset_id)
    how = how or as_before(dataset, mode=mode)
    columns = [column_of(column) for column in dataset.columns]
    if how.mode == Upload.Mode.DELETE:
        columns = key_columns(columns, dataset.row_key)
    faults = faults_against(upload, dataset, columns, dataset.row_key, how)
    if faults:
        raise MappingRefused(faults)
    return have_loaded(actor, upload, dataset, columns, dataset.row_key, how)


def as_before(dataset: Dataset, **more: object) -> How:
    """What was said of keys for the last file of a dataset."""
    kept = dataset.reading
    return How(twins=kept.get("twins") or Twins.LAST.value, meets=kept.get("meets") or Meets.REPLACE.value, **more)


def fits_unasked(upload: Upload, dataset: Dataset) -> bool:
    """Whether a file is built as the last one of its data was, so that nothing has to be asked."""
    return (
        bool(dataset.columns)
        and not lacking_headers(upload, dataset)
        and not contradicted_headers(upload, dataset)
        and same_headers(headers_of(upload), headers_before(dataset))
    )


def load_unasked(upload_id: UUID) -> None:
    """Go on with a file that was looked at, as with the last one of its data, if there is nothing to ask."""
    upload = locked(upload_id)
    dataset = upload.dataset
    if dataset is None or upload.status != Upload.Status.INSPECTED or not fits_unasked(upload, dataset):
        return
    columns = [column_of(column) for column in dataset.columns]
    how = as_before(dataset, review=True)
    if not faults_against(upload, dataset, columns, dataset.row_key, how):
        have_loaded(None, upload, dataset, columns, dataset.row_key, how)


def headers_of(upload: Upload) -> list[str]:
    """The headers of an upload that was looked at."""
    return [column["name"] for column in (upload.shape or {}).get("columns", ())]


def difference_of(upload: Upload, dataset: Dataset) -> Difference:
    """How the columns of an upload that was looked at differ from those of the last file of a dataset."""
    shapes = FileShape.from_json(upload.shape).columns if upload.shape else ()
    headers = [*headers_before(dataset), *REASON_HEADERS]
    return difference([column_of(column) for column in dataset.columns], headers, shapes)


@dataclass(frozen=True)
class Akin:
    """Data whose last file had `shared` of its `columns` in common with a file."""

    dataset: Dataset
    shared: int
    columns: int


def akin_to(upload: Upload, datasets: Sequence[Dataset]) -> Akin | None:
    """The data that a file of other columns is probably a newer file of: that with most of them in common."""
    headers, best = headers_of(upload), None
    for each in datasets:
        before = headers_before(each)
        shared = shared_headers(headers, before)
        if shared and (best is None or shared > best.shared):
            best = Akin(each, shared, len(before))
    return best


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


def _must_be_mappable(upload: Upload, seen: str | None) -> None:
    if seen is not None and seen != upload.mark:
        raise Refusal(CHANGED_MEANWHILE, {"state": upload.get_status_display()}, status=409)
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


def faults_against(
    upload: Upload, dataset: Dataset | None, columns: Sequence[Column], row_key: Sequence[str], how: How
) -> list[Fault]:
    """Everything that stands against loading an upload into a dataset (None: a new one) so."""
    has_data = dataset is not None and dataset.current_version_id is not None
    found = modes.faults_of(how, has_data=has_data, row_key=dataset.row_key if dataset is not None else row_key)
    if how.mode == Upload.Mode.DELETE:
        return found + missing_faults(columns, headers_of(upload))
    declared = dataset is not None and (has_data or bool(dataset.columns))
    fits_in = declared and how.mode != Upload.Mode.REPLACE
    known = [column_of(column) for column in dataset.columns] if fits_in else []
    found = faults_of(columns, row_key, headers_of(upload), known) + found
    found += _other_rates(dataset, columns)
    if fits_in and set(row_key) != set(dataset.row_key):
        message = N_("The rows in the data have the key %(key)s. Keep it, or let this file replace everything.")
        issue = Issue("", message, {"key": ", ".join(dataset.row_key) or "–"})
        found.append(Fault(None, "row_key", issue))
    return found


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
    there = list(Dataset.objects.filter(gone_at=None).values_list("name", "key"))
    return dataset_faults(name, key or "", [other for other, _ in there], [other for _, other in there])


def _make(actor: Actor, name: str, key: str) -> Dataset:
    dataset = Dataset.objects.create(name=name, key=key, owner_id=actor.id)
    audit.record(actor=actor, act="dataset.made", subject=dataset, after={"name": name, "key": key})
    return dataset


def have_loaded(
    actor: Actor | None,
    upload: Upload,
    dataset: Dataset,
    columns: Sequence[Column],
    row_key: Sequence[str],
    how: How,
) -> Upload:
    """Ask for the load of a locked upload. Without an actor it is asked for by whoever sent the file."""
    upload.dataset, upload.mode, upload.status, upload.problem = dataset, how.mode, Upload.Status.LOADING, []
    upload.period_first, upload.period_last, upload.whole, upload.review = how.first, how.last, how.whole, how.review
    upload.outcome = upload.based_on = None
    upload.mapping = engine_mapping(columns, row_key, how.twins, how.meets).to_json()
    asked_by = actor.id if actor is not None else upload.uploaded_by
    upload.work = enqueue(
        "datasets.load", subject=dataset.pk, about=upload.filename, asked_by=asked_by, upload=str(upload.pk)
    )
    upload.save(
        update_fields=[
            "dataset", "mode", "status", "problem", "period_first", "period_last", "whole", "review", "outcome",
            "based_on", "mapping", "work",
        ]
    )  # fmt: skip
    after = {"dataset": dataset.key, "mode": how.mode, "columns": upload.mapping["columns"], "row_key": list(row_key)}
    if how.first is not None:
        after["period"] = [str(how.first), str(how.last)]
    if actor is not None:
        audit.record(actor=actor, act="upload.columns_named", subject=upload, after=after)
    return upload

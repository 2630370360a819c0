"""What is to hold for the rows of a dataset, said by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets import selectors
from apps.datasets.domain import checks
from apps.datasets.domain.checks import Severity
from apps.datasets.models import Check, Dataset
from apps.datasets.services.profiling import ask_for_profile, judge
from apps.engine.quality import Rule
from apps.kernel.issue import N_, Issue, NotHere, Refusal

NO_DATA = N_("There is no such data.")


class CheckRefused(Refusal):
    """Checks that cannot be made like this; `faults` says each place of the first one that is wrong."""

    def __init__(self, faults: Sequence[checks.Fault], issues: Sequence[Issue]) -> None:
        super().__init__(N_("This cannot be checked like this yet."), issues=issues)
        self.faults = tuple(faults)


@transaction.atomic
def add_check(*, actor: Actor, dataset_id: UUID, check: Mapping[str, object]) -> Check:
    """Have something hold for every row of a dataset from now on. The rows that are there are looked at by a worker.

    `check` has kind, columns (or column), and as its kind needs low, high, values, pattern; and severity. Raises
    Forbidden, NotHere, CheckRefused.
    """
    dataset = _held(actor, dataset_id)
    wanted = checks.check_of(check)
    there = [selectors.check_as_said(row) for row in selectors.checks_of(dataset)]
    faults = checks.faults_of(wanted, selectors.columns_of(dataset))
    if not faults and wanted in there:
        faults = [checks.Fault("kind", Issue("kind", checks.THERE_ALREADY))]
    if not faults and len(there) >= checks.MOST_CHECKS:
        faults = [checks.Fault("kind", Issue("kind", checks.TOO_MANY_CHECKS, {"most": checks.MOST_CHECKS}))]
    if faults:
        raise CheckRefused(faults, [fault.issue for fault in faults])
    row = _add(actor, dataset, wanted)
    _look_again(dataset)
    return row


@transaction.atomic
def end_check(*, actor: Actor, dataset_id: UUID, check_id: UUID) -> Check:
    """Check something no longer. What was found by it stays to be read. Raises Forbidden, NotHere."""
    dataset = _held(actor, dataset_id)
    row = selectors.checks_of(dataset).filter(pk=check_id).first()
    if row is None:
        raise NotHere(N_("There is no such check any more."))
    _end(actor, dataset, row)
    judge(dataset)
    return row


@transaction.atomic
def set_checks(*, actor: Actor, dataset_id: UUID, wanted: Sequence[Mapping[str, object]]) -> list[Check]:
    """Let a dataset have these checks and no others; those that stay as they are keep their history.

    Raises Forbidden, NotHere, and CheckRefused with everything that is wrong with any of them (“0.low”).
    """
    dataset = _held(actor, dataset_id)
    said, columns = [checks.check_of(each) for each in wanted], selectors.columns_of(dataset)
    refuse_faulty(said, columns)
    there = {selectors.check_as_said(row): row for row in selectors.checks_of(dataset)}
    for check, row in there.items():
        if check not in said:
            _end(actor, dataset, row)
    new = [check for check in said if check not in there]
    for check in new:
        _add(actor, dataset, check)
    if new:
        _look_again(dataset)
    if len(there) + len(new) != len(said):
        judge(dataset)
    return list(selectors.checks_of(dataset))


def refuse_faulty(said: Sequence[checks.Check], columns: Sequence[selectors.Column]) -> None:
    """Raise CheckRefused if anything is wrong with any of these checks of a dataset with these columns."""
    issues = list(checks.issues_of(said, columns))
    if issues:
        raise CheckRefused((), issues)


def refusing_rules(dataset: Dataset) -> tuple[Rule, ...]:
    """The rules for which rows of the next file are not loaded."""
    rows = selectors.checks_of(dataset).filter(severity=Severity.REFUSE)
    return tuple(selectors.check_as_said(row).rule(str(row.pk)) for row in rows)


def _held(actor: Actor, dataset_id: UUID) -> Dataset:
    actor.must("data.upload")
    dataset = Dataset.objects.select_for_update().filter(pk=dataset_id, archived_at=None).first()
    if dataset is None:
        raise NotHere(NO_DATA)
    return dataset


def _add(actor: Actor, dataset: Dataset, check: checks.Check) -> Check:
    row = Check.objects.create(dataset=dataset, made_by_name=actor.name[:120], **said_of(check))
    audit.record(actor=actor, act="dataset.check_added", subject=dataset, after=said_of(check))
    return row


def _end(actor: Actor, dataset: Dataset, row: Check) -> None:
    row.ended_at, row.ended_by_name = timezone.now(), actor.name[:120]
    row.save(update_fields=["ended_at", "ended_by_name"])
    before = said_of(selectors.check_as_said(row))
    audit.record(actor=actor, act="dataset.check_ended", subject=dataset, before=before)


def said_of(check: checks.Check) -> dict[str, object]:
    """A check as plain values."""
    return vars(check) | {"columns": list(check.columns), "values": list(check.values)}


def _look_again(dataset: Dataset) -> None:
    if dataset.current_version_id is not None:
        ask_for_profile(dataset, settle=0)

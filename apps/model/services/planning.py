"""What applying a model would do, tried out for real and taken back; and the same for good.

A plan is not a guess: everything is done in a transaction, the workspace is read again, and then the transaction is
taken back. Its fingerprint says from what to what; applying refuses if that is something else by now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import Refusal
from apps.metrics.domain.definition import Names
from apps.model.domain import checking
from apps.model.domain.difference import Change, Status, changed, difference
from apps.model.domain.document import Model
from apps.model.domain.parsing import refuse
from apps.model.domain.reading import Fault, Read
from apps.model.domain.writing import document
from apps.model.selectors import SEEN_WITH, State, current
from apps.model.services.acting import CHANGED_MEANWHILE, Options, make_so, rights_issues
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class Plan:
    """What a model changes (or changed). `notes` are worth knowing and block nothing; `names` are those of metrics."""

    changes: tuple[Change, ...]
    notes: tuple[Fault, ...]
    fingerprint: str
    names: Mapping[str, Names]

    @property
    def is_empty(self) -> bool:
        """Whether the workspace is as the model says already."""
        return not changed(self.changes)

    def count(self, status: Status) -> int:
        return sum(change.status is status for change in self.changes)


def plan_model(*, actor: Actor, wanted: Model, read: Read, options: Options) -> Plan:
    """What applying `wanted` would do. Nothing is changed. Refusal with every fault at once."""
    with _taken_back():
        return _do(actor, wanted, read, options, None)


def apply_model(*, actor: Actor, wanted: Model, read: Read, options: Options, fingerprint: str | None = None) -> Plan:
    """Make the workspace be as `wanted` says, in one transaction; what was changed.

    `fingerprint` is that of the plan which was shown: Refusal with status 409 if it would be another one by now.
    Applied a second time nothing is changed and no version made.
    """
    with transaction.atomic():
        done = _do(actor, wanted, read, options, fingerprint)
        if not done.is_empty:
            touched: dict[str, list[str]] = {}
            for change in changed(done.changes):
                touched.setdefault(change.section, []).append(change.key)
            record(actor=actor, act="model.applied", subject=current_workspace(), after=touched, note=options.words)
        return done


def _do(actor: Actor, wanted: Model, read: Read, options: Options, fingerprint: str | None) -> Plan:
    for permission in ("metrics.edit", *SEEN_WITH):
        actor.must(permission)
    _one_at_a_time()
    state = current()
    found = _fingerprint(state, wanted, options)
    if fingerprint is not None and fingerprint != found:
        raise Refusal(CHANGED_MEANWHILE, status=409)
    issues = checking.issues(wanted, state.model, state.around)
    refuse([*rights_issues(actor, wanted, state, prune=options.prune), *issues], read)
    try:
        make_so(actor=actor, wanted=wanted, state=state, options=options)
    except IntegrityError:  # somebody made the same thing at the same moment
        raise Refusal(CHANGED_MEANWHILE, status=409) from None
    notes = tuple(Fault(read.line_of(issue.where), issue) for issue in issues if not issue.blocking)
    changes = difference(state.model, current().model, wanted)
    names = {key: definition.name for key, definition in {**state.model.metrics, **wanted.metrics}.items()}
    return Plan(changes, notes, found, names)


def _fingerprint(state: State, wanted: Model, options: Options) -> str:
    told = [state.token, document(wanted), options.prune]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _one_at_a_time() -> None:
    """Two models are never applied to one workspace at once; the second one waits and then sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/model', 0))")


@contextmanager
def _taken_back() -> Iterator[None]:
    """A transaction whose changes are undone at its end, whatever comes of it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)

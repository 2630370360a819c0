"""Set many targets at once: all of them, or none, with everything that is wrong said at once, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.domain.roles import Actor
from apps.kernel.issue import N_, Issue, Refusal
from apps.metrics import selectors as metrics
from apps.targets import selectors
from apps.targets.domain import checks
from apps.targets.models import Target
from apps.targets.services.setting import CANNOT_BE_SET, CHANGED_MEANWHILE, Beside, Scope, issues_of, put

MOST_ROWS = 2000

TWICE = N_("This target is in row %(row)s already. Leave one of them out.")
SEEN_ANOTHER = N_("Somebody changed this target meanwhile. Look at it as it is now, then decide again.")
TOO_MANY = N_("No more than %(most)s rows at once.")


@dataclass(frozen=True)
class Row:
    """One target to set: `key` names the row for who typed it, `seen` is the target they saw in its place."""

    key: str
    scope: Scope
    wish: checks.Wish
    reason: str = ""
    owner_id: UUID | None = None
    owner_name: str = ""
    seen: UUID | None = None


def set_many(*, actor: Actor, rows: Sequence[Row]) -> list[Target]:
    """Set every row's target, or propose it where a second admin is asked for.

    Raises Refusal with every issue of every row (`where` is "row:field") and then sets none; 409 if another target was
    set while it was at work.
    """
    actor.must("targets.edit")
    try:
        with transaction.atomic():
            heads = _heads(rows)
            found = list(issues_of_many(rows, heads))
            if found:
                raise Refusal(CANNOT_BE_SET, issues=found)
            return [put(actor, row.scope, row.wish, _beside(row)) for row in rows]
    except IntegrityError:
        raise Refusal(CHANGED_MEANWHILE, status=409) from None


def _beside(row: Row) -> Beside:
    return Beside(owner_id=row.owner_id, owner_name=row.owner_name, reason=row.reason)


def _heads(rows: Sequence[Row]) -> dict[Scope, Target]:
    """What stands in the place of each row, held in one order. One query."""
    standing = selectors.standing_rows().select_for_update(of=("self",)).filter(
        metric_id__in={row.scope.metric_id for row in rows}, valid_until=None
    )  # fmt: skip
    found: dict[Scope, Target] = {}
    for row in standing.order_by("pk"):
        scope = Scope(row.metric_id, row.grain, row.dimension, row.member, row.team_id)
        if scope not in found or row.status == "proposed":
            found[scope] = row
    return found


def issues_of_many(rows: Sequence[Row], heads: dict[Scope, Target]) -> Iterator[Issue]:
    """Everything that is wrong with rows, by row and field."""
    if len(rows) > MOST_ROWS:
        yield Issue("", TOO_MANY, {"most": MOST_ROWS})
        return
    views = {view.id: view for view in metrics.metrics(archived=True)}
    known = {view.key: view.definition for view in views.values()}
    places: dict[Scope, str] = {}
    for row in rows:
        if row.scope in places:
            yield Issue(f"{row.key}:metric", TWICE, {"row": places[row.scope]})
            continue
        places[row.scope] = row.key
        former = heads.get(row.scope)
        if row.seen is not None and (former is None or former.pk != row.seen):
            yield Issue(f"{row.key}:metric", SEEN_ANOTHER)
            continue
        view = views[row.scope.metric_id]
        found = issues_of(row.wish, view, former, scope=row.scope, reason=row.reason, known=known)
        yield from (Issue(f"{row.key}:{issue.where}", issue.message, issue.params) for issue in found)

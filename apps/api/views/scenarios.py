"""What-ifs: worked out without keeping anything, and those that people keep."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.domain.roles import Actor
from apps.api.paging import in_order, page_response
from apps.api.schema import paged
from apps.api.serializers import scenarios as shapes
from apps.api.views.base import Resource, idempotent
from apps.common.access import requires
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics.domain.drivers import half_up
from apps.scenarios import selectors
from apps.scenarios.domain import checks
from apps.scenarios.domain.base import Branch, Scope
from apps.scenarios.domain.bridge import Share, bridge
from apps.scenarios.domain.changes import Changes, Move, Pull, Weight
from apps.scenarios.domain.evaluation import Sheet
from apps.scenarios.presentation.result import Teller
from apps.targets.domain import judging
from apps.workspaces.scope import current_workspace

CANNOT = N_("The request cannot be carried out like this. Mend what is listed.")
NOTHING = N_("The North Star has no value of an ended period yet, so there is nothing to start from.")
NO_SUCH_PERIOD = N_("“%(period)s” is not among the newest %(most)s periods of the North Star that have a value.")
NO_SUCH_MEMBER = N_("“%(name)s” is no member of this dimension of the North Star.")
TWICE = N_("This is changed twice. Send it once.")


@requires("metrics.view")
class Evaluate(Resource):
    @extend_schema(
        summary=N_("Work out a what-if"),
        description="The published tree of one period with changes in it, by formulas only. Nothing is kept.",
        request=shapes.ToEvaluate,
        responses=shapes.OutcomeShape,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(shapes.ToEvaluate)
        sheet = selectors.today(_scope(told))
        changes, fields, issues = _changes(told)
        for issue in checks.issues(sheet, changes):
            names = issue.params.get("names")
            params = {**issue.params, "names": ", ".join(names)} if isinstance(names, list) else issue.params
            issues.append(Issue(fields.get(issue.where, issue.where), issue.message, params))
        if issues:
            raise Refusal(CANNOT, issues=issues)
        return Response(shapes.OutcomeShape(_outcome(sheet, changes)).data)


@requires("metrics.view")
class Scenarios(Resource):
    query = shapes.ScenariosQuery

    @extend_schema(summary=N_("List saved what-ifs"), responses=paged(shapes.ScenarioShape))
    def get(self, request: Request) -> Response:
        found = selectors.scenarios(self.actor, self.params.get("query", ""))
        page, following = in_order(found, self.params, lambda row: str(row.pk))
        items = shapes.ScenarioShape([_said(row, self.actor) for row in page], many=True).data
        return page_response(self, items, following)


@requires("metrics.view")
class ScenarioDetail(Resource):
    @extend_schema(
        summary=N_("A saved what-if"),
        description="Over the figures of when it was made; send its changes to `evaluate` for those of today.",
        responses=shapes.WholeScenarioShape,
    )
    def get(self, request: Request, scenario_id: UUID) -> Response:
        kept = selectors.scenario_for(self.actor, scenario_id)
        told = _said(kept.row, self.actor) | {
            "changes": _listed(kept.changes),
            "outcome": _outcome(kept.sheet, kept.changes),
        }
        return Response(shapes.WholeScenarioShape(told).data)


# --- what is sent -----------------------------------------------------------------------------------------------------


def _scope(told: dict[str, Any]) -> Scope:
    """What a what-if starts from; Refusal with every issue where there is no such period or member."""
    choice = selectors.choice()
    if choice is None:
        raise NotHere(selectors.NO_TREE)
    if choice.newest is None:
        raise Refusal(NOTHING)
    dimension, member, wanted = told["dimension"], told["member"], told.get("period")
    periods = {point.period.key: point.period for point in choice.series.points}
    issues = []
    if wanted is not None and wanted not in periods:
        issues.append(Issue("period", NO_SUCH_PERIOD, {"period": wanted, "most": selectors.PERIODS}))
    if (dimension or member) and member not in dict(choice.members).get(dimension, ()):
        issues.append(Issue("member", NO_SUCH_MEMBER, {"name": member}))
    if issues:
        raise Refusal(CANNOT, issues=issues)
    period = periods[wanted] if wanted is not None else choice.newest
    return Scope(Grain(choice.north_star.grain), period.start, dimension, member)


def _changes(told: dict[str, Any]) -> tuple[Changes, dict[str, str], list[Issue]]:
    """The changes, which field of the request each of them is, and those that come twice."""
    changes = Changes({}, {}, {}, {})
    fields: dict[str, str] = {}
    issues: list[Issue] = []

    def put(kind: str, at: int, into: Any, key: Any, name: str, value: object) -> None:
        where = f"{kind}.{at}"
        if key in into:
            issues.append(Issue(where, TWICE))
        into[key] = value
        fields[name] = where

    for at, one in enumerate(told.get("moves", ())):
        move = Move(one["how"], one["number"])
        put("moves", at, changes.moves, one["metric"], checks.field_of("move", one["metric"]), move)
    for at, one in enumerate(told.get("weights", ())):
        weight = Weight(one["score"], one["group"], one.get("metric") or "")
        put("weights", at, changes.weights, weight, checks.field_of("weight", *weight), one["weight"])
    for at, one in enumerate(told.get("goals", ())):
        put("goals", at, changes.goals, one["metric"], checks.field_of("goal", one["metric"]), one["goal"])
    for at, one in enumerate(told.get("elasticities", ())):
        pull = Pull(one["parent"], one["child"])
        put("elasticities", at, changes.elasticities, pull, checks.field_of("pull", *pull), one["elasticity"])
    return changes, fields, issues


# --- what is answered -------------------------------------------------------------------------------------------------


def _said(row: Any, actor: Actor) -> dict[str, Any]:
    now, then = (None if row.summary[name] is None else Fraction(row.summary[name]) for name in ("now", "then"))
    plain = ("name", "note", "shared", "author_name", "created_at", "changed_at", "based_at", "revision", "copied_from")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in plain},
        "mine": row.author_id == actor.id,
        **_difference(now, then),
    }


def _difference(now: Fraction | None, then: Fraction | None) -> dict[str, Decimal | None]:
    change = None if now is None or then is None else then - now
    return {"now": _figure(now), "what_if": _figure(then), "difference": _figure(change)}


def _figure(exact: Fraction | None) -> Decimal | None:
    return None if exact is None else half_up(exact, 12)


def _listed(changes: Changes) -> dict[str, list[dict[str, Any]]]:
    return {
        "moves": [{"metric": key, "how": move.how, "number": move.number} for key, move in changes.moves.items()],
        "weights": [
            {"score": each.score, "group": each.group, "metric": each.part or None, "weight": number}
            for each, number in changes.weights.items()
        ],
        "goals": [{"metric": key, "goal": goal} for key, goal in changes.goals.items()],
        "elasticities": [
            {"parent": pull.parent, "child": pull.child, "elasticity": number}
            for pull, number in changes.elasticities.items()
        ],
    }


def _outcome(sheet: Sheet, changes: Changes) -> dict[str, Any]:
    teller = Teller(sheet, changes, current_workspace().currency)
    scope = sheet.base.scope
    nodes = list(_nodes(teller))
    shares = bridge(sheet, changes, teller.after)
    return {
        "period": selectors.period_of(scope).key,
        "grain": str(scope.grain),
        "dimension": scope.dimension,
        "member": scope.member,
        "root": nodes[0],
        "nodes": nodes,
        "accounts": None if shares is None else [_account(share) for share in shares],
    }


def _account(share: Share) -> dict[str, Any]:
    return {"kind": share.what, "metric": share.key, "child": share.child, "effect": _figure(share.effect)}


def _nodes(teller: Teller) -> Iterator[dict[str, Any]]:
    for level, branch in teller.base.tree.walk():
        yield _node(teller, branch, level)


def _node(teller: Teller, branch: Branch, level: int) -> dict[str, Any]:
    key, sheet = branch.key, teller.sheet
    now, then = sheet.now[key], teller.after.values[key]
    return {
        "metric": key,
        "name": teller.base.metrics[key].name.text(get_language() or ""),
        "level": level,
        "link": branch.link,
        "leaf": sheet.is_leaf(key),
        "moved": now != then,
        **_difference(now, then),
        "gap": _figure(sheet.gaps.get(key)),
        "reason": teller.why(key),
        "target": _target(teller, key),
    }


def _target(teller: Teller, key: str) -> dict[str, Any] | None:
    stands = teller.standings(key)
    if stands is None:
        return None
    now, then = stands
    return {
        "goal_now": teller.base.targets[key].goal,
        "goal": teller.changes.goals.get(key, teller.base.targets[key].goal),
        "status_now": str(now.status),
        "status": str(then.status),
        "expected": _expected(then),
    }


def _expected(standing: judging.Standing) -> Decimal | None:
    return standing.expected if standing.started and not standing.over else None

"""Pay, to be read: who takes part, runs and what they pay, and one's own statements.

Whatever shows another person's amount is written down as a look, which that person sees. A key reads pay only if it was
made for that and for nothing else (`domain.scopes.PAY`).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.domain.cursors import read_cursor
from apps.api.paging import cut, page_response
from apps.api.schema import paged
from apps.api.serializers import pay as shapes
from apps.api.serializers.common import Paged
from apps.api.views.base import Resource
from apps.api.views.okr import by_id
from apps.common.access import requires
from apps.incentives import selectors, services
from apps.incentives.domain.paper import Cause, paid_lines
from apps.incentives.domain.rounding import minor_digits
from apps.incentives.selectors.roster import taking_part
from apps.incentives.selectors.scopes import teams_in_scope
from apps.incentives.selectors.statements import in_teams, statement_for, values_today
from apps.kernel.issue import N_

LOOKED = "api"
TWELVE = Decimal(1).scaleb(-12)
WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def amount(minor: int, currency: str) -> Decimal:
    """Minor units as an amount of the currency."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def decimal(value: Fraction | None) -> Decimal | None:
    """A fraction to twelve decimals, half up."""
    if value is None:
        return None
    return WIDE.quantize(WIDE.divide(Decimal(value.numerator), Decimal(value.denominator)), TWELVE)


@requires("pay.view")
class PayParticipants(Resource):
    query = shapes.ParticipantsQuery

    @extend_schema(
        summary=N_("List who takes part in pay plans"),
        description="With target bonuses and salaries. Everybody who is listed sees that it was read.",
        responses=paged(shapes.ParticipantShape),
    )
    def get(self, request: Request) -> Response:
        page, following = by_id(taking_part(self.params.get("plan", "")), self.params)
        self._looked(page)
        return page_response(self, shapes.ParticipantShape(page, many=True).data, following)

    def _looked(self, people: Iterable[Any]) -> None:
        services.log_look(actor=self.actor, participants=people, where=LOOKED)


@requires("pay.view")
class PayRuns(Resource):
    query = shapes.PayRunsQuery

    @extend_schema(summary=N_("List runs of pay"), responses=paged(shapes.PayRunShape))
    def get(self, request: Request) -> Response:
        rows = selectors.runs(self.params.get("plan", ""), self.params.get("state", ""))
        page, following = by_id(rows, self.params)
        return page_response(self, shapes.PayRunShape([_run(row) for row in page], many=True).data, following)


@requires("pay.view")
class PayRunDetail(Resource):
    @extend_schema(summary=N_("One run of pay"), responses=shapes.PayRunShape)
    def get(self, request: Request, pay_run_id: UUID) -> Response:
        selectors.run_for(pay_run_id)
        return Response(shapes.PayRunShape(_run(selectors.runs().get(pk=pay_run_id))).data)


def _run(row: Any) -> dict[str, Any]:
    totals = row.totals if row.revision else None
    plain = ("id", "kind", "state", "first", "last", "revision", "stale", "content", "paid_on", "payroll_file")
    return {name: getattr(row, name) for name in plain} | {
        "plan": row.plan.key,
        "version": row.version.number,
        "corrects": row.corrects_id,
        "totals": totals
        and [{"currency": each, "amount": amount(minor, each)} for each, minor in sorted(totals.items())],
        "people": row.people if row.revision else None,
    }


@requires("pay.view")
class PayResults(Resource):
    query = Paged

    @extend_schema(
        summary=N_("List what a run pays each person"),
        description="Of the revision that stands now. Everybody who is listed sees that it was read.",
        responses=paged(shapes.ResultShape),
    )
    def get(self, request: Request, pay_run_id: UUID) -> Response:
        run = selectors.run_for(pay_run_id)
        rows = selectors.results_of(run).prefetch_related("lines").order_by("pk")
        if self.params.get("cursor"):
            [after] = read_cursor(self.params["cursor"], [int])
            rows = rows.filter(pk__gt=after)
        page, following = cut(rows[: self.params["limit"] + 1], self.params["limit"], lambda row: [row.pk])
        services.log_look(actor=self.actor, participants=[row.participant for row in page], where=LOOKED, run=run)
        return page_response(self, shapes.ResultShape([_result(row) for row in page], many=True).data, following)


def _result(row: Any) -> dict[str, Any]:
    told = {"calculated": row.minor, "earlier": row.earlier, "by_hand": row.adjusted, "posted": row.posted}
    return {
        "participant": row.participant_id, "key": row.key, "name": row.participant.name,
        "employee_number": row.participant.employee_number, "teams": row.teams, "currency": row.currency,
        "fingerprint": row.fingerprint, "due": amount(row.due, row.currency),
        "lines": [
            {"component": each.component, "amount": amount(each.minor, row.currency)} for each in row.lines.all()
        ],
        **{name: amount(minor, row.currency) for name, minor in told.items()},
    }  # fmt: skip


@requires("pay.own")
class OwnStatements(Resource):
    query = Paged

    @extend_schema(summary=N_("List one's own pay statements"), responses=paged(shapes.StatementShape))
    def get(self, request: Request) -> Response:
        page, following = by_id(selectors.own_statements(self.actor), self.params)
        return page_response(self, shapes.StatementShape([_statement(row) for row in page], many=True).data, following)


@requires("pay.teams")
class TeamStatements(Resource):
    query = Paged

    @extend_schema(
        summary=N_("List pay statements of the teams one looks after"),
        description="Of people who were in them, as they stand now. Everybody who is listed sees that it was read.",
        responses=paged(shapes.TeamStatementShape),
    )
    def get(self, request: Request) -> Response:
        page, following = by_id(in_teams(teams_in_scope(self.actor)), self.params)
        services.log_look(actor=self.actor, participants=[row.participant for row in page], where=LOOKED)
        told = [_statement(row) | _whose(row) for row in page]
        return page_response(self, shapes.TeamStatementShape(told, many=True).data, following)


@requires("pay.own")
class StatementDetail(Resource):
    @extend_schema(
        summary=N_("A pay statement with everything it is made of"),
        description="One's own; others as on the pages, and they see that it was read.",
        responses=shapes.WholeStatementShape,
    )
    def get(self, request: Request, statement_id: UUID) -> Response:
        row = statement_for(self.actor, statement_id).statement
        services.log_look(actor=self.actor, participants=[row.participant], where=LOOKED, run=row.run)
        return Response(shapes.WholeStatementShape(_statement(row) | {"lines": _lines(row)}).data)


def _statement(row: Any) -> dict[str, Any]:
    sums = {"due": row.due, "carried": row.before, "paid": row.pay, "carried_on": row.balance}
    plain = ("id", "number", "currency", "published_at", "superseded_at", "dispute_until", "fingerprint")
    return {name: getattr(row, name) for name in plain} | {
        "plan": row.run.plan.key,
        "version": row.run.version.number,
        "kind": row.run.kind,
        "first": row.run.first,
        "last": row.run.last,
        **{name: amount(minor, row.currency) for name, minor in sums.items()},
    }


def _whose(row: Any) -> dict[str, Any]:
    who = row.participant
    return {"participant": who.pk, "name": who.name, "employee_number": who.employee_number}


def _lines(row: Any) -> list[dict[str, Any]]:
    today = values_today(row)
    return [
        {
            "component": line.key,
            "name": line.name,
            "amount": amount(line.minor, row.currency),
            "causes": [_cause(cause, row, today) for cause in line.causes],
        }
        for line in paid_lines(row.paper)
    ]


def _cause(cause: Cause, row: Any, today: Any) -> dict[str, Any]:
    source = dict(cause.reading.source)
    standing = today.get((source.get("metric", ""), source.get("dimension", ""), source.get("member", "")))
    attained = cause.outcome.attained
    return {
        "component": cause.component.key,
        "metric": source.get("metric", cause.component.metric),
        "team": row.teams.get(cause.team, ""),
        "actual": decimal(cause.reading.actual),
        "target": decimal(cause.reading.target),
        "attainment": None if attained is None or attained.top else decimal(attained.value),
        "payout_factor": decimal(cause.outcome.factor),
        "value": standing.id if standing is not None else None,
        "sentences": [each.in_words(_) for each in cause.sentences],
    }

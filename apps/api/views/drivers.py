"""Why a metric moved."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.serializers.drivers import BridgeQuery, BridgeShape
from apps.api.views.base import Resource
from apps.common.access import requires
from apps.drivers import selectors
from apps.drivers.domain.showing import Bridge, Shown, bridge
from apps.drivers.selectors.writing import Writer
from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.period import Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics.domain.drivers import half_up
from apps.metrics.selectors import MetricView
from apps.workspaces.scope import current_workspace

CANNOT = N_("The request cannot be carried out like this. Mend what is listed.")
NO_GRAIN = N_("“%(key)s” has no values by %(grain)s.")
NO_DIMENSION = N_("“%(name)s” is no dimension of this metric.")
NO_MEMBER = N_("“%(name)s” is no member of “%(dimension)s” with a value by %(grain)s.")
NOTHING = N_("There is no value of an ended period yet, or none to compare it with.")


@requires("metrics.view")
class DriversOf(Resource):
    query = BridgeQuery

    @extend_schema(
        summary=N_("What moved a metric"),
        description="Two ends of one tree, and what each part accounts for: exact, adding up at every level.",
        responses=BridgeShape,
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        edition = metrics.edition()
        view = metrics.metric_for(key)
        asked = self.params
        grain = _checked(view, asked)
        periods = {name: _period(asked.get(name), name, grain) for name in ("period", "base")}
        return self.kept([edition], lambda: Response(BridgeShape(_told(view, grain, asked, periods)).data))


def _checked(view: MetricView, asked: dict[str, Any]) -> Grain:
    grain = Grain(asked.get("grain") or view.grains[0])
    issues = []
    if grain not in view.grains:
        issues.append(Issue("grain", NO_GRAIN, {"key": view.key, "grain": str(grain)}))
    if asked["dimension"] and asked["dimension"] not in view.dimensions:
        issues.append(Issue("dimension", NO_DIMENSION, {"name": asked["dimension"]}))
    if (asked["member"] or asked["peer"]) and not asked["dimension"]:
        issues.append(Issue("member", N_("Name the dimension, too.")))
    if not issues and asked["dimension"]:
        issues += _member_issues(view, grain, asked)
    if issues:
        raise Refusal(CANNOT, issues=issues)
    return grain


def _member_issues(view: MetricView, grain: Grain, asked: dict[str, Any]) -> Iterator[Issue]:
    """Members that nobody has a value of: what is not there is not 0."""
    there = metrics.members_of(view, grain, asked["dimension"])
    for field in ("member", "peer"):
        if asked[field] and asked[field] not in there:
            filled = {"name": asked[field], "dimension": asked["dimension"], "grain": str(grain)}
            yield Issue(field, NO_MEMBER, filled)


def _period(key: str | None, where: str, grain: Grain) -> Period | None:
    try:
        return current_workspace().calendar.parse(key, grain) if key else None
    except Refusal as refusal:
        raise Refusal(CANNOT, issues=[Issue(where, refusal.message, refusal.params)]) from None


def _told(view: MetricView, grain: Grain, asked: dict[str, Any], periods: dict[str, Period | None]) -> dict[str, Any]:
    woods = selectors.woods()
    dimension = asked["dimension"]
    member = asked["member"]
    ended = [] if periods["period"] else selectors.ended_periods(view, grain, dimension if member else "", member)
    question = selectors.ask(
        view, grain, period=periods["period"], base=periods["base"], against=asked["against"], dimension=dimension,
        member=member, peer=asked["peer"], way=asked["method"], ended=ended,
    )  # fmt: skip
    told = selectors.answer(question, woods) if question and not question.trouble else None
    trouble = question.trouble if question and question.trouble else selectors.trouble_with(told) if told else None
    said = selectors.tell(told) if told and told.share else None
    before, after = (told.before, told.after) if told else (None, None)
    return {
        "metric": view.key,
        "grain": str(grain),
        "period": question.period.key if question else None,
        "base": question.base.key if question else None,
        **{name: asked[name] for name in ("against", "dimension", "member", "peer", "method")},
        "before": _figure(before),
        "after": _figure(after),
        "change": _figure(None if before is None or after is None else after - before),
        "reason": trouble.in_words(_) if trouble else "" if told else _(NOTHING),
        "sentence": said.sentence if said else "",
        "paragraph": said.paragraph if said else "",
        "bars": list(_bars(told)) if told and told.share else [],
    }


def _bars(told: selectors.Answer) -> Iterator[dict[str, Any]]:
    writer = Writer(told, current_workspace().currency)
    found: Bridge = bridge(told.share, writer.top.places)
    yield from _bar(found.top, writer, 0)


def _bar(shown: Shown, writer: Writer, level: int) -> Iterator[dict[str, Any]]:
    share = shown.share
    own = shown.extra is None
    yield {
        "id": share.id if own else f"{share.id}/{shown.extra}",
        "level": level,
        "kind": shown.extra or ("part" if share.group is None else "dimension"),
        "metric": share.key if own and share.key else None,
        "name": writer.of(shown),
        "periods_earlier": share.back,
        "before": _figure(share.before) if own else None,
        "after": _figure(share.after) if own else None,
        "effect": _figure(shown.exact),
        "shown": shown.effect,
        "share": _figure(shown.percent),
        "flagged": share.flagged,
        "unsplit": share.unsplit.in_words(_) if own and share.unsplit else "",
    }
    for part in shown.parts:
        yield from _bar(part, writer, level + 1)


def _figure(exact: Fraction | None) -> Decimal | None:
    return None if exact is None else half_up(exact, 12)

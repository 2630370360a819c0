"""What a run pays, step by step: one person's amount with every figure's source, and each team's pool."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.access import requires
from apps.common import formats
from apps.incentives import selectors, services
from apps.incentives.domain.explain import worked_example
from apps.incentives.domain.sentences import money, number, percent
from apps.incentives.models import Run, RunPool
from apps.incentives.presentation import runs as words
from apps.incentives.services.freezing import pool_of
from apps.incentives.views.runs import crumbs


@requires("pay.view")
@require_GET
def person(request: HttpRequest, run_id: UUID, participant_id: UUID) -> HttpResponse:
    """One person's amount: slices, components, every step in words, each figure with the way to its source."""
    row = selectors.run_for(run_id)
    result = selectors.result_for(row, participant_id)
    found = services.explained(row, result)
    services.log_look(actor=request.actor, participants=[result.participant], where="calculation", run=row)
    known = words.names(row.version.terms)
    former = selectors.former_run(row)
    reason = services.why_since(row, result, former)
    currency = result.currency
    settled = selectors.settlements_of(row, [participant_id]).get(participant_id)
    context = {
        "run": row,
        "period": words.period_word(row),
        "result": result,
        "due": words.amount(result.due, currency),
        "parts": [
            (_("Calculated"), words.amount(result.minor, currency)),
            *([(_("Less what was posted for earlier periods"), words.change(-result.earlier, currency))]
              if result.earlier else []),
            *([(_("Added by hand"), words.change(result.adjusted, currency))] if result.adjusted else []),
            *([(_("Less what was posted for this period"), words.change(-result.posted, currency))]
              if result.posted else []),
        ],
        "settled": settled and {
            "before": words.amount(settled.before, currency), "pay": words.amount(settled.pay, currency),
            "balance": words.amount(settled.balance, currency), "carries": settled.before or settled.balance,
        },
        "lines": [(known.component(line.component), words.amount(line.minor, currency)) for line in result.lines.all()],
        "found": found,
        "slices": _slices(found, known, row) if found else [],
        "sentences": _sentences(found, known, result) if found else [],
        "sources": _sources(found, known) if found else [],
        "why": reason
        and [(words.CAUSE_WORDS[each.cause], words.change(each.minor, currency)) for each in reason.parts],
        "why_sum": reason and words.change(reason.after - reason.before, currency),
        "former": former,
        "former_period": words.period_word(former) if former else "",
        "crumbs": crumbs(row),
    }  # fmt: skip
    return render(request, "incentives/runs/person.html", context)


def _slices(found: services.Explained, known: words.Names, row: Run) -> list[dict[str, object]]:
    currency = row.plan.currency
    return [
        {
            "days": f"{formats.day(each.days.first)} – {formats.day(each.days.last)}",
            "team": known.team(each.team),
            "target": money(each.target, currency),
            "share": percent(each.share),
            "coefficient": number(each.coefficient),
            "factor": percent(each.factor),
            "money": money(each.money, currency),
        }
        for each in found.result.slices
    ]


def _sentences(found: services.Explained, known: words.Names, result) -> list[str]:
    told = []
    for each in worked_example(found.snapshot, found.calculated, result.key):
        figures = {name: known.teams.get(value, value) for name, value in each.figures.items()}
        told.append(_(each.message) % figures if figures else _(each.message))
    return told


def _sources(found: services.Explained, known: words.Names) -> list[dict[str, object]]:
    """Every figure that was read, with links to the value's own page and to what was agreed."""
    names = words.metric_names(found.metrics.values())
    rows = []
    for (key, team), reading in sorted(found.snapshot.readings.items()):
        source = dict(reading.source)
        rows.append(
            {
                "name": known.component(key),
                "team": known.team(team),
                "metric": names.get(found.metrics.get((key, team), ""), ""),
                "member": source.get("member", ""),
                "actual": formats.DASH if reading.actual is None else number(reading.actual),
                "target": formats.DASH if reading.target is None else number(reading.target),
                "version": source.get("metric_version_number", ""),
                "value_url": reverse("metrics:explain", args=[source["value"]]) if "value" in source else "",
                "target_url": reverse("targets:history", args=[source["target"]]) if "target" in source else "",
            }
        )
    return rows


@requires("pay.view")
@require_GET
def pools(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Each team's pool: what was in it, how it was split to the last cent, and who got the cents."""
    row = selectors.run_for(run_id)
    known = words.names(row.version.terms)
    currency = row.plan.currency
    page = Paginator(RunPool.objects.filter(run=row, revision=row.revision), 5).get_page(request.GET.get("page"))
    told = [pool_of(each.document) for each in page]
    keys = {part.key for each in told for part in each.split.parts}
    people = {each.key: each for each in selectors.people_by_key(row, keys)}
    services.log_look(actor=request.actor, participants=people.values(), where="pool", run=row)
    rows = [
        {
            "team": known.team(each.team),
            "funded": money(each.funded, currency),
            "factor": percent(each.factor),
            "total": words.amount(each.split.total, currency),
            "paid": words.amount(sum(part.minor for part in each.split.parts), currency),
            "unspent": words.amount(each.split.unspent, currency) if each.split.unspent else "",
            "parts": [
                {
                    "name": people[part.key].name if part.key in people else part.key,
                    "participant": people.get(part.key),
                    "exact": money(part.exact * words.unit(currency), currency),
                    "extra": words.change(part.extra, currency) if part.extra else "",
                    "capped": part.capped,
                    "minor": words.amount(part.minor, currency),
                }
                for part in each.split.parts
            ],
        }
        for each in told
    ]
    context = {"run": row, "period": words.period_word(row), "page": page, "rows": rows, "crumbs": crumbs(row)}
    return render(request, "incentives/runs/pools.html", context)

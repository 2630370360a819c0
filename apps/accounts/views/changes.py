"""Who changed what: the audit trail as a page. (The `audit` room stands below this one and knows no permissions.)"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.access import requires
from apps.accounts.views.pieces import tabs
from apps.audit import selectors as audit
from apps.audit.domain.words import AREAS, words_of

ROWS_ON_A_PAGE = 50


@dataclass(frozen=True)
class Line:
    """One change, ready to read."""

    id: UUID
    at: datetime
    who: str
    what: str
    subject: str
    note: str
    before: list[tuple[str, str]]
    after: list[tuple[str, str]]


@requires("audit.view")
@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    chosen = {name: request.GET.get(name, "") for name in ("q", "area", "from", "to")}
    first, last = _day(chosen["from"]), _day(chosen["to"])
    found = audit.entries(
        search=chosen["q"][:200],
        area=chosen["area"] if chosen["area"] in AREAS else "",
        since=_midnight(first),
        before=_midnight(last + timedelta(days=1)) if last else None,
    )
    page = Paginator(found, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs(request, "changes"),
        "page": page,
        "lines": [_line(entry) for entry in page],
        "chosen": chosen,
        "areas": [(area, _(words)) for area, words in AREAS.items()],
    }
    return render(request, "accounts/changes.html", context)


def _line(entry) -> Line:
    return Line(
        id=entry.pk,
        at=entry.at,
        who=entry.actor_name,
        what=_(words_of(entry.act)),
        subject=entry.subject_name,
        note=entry.note,
        before=_facts(entry.before),
        after=_facts(entry.after),
    )


def _facts(value: object) -> list[tuple[str, str]]:
    """Plain JSON as (name, value) pairs; deeper things as their text."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [(str(name), _text(one)) for name, one in value.items()]
    return [("", _text(value))]


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(one)}" for name, one in value.items())
    return str(value)


def _day(text: str) -> date | None:
    """A day typed into the filter; nothing where it is no day of our time."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and 2000 <= day.year <= 2200 else None


def _midnight(day: date | None) -> datetime | None:
    """The instant a day begins on the company's clock."""
    return None if day is None else timezone.make_aware(datetime.combine(day, time.min))

"""Who changed what: the audit trail as a page. (The `audit` room stands below this one and knows no permissions.)"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.access import requires
from apps.accounts.models import ROLE_NAMES
from apps.accounts.views.pieces import tabs
from apps.audit import selectors as audit
from apps.audit.domain.words import AREAS, words_of, words_of_fact
from apps.common.formats import listed
from apps.common.tables import table_file

ROWS_ON_A_PAGE = 50
MOST_LINES_IN_A_FILE = 50_000


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
    chosen = _chosen(request)
    found = _found(chosen)
    page = Paginator(found, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs(request, "changes"),
        "page": page,
        "lines": [_line(entry) for entry in page],
        "chosen": chosen,
        "areas": [(area, _(words)) for area, words in AREAS.items()],
    }
    return render(request, "accounts/changes.html", context)


@requires("audit.view")
@require_GET
def changes_file(request: HttpRequest) -> HttpResponse:
    """What the page shows with the same filter, as CSV that Excel opens; at most `MOST_LINES_IN_A_FILE` lines."""
    lines = [[_("When"), _("Who"), _("What"), _("Subject"), _("Note"), _("Before"), _("After")]]
    for entry in _found(_chosen(request))[:MOST_LINES_IN_A_FILE]:
        line = _line(entry)
        when = timezone.localtime(line.at).isoformat(timespec="seconds")
        told = [line.who, line.what, line.subject, line.note, _in_one(line.before), _in_one(line.after)]
        lines.append([when, *told])
    return table_file([("", lines)], name=f"changes-{timezone.localdate():%Y%m%d}", kind="csv")


def _chosen(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in ("q", "area", "from", "to")}


def _found(chosen: dict[str, str]) -> QuerySet:
    first, last = _day(chosen["from"]), _day(chosen["to"])
    return audit.entries(
        search=chosen["q"][:200],
        area=chosen["area"] if chosen["area"] in AREAS else "",
        since=_midnight(first),
        before=_midnight(last + timedelta(days=1)) if last else None,
    )


def _in_one(facts: list[tuple[str, str]]) -> str:
    return "; ".join(f"{name}: {value}" if name else value for name, value in facts)


def _line(entry) -> Line:
    before, after = _facts(entry.before), _facts(entry.after)
    return Line(
        id=entry.pk,
        at=entry.at,
        who=entry.actor_name,
        what=_(words_of(entry.act)),
        subject=entry.subject_name,
        note=entry.note,
        before=_told(before, after),
        after=_told(after, before),
    )


def _facts(value: object) -> dict[str, object]:
    """Plain JSON as facts with names; something that is no table of facts is one without a name."""
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"": value}


def _told(facts: dict[str, object], others: dict[str, object]) -> list[tuple[str, str]]:
    """The facts that say something: neither empty nor the same on the other side of the change."""
    return [
        (_(words_of_fact(name)) if name else "", _text(value, roles=name == "roles"))
        for name, value in facts.items()
        if value not in (None, "", []) and others.get(name) != value
    ]


def _text(value: object, *, roles: bool = False) -> str:
    if isinstance(value, list):
        names = dict(ROLE_NAMES) if roles else {}
        return listed(str(names[one]) if isinstance(one, str) and one in names else _text(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(one)}" for name, one in value.items())
    return "–" if value is None else str(value)


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

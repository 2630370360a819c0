"""The check-ins of somebody, one after another; one key result; what was said, corrected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.goals import services
from apps.goals.domain.cadence import Stand
from apps.goals.forms.checkins import CheckInForm
from apps.goals.models import CheckIn, KeyResult
from apps.goals.presentation import checkins as words
from apps.goals.selectors import checkins as selectors
from apps.goals.selectors import objectives
from apps.goals.selectors.checkins import Line
from apps.goals.selectors.days import today
from apps.goals.selectors.people import Reader, reader
from apps.goals.services.cadences import may_set
from apps.goals.services.checkins import is_computed
from apps.goals.services.holding import NOT_YOURS
from apps.kernel.issue import Forbidden, Refusal
from apps.metrics import selectors as metrics
from apps.targets.presentation import kept, kept_when_asked

FOUND_BY = ("value", "steps", "confidence", "blockers", "next_step", "note", "reason")


@requires("objectives.view")
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What waits for somebody, what they missed, what comes later. Eleven queries."""
    return kept(request, "goals/checkins_mine.html", lambda: _mine(request))


def _mine(request: HttpRequest) -> dict[str, object]:
    looking = reader(request.actor)
    found = selectors.mine(looking, today())
    parts = {
        "waiting": [line for line in found if line.waits],
        "missed": [line for line in found if line.stand is Stand.MISSED],
        "later": [line for line in found if line.stand in (Stand.AHEAD, Stand.DONE)],
    }
    teams, below = _led(looking)
    return {
        **{name: [row_of(line) for line in each] for name, each in parts.items()},
        "first": parts["waiting"][0] if parts["waiting"] else None,
        "any": bool(found),
        "may": request.actor.may("checkins.write"),
        "may_set": may_set(looking, None) and request.actor.may("checkins.write"),
        "teams": teams,
        "below": below,
    }


def row_of(line: Line) -> dict[str, object]:
    """A line of a list of check-ins, ready to show."""
    return {"line": line, "stand": words.stand(line), "confidence": words.confidence(line.key_result.confidence)}


def _led(looking: Reader) -> tuple[list[tuple[UUID, str]], list[tuple[UUID, str]]]:
    """The teams whose check-ins somebody looks after: those they lead themselves, and all that are below those."""
    every = sorted(
        (line for pk, line in looking.teams.items() if pk in looking.leads and not line.archived),
        key=lambda line: line.name.casefold(),
    )
    own, below = [], []
    for line in every:
        (own if line.lead_id == looking.actor.id else below).append((line.id, line.name))
    return own, below


@requires("objectives.view", write="checkins.write")
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, key_result_id: UUID) -> HttpResponse:
    """Say how one key result stands; then on to the next that waits. A refused check-in keeps all that was typed."""
    if request.method == "GET":
        return kept(request, "goals/checkin.html", lambda: _Asked(request, key_result_id).context())
    asked = _Asked(request, key_result_id)
    status = _check_in(request, asked.form, asked.row)
    if status == 302:
        tell(request, _("Saved: %(title)s") % {"title": asked.row.title})
        return redirect(_onward(request, asked.row, asked.waiting))
    asked.shown_again()
    return render(request, "goals/checkin.html", asked.context(), status=status)


class _Asked:
    """A key result that somebody may check in, with the form and what else waits for them. Twelve queries."""

    def __init__(self, request: HttpRequest, key_result_id: UUID) -> None:
        self.request, self.looking, self.on = request, reader(request.actor), today()
        self.row = objectives.key_result_for(self.looking, key_result_id)
        if not self.looking.may_check_in(self.row):
            raise Forbidden(NOT_YOURS)
        self.lines = selectors.mine(self.looking, self.on)
        self.waiting = [line for line in self.lines if line.waits]
        self.last, steps = selectors.newest(self.row.pk), selectors.steps_of(self.row)
        self.form = _form(request, self.row, steps, _initial(self.row, self.last, steps))

    def shown_again(self) -> None:
        """What was refused is shown on top of what stands by now."""
        self.last = selectors.newest(self.row.pk)
        self.form.data = self.form.data.copy()
        self.form.data["seen"] = str(self.last.pk) if self.last else ""

    def context(self) -> dict[str, object]:
        row, last = self.row, self.last
        others = [line for line in self.waiting if line.key_result.pk != row.pk]
        return {
            **_shown(self.request, row, self.form),
            "last": words.said(last, row, _style(row)) if last else None,
            "line": self._line(),
            "left": len(others),
            "later": reverse("checkins:one", args=[others[0].key_result.pk]) if others else reverse("checkins:mine"),
            "instead": _instead(self.looking, row, self.on),
            "closed": row.objective.cycle.closed_at is not None,
        }

    def _line(self) -> Line:
        """What is due: among one's own, or five queries more."""
        own = (line for line in self.lines if line.key_result.pk == self.row.pk)
        return next(own, None) or selectors.lines([self.row], self.on, self.looking.teams)[0]


def _check_in(request: HttpRequest, form: CheckInForm, row: KeyResult) -> int:
    """302 when it is saved, or the status of the page that shows every fault in its place."""
    readable = form.is_valid()
    try:
        if not readable:
            return 422
        services.check_in(
            actor=request.actor, key_result_id=row.pk, said=form.said(), seen=_id(form.cleaned_data["seen"]),
            today=today(), now=timezone.now(), steps_done=form.steps_done(),
        )  # fmt: skip
    except Refusal as refusal:
        return _show(form, refusal)
    return 302


def _show(form: CheckInForm, refusal: Refusal) -> int:
    if not refusal.issues:
        form.add_error(None, refusal.in_words(_))
    form.show(refusal.issues)
    return refusal.status


@requires("objectives.view", write="checkins.write")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def correct(request: HttpRequest, checkin_id: UUID) -> HttpResponse:
    """Say a check-in anew, with the reason."""
    looking = reader(request.actor)
    made = selectors.checkin_for(looking, checkin_id)
    row = made.key_result
    if not looking.may_check_in(row):
        raise Forbidden(NOT_YOURS)
    initial = {name: getattr(made, name) for name in ("value", "confidence", "note", "blockers", "next_step")}
    if row.kind == KeyResult.Kind.BINARY and made.value is not None:
        initial["value"] = str(int(made.value))
    form = _form(request, row, (), initial | {"seen": _stamp(made)}, correcting=True)
    status = 200
    if form.is_bound:
        status = _correct(request, form, made)
        if status == 302:
            tell(request, _("The check-in is corrected."))
            return redirect("checkins:activity", row.objective_id)
        made.refresh_from_db()
        form.data = form.data.copy()
        form.data["seen"] = _stamp(made)
    context = {**_shown(request, row, form), "made": words.said(made, row, _style(row)), "correcting": True}
    return render(request, "goals/checkin.html", context, status=status)


def _correct(request: HttpRequest, form: CheckInForm, made: CheckIn) -> int:
    if not form.is_valid():
        return 422
    try:
        services.correct_check_in(
            actor=request.actor, checkin_id=made.pk, said=form.said(), reason=form.cleaned_data["reason"],
            seen=_moment(form.cleaned_data["seen"]), now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return _show(form, refusal)
    return 302


def _form(
    request: HttpRequest, row: KeyResult, steps: Sequence[object], initial: dict[str, object], **more: bool
) -> CheckInForm:
    form = CheckInForm(
        request.POST if request.method == "POST" else None, row=row, style=words.style_for(row),
        computed=is_computed(row), steps=steps, initial=initial, **more,
    )  # fmt: skip
    form.order_fields(FOUND_BY)
    first = next(iter(form.fields.values()))
    if not form.is_bound:
        first.widget.attrs["autofocus"] = True
    return form


def _initial(row: KeyResult, last: CheckIn | None, steps: Sequence[object]) -> dict[str, object]:
    """What a new check-in starts from: the value and the belief as they are, and what is still in the way."""
    value = row.value
    if row.kind == KeyResult.Kind.BINARY:
        value = str(int(row.value)) if row.value is not None else None
    return {
        "value": value,
        "confidence": row.confidence,
        "blockers": last.blockers if last else "",
        "steps": [str(step.pk) for step in steps if step.done_on is not None],
        "seen": str(last.pk) if last else "",
    }


def _style(row: KeyResult) -> object:
    return words.style_for(row) if row.metric_id else None


def _shown(request: HttpRequest, row: KeyResult, form: CheckInForm) -> dict[str, object]:
    """What the page says of the key result, whatever is done with it."""
    style = _style(row)
    return {
        "row": row,
        "objective": row.objective,
        "form": form,
        "way": words.way(row, style),
        "metric": metrics.metric_for(row.metric_id) if row.metric_id else None,
        "computed": is_computed(row),
        "told": _told(row),
        "keep": f"check-in:{request.actor.id}:{request.path}",
        "crumbs": [(_("Check-ins"), reverse("checkins:mine"))],
    }


def _told(row: KeyResult) -> str:
    """Which change the paragraph of a metric-linked key result is about: that of the period of its value."""
    if row.metric_id is None or row.value_on is None or row.dimension:
        return ""
    return urlencode({"grain": row.grain})


def _instead(looking: Reader, row: KeyResult, on: object) -> str:
    """The name of whose check-in it would be; "" where it is one's own."""
    owner = row.owner_id or row.objective.owner_id
    return (row.owner_name or row.objective.owner_name) if owner and owner != looking.actor.id else ""


def _onward(request: HttpRequest, row: KeyResult, waiting: Sequence[Line]) -> str:
    """The next key result that waits for the person, else their list; where it was not theirs, its objective."""
    ids = [line.key_result.pk for line in waiting]
    if row.pk not in ids:
        return reverse("checkins:activity", args=[row.objective_id])
    at = ids.index(row.pk)
    rest = ids[at + 1 :] + ids[:at]
    return reverse("checkins:one", args=[rest[0]]) if rest else reverse("checkins:mine")


def _stamp(made: CheckIn) -> str:
    return made.corrected_at.isoformat() if made.corrected_at else ""


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text) if text else None
    except ValueError:
        return None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None

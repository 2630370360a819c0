"""What pages of pay share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.incentives.domain.plan import Plan
from apps.incentives.domain.typed import name_of
from apps.incentives.forms.plans import PlanForm
from apps.incentives.forms.shown import Shown
from apps.incentives.models import IncentivePlan
from apps.kernel.issue import Issue, Refusal

Made = TypeVar("Made")


@dataclass(frozen=True)
class Sent(Generic[Made]):
    """What came of a form: `made` is what a service gave back; `status` is that of the page that shows it again."""

    made: Made | None = None
    done: bool = False
    status: int = 200


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, for a form that is bound to it; None where the page was only opened."""
    return request.POST if request.method == "POST" else None


def sent(form: Shown, act: Callable[[], Made]) -> Sent[Made]:
    """Let a service do what a form says, if it was sent. What is wrong stands at its field, all of it at once.

    Where a field cannot be read the service is asked all the same, for what else it has to say, and undone.
    """
    if not form.is_bound:
        return Sent()
    try:
        if form.is_valid():
            return Sent(act(), done=True)
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except Refusal as refusal:
        form.refuse(refusal)
        return Sent(status=refusal.status)
    return Sent(status=422)


def uuid_of(text: str) -> UUID | None:
    """An id as it was sent; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Found:
    """Something the linter says: where it is on the form ("" for no field), what, and whether it blocks."""

    field: str
    place: str
    text: str
    blocking: bool


def found_of(issues: Iterable[Issue], form: PlanForm | None = None, terms: Plan | None = None) -> list[Found]:
    """Findings for a page, those that block first: with `form` each with its field, with `terms` with its line."""
    rows = []
    for issue in issues:
        name = name_of(issue.where)
        field = ""
        if form is not None:
            field = (
                name if name in form.fields else next((each for each in form.fields if each.startswith(f"{name}-")), "")
            )
        label = str(form.fields[field].label or "") if form is not None and field else ""
        rows.append(
            Found(
                field,
                " · ".join(each for each in (_block(name, form) or _line(name, terms), label) if each),
                issue.in_words(_),
                issue.blocking,
            )
        )
    return sorted(rows, key=lambda row: not row.blocking)


def _block(name: str, form: PlanForm | None) -> str:
    kind, _dash, rest = name.partition("-")
    number = rest.partition("-")[0]
    if form is None or kind not in form.blocks or not number.isdecimal():
        return ""
    return form.told.get(f"{kind}-{number}-name") or str(int(number) + 1)


def _line(name: str, terms: Plan | None) -> str:
    """The name of the component, gate or multiplier that a finding is about."""
    kind, _dash, rest = name.partition("-")
    number = rest.partition("-")[0]
    rows = getattr(terms, kind, ()) if terms is not None and kind in ("components", "gates", "multipliers") else ()
    return str(rows[int(number)].name) if number.isdecimal() and int(number) < len(rows) else ""


def crumbs(plan: IncentivePlan | None = None) -> list[tuple[str, str]]:
    """The way back to the plans, and to one."""
    found = [(_("Pay plans"), reverse("pay:plans"))]
    if plan is not None:
        found.append((plan.name, reverse("pay:plan", args=[plan.key])))
    return found

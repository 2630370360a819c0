"""The form of a plan: shown, arranged anew, tried out while somebody types, saved. Nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.incentives.domain import lint, typed
from apps.incentives.domain.attainment import Reading
from apps.incentives.domain.plan import Plan
from apps.incentives.forms.plans import MOST, PARTS, PlanForm
from apps.incentives.models import PlanVersion
from apps.incentives.presentation import examples
from apps.incentives.selectors import plans as reading
from apps.incentives.services import plans as services
from apps.incentives.views.pieces import crumbs, found_of
from apps.kernel.issue import Issue, Refusal
from apps.metrics import selectors as metrics

NEW = {
    "components": {"name": "", "weight": "", "curve-points-0-x": "80", "curve-points-0-y": "50",
                   "curve-points-1-x": "100", "curve-points-1-y": "100", "scope": "team"},
    "gates": {"name": "", "cap": "0"},
    "multipliers": {"name": "", "factor": "1.1"},
}  # fmt: skip


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change the draft of a plan."""
    return Desk(request, reading.draft_for(key)).answer()


class Desk:
    """One answer of the form."""

    def __init__(self, request: HttpRequest, version: PlanVersion) -> None:
        self.request, self.version, self.plan = request, version, version.plan
        self.told: dict[str, str] = {}
        self.metrics = [(view.key, view.name) for view in metrics.metrics()]
        self.fixed_name = reading.published_before(version) is not None

    def answer(self) -> HttpResponse:
        if self.version.status != PlanVersion.Status.DRAFT:
            return redirect("pay:version", self.plan.key, self.version.number)
        if self.request.method == "GET":
            self.told = self._stored()
            return self._page()
        post = self.request.POST
        self.told = {name: post.get(name, "") for name in post if name not in ("csrfmiddlewaretoken", "act")}
        act = post.get("act", "save")
        if act in ("save", "check"):
            return self._save(act)
        if act == "preview":
            return self._page("incentives/plans/_preview.html")
        self.told = self._arranged(act)
        return self._page()

    def _stored(self) -> dict[str, str]:
        version = self.version
        return {
            **typed.fields_of(version.terms),
            "name": self.plan.name,
            "revision": str(version.revision),
            "effective_from": version.effective_from.isoformat(),
            "effective_until": version.effective_until.isoformat() if version.effective_until else "",
            "approval_steps": str(version.approval_steps),
            "dispute_days": str(version.dispute_days),
            "lead_sees_team": typed.YES if version.lead_sees_team else typed.NO,
            "show_estimate": typed.YES if version.show_estimate else typed.NO,
            "note": version.note,
        }

    def _form(self) -> PlanForm:
        return PlanForm(self.told, metrics=self.metrics, fixed_name=self.fixed_name)

    def _terms(self) -> Plan:
        head = {"key": self.plan.key, "version": str(self.version.number), "currency": self.plan.currency}
        return typed.plan_of(self.told, name=self.told.get("name") or self.plan.name, **head)

    def _arranged(self, act: str) -> dict[str, str]:
        """One more or one fewer line, gate or multiplier, or a line moved up."""
        told = typed.arranged(self.told)
        word, _dash, rest = act.partition("-")
        kind, _dash, number = rest.partition("-")
        if kind not in PARTS:
            return told
        count = len(typed.numbers_of(told, kind))
        if word == "add" and count < MOST[kind]:
            return told | {f"{kind}-{count}-{name}": text for name, text in NEW[kind].items()}
        at = int(number) if number.isdecimal() and len(number) < 4 else -1
        if word == "remove" and 0 <= at < count:
            return typed.arranged({name: text for name, text in told.items() if not name.startswith(f"{kind}-{at}-")})
        if word == "up" and 0 < at < count:
            return _swapped(told, kind, at)
        return told

    # --- answers ----------------------------------------------------------------------------------------------------

    def _save(self, act: str) -> HttpResponse:
        self.told = typed.arranged(self.told)
        form = self._form()
        settings, issues = form.settings()
        try:
            terms = self._terms()
        except Refusal as refusal:
            issues = [*refusal.issues, *issues]
        if issues or settings is None:
            form.show(issues)
            return self._page(form=form, status=422)
        revision = self.told.get("revision", "")
        try:
            version = services.change_draft(
                actor=self.request.actor, version_id=self.version.pk, terms=terms, settings=settings,
                revision=int(revision) if revision.isdecimal() and len(revision) < 9 else 0,
                name=self.told.get("name", ""),
            )  # fmt: skip
        except Refusal as refusal:
            if refusal.status == 409:  # seen now: saving once more is meant
                self.version.refresh_from_db()
                self.told["revision"] = str(self.version.revision)
                form = self._form()
            form.show(refusal.issues or [Issue("", refusal.message, refusal.params)])
            return self._page(form=form, status=refusal.status)
        if act == "check":
            return redirect("pay:version", self.plan.key, version.number)
        tell(self.request, _("The draft is saved."))
        return redirect("pay:edit", self.plan.key)

    def _page(
        self, template: str = "incentives/plans/edit.html", *, form: PlanForm | None = None, status: int = 200
    ) -> HttpResponse:
        if template.endswith("_preview.html"):
            self.told = typed.arranged(self.told)
        form = form or self._form()
        if self.request.htmx and template.endswith("edit.html"):
            template = "incentives/plans/_form.html"
        tried = self._tried()
        for sketch in tried.get("sketches", []):
            form.blocks["components"][sketch.at].sketch = sketch
        context = {
            "form": form, "version": self.version, "plan": self.plan, "told": self.told, "blocks": form.blocks,
            "action": reverse("pay:edit", args=[self.plan.key]), "crumbs": crumbs(self.plan), **tried,
        }  # fmt: skip
        return render(self.request, template, context, status=status)

    def _tried(self) -> dict[str, object]:
        """What the linter says, and the example; with what cannot be read, only that."""
        try:
            terms = self._terms()
        except Refusal as refusal:
            return {"findings": found_of(refusal.issues, self._form()), "unreadable": True}
        keys = reading.metrics_of(terms)
        known = reading.newest_readings(keys, self.plan.period)
        told = examples.readings(terms, known, self._samples(terms))
        money = typed.number_of(self.told.get("sample-money", "")) or examples.MONEY
        issues = lint.issues(terms, reading.sources(keys, self.plan.period))
        return {
            "findings": found_of(issues, self._form()),
            "sketches": examples.sketches(terms, told, money) if not any(_is_curve(issue) for issue in issues) else [],
            "example": examples.example(terms, told, money),
            "sample_rows": _sample_rows(terms, told, self.told),
            "sample_money": self.told.get("sample-money") or typed.text_of(money),
        }

    def _samples(self, terms: Plan) -> dict[str, Reading]:
        found = {}
        for at, each in enumerate(terms.components):
            figures: dict[str, Fraction | None] = {
                name: typed.number_of(self.told.get(f"sample-{at}-{name}", "")) for name in ("actual", "target")
            }
            found[each.key] = Reading(**figures)
        return found


def _is_curve(issue: Issue) -> bool:
    return issue.blocking and ".points" in issue.where


def _sample_rows(terms: Plan, told: Mapping[str, Reading], typed_in: Mapping[str, str]) -> list[dict[str, str]]:
    """The example's figures as fields: what was typed, else what is read now."""
    found = []
    for at, each in enumerate(terms.components):
        row = {"name": each.name or str(at + 1), "at": str(at)}
        for name in ("actual", "target"):
            value = getattr(told[each.key], name)
            row[name] = typed_in.get(f"sample-{at}-{name}") or ("" if value is None else typed.text_of(value))
        found.append(row)
    return found


def _swapped(told: dict[str, str], kind: str, at: int) -> dict[str, str]:
    places = {f"{kind}-{at}-": f"{kind}-{at - 1}-", f"{kind}-{at - 1}-": f"{kind}-{at}-"}
    out = {}
    for name, text in told.items():
        for before, after in places.items():
            if name.startswith(before):
                name = after + name[len(before) :]
                break
        out[name] = text
    return out

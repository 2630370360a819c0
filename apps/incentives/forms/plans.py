"""The form of a plan: one field for every setting, named by its place in the plan (`domain.typed`).

It holds texts, all optional: whether they make a plan is said by `typed.plan_of`, whether a good one by the linter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.incentives.domain import typed
from apps.incentives.domain.attainment import Basis
from apps.incentives.forms.shown import ReasonForm, Shown
from apps.incentives.forms.words import CHOICES, HELP, LABELS, YES_NO
from apps.incentives.models import IncentivePlan
from apps.incentives.services.plans import Settings
from apps.kernel.issue import N_, Issue

_NUMBERED = re.compile(r"^(components|gates|multipliers)-[0-9]+-")
HEAD = (
    "kind", "target", "target_metric", "pool-funding", "pool-rate", "pool-metric", "combine", "total_cap", "person_cap",
    "gates_when", "measured", "missing", "proration-rule", "proration-cut_off_day", "rounding-mode", "rounding-unit",
    "rounding-when", "pool-excess", "pool-leaver_share", "negative-rule", "negative-floor",
)  # fmt: skip
CURVE = ("shape", "threshold_included", "below", "above", "cap")
LINE = (
    "key", "name", "metric", "weight", "scope", "cap", "attaining-basis", "attaining-direction", "attaining-lower",
    "attaining-range_rule", "attaining-bound_included", "attaining-decimals", "pays", "tiers-rule",
    "tiers-bound_included", *(f"curve-{each}" for each in CURVE),
)  # fmt: skip
CONDITION = tuple(f"condition-{each}" for each in ("metric", "at_least", "bound", "bound_included", "scope"))
GATE = ("key", "name", *CONDITION, "cap", "component", "unknown")
MULTIPLIER = ("key", "name", "how", "factor", *CONDITION, "metric", "scope", *(f"curve-{each}" for each in CURVE))
CONVENTIONS = (
    "measured", "proration-rule", "rounding-when", "rounding-unit", "rounding-mode", "missing", "negative-rule",
    "gates_when",
)  # fmt: skip
PARTS = {"components": LINE, "gates": GATE, "multipliers": MULTIPLIER}
SETTINGS = (
    "effective_from", "effective_until", "approval_steps", "dispute_days", "lead_sees_team", "show_estimate", "note",
)  # fmt: skip
MOST = {"components": 12, "gates": 8, "multipliers": 8}
MOST_ROWS = 20
NOT_A_DAY = N_("“%(text)s” is not a day. Write one such as 2026-06-30.")
NOT_WHOLE = N_("This must be a whole number.")


@dataclass
class Block:
    """A line, a gate or a multiplier on the form: its fields by their names with underscores, its rows of points."""

    at: int
    kind: str
    fields: dict[str, forms.BoundField] = field(default_factory=dict)
    points: list[tuple[forms.BoundField, forms.BoundField]] = field(default_factory=list)
    bands: list[tuple[forms.BoundField, forms.BoundField]] = field(default_factory=list)
    sketch: object = None

    @property
    def prefix(self) -> str:
        return f"{self.kind}-{self.at}"

    @property
    def is_on_values(self) -> bool:
        return self.fields["attaining_basis"].value() == Basis.ACTUAL

    @property
    def has_odd(self) -> bool:
        """Whether something stands among the folded settings that is not as usual, or is wrong."""
        return any(_odd(self.fields[name], name.replace("_", "-", 1)) for name in FOLDED)


FOLDED = (
    "cap", "pays", "attaining_lower", "attaining_bound_included", "attaining_decimals", "curve_threshold_included",
    "curve_below", "curve_above", "curve_cap",
)  # fmt: skip


def _odd(field: forms.BoundField, word: str) -> bool:
    usual = str(CHOICES[word][0][0]) if word in CHOICES else ""
    return bool(field.errors) or (field.value() or usual) != usual


class PlanForm(forms.Form):
    """Made from what was typed (`told`); it is always bound, so that everything typed is shown again."""

    def __init__(self, told: Mapping[str, str], *, metrics: Sequence[tuple[str, str]], fixed_name: bool) -> None:
        super().__init__(dict(told))
        self.is_later = fixed_name
        self.told, self.metrics = told, [("", _("Choose a metric")), *metrics]
        self.lines = [
            (told.get(f"components-{at}-key") or f"c{at + 1}", told.get(f"components-{at}-name") or str(at + 1))
            for at in typed.numbers_of(told, "components")
        ]
        if not fixed_name:
            self.fields["name"] = forms.CharField(label=LABELS["name"], required=False, max_length=80)
        for name in HEAD:
            self._add(name)
        self._add_settings()
        self.blocks = {kind: [self._block(kind, at) for at in typed.numbers_of(told, kind)] for kind in PARTS}
        self.total_points = self._rows("total_curve-points", ("x", "y"))
        for each in CURVE:
            self._add(f"total_curve-{each}", f"curve-{each}")
        self.full_clean()

    def _add(self, name: str, word: str = "") -> forms.BoundField:
        word = word or _NUMBERED.sub("", name)
        if word in CHOICES or word.endswith("metric") or word == "component":
            made: forms.Field = forms.ChoiceField(required=False)
            made.choices = self._choices(word, self.told.get(name, ""))
        else:
            made = forms.CharField(required=False, max_length=120)
            if word not in ("name", "key"):
                made.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        if word == "key":
            made.widget = forms.HiddenInput()
        made.label, made.help_text = LABELS.get(word, ""), HELP.get(word, "")
        self.fields[name] = made
        return self[name]

    def _choices(self, word: str, chosen: str) -> Iterable[tuple[str, object]]:
        if word == "component":
            return [("", _("The whole")), *self.lines]
        if word in CHOICES:
            return [(str(value), label) for value, label in CHOICES[word]]
        known = any(chosen == key for key, _name in self.metrics)
        return self.metrics if known else [*self.metrics, (chosen, chosen)]  # one that was archived meanwhile

    def _add_settings(self) -> None:
        for name in SETTINGS:
            made = forms.CharField(label=LABELS[name], help_text=HELP.get(name, ""), required=False, max_length=300)
            if name.startswith("effective"):
                made.widget = forms.DateInput({"type": "date"})
            elif name in ("lead_sees_team", "show_estimate"):
                made = forms.ChoiceField(label=LABELS[name], choices=YES_NO, required=False)
            elif name != "note":
                made.widget.attrs["inputmode"] = "numeric"
            self.fields[name] = made

    def _block(self, kind: str, at: int) -> Block:
        made = Block(at, kind)
        for name in PARTS[kind]:
            made.fields[name.replace("-", "_")] = self._add(f"{kind}-{at}-{name}")
        if kind != "gates":
            made.points = self._rows(f"{kind}-{at}-curve-points", ("x", "y"))
        if kind == "components":
            made.bands = self._rows(f"{kind}-{at}-tiers-bands", ("start", "rate"))
        return made

    def _rows(self, prefix: str, cells: tuple[str, str]) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The rows that were typed, and an empty one to go on with."""
        count = min(len(typed.numbers_of(self.told, prefix)) + 1, MOST_ROWS)
        titles = {"x": _("From"), "y": _("Pays, in percent"), "start": _("From"), "rate": _("Rate in percent")}
        found = []
        for at in range(count):
            row = []
            for cell in cells:
                name = f"{prefix}-{at}-{cell}"
                self.fields[name] = forms.CharField(required=False, max_length=40)
                self.fields[name].widget.attrs |= {
                    "inputmode": "decimal", "autocomplete": "off", "aria-label": f"{titles[cell]} {at + 1}",
                }  # fmt: skip
                row.append(self[name])
            found.append((row[0], row[1]))
        return found

    # --- parts of the page -----------------------------------------------------------------------------------------

    @property
    def pool(self) -> list[forms.BoundField]:
        return [self[name] for name in ("pool-funding", "pool-rate", "pool-metric")]

    @property
    def pool_conventions(self) -> list[forms.BoundField]:
        return [self[name] for name in ("pool-excess", "pool-leaver_share")]

    @property
    def conventions(self) -> list[forms.BoundField]:
        return [self[name] for name in CONVENTIONS]

    @property
    def has_odd_conventions(self) -> bool:
        return any(_odd(self[name], name) for name in (*CONVENTIONS, "pool-leaver_share"))

    @property
    def cut_off(self) -> forms.BoundField:
        return self["proration-cut_off_day"]

    @property
    def floor(self) -> forms.BoundField:
        return self["negative-floor"]

    @property
    def total_settings(self) -> list[forms.BoundField]:
        return [self[f"total_curve-{each}"] for each in CURVE]

    # --- what was typed ---------------------------------------------------------------------------------------------

    def settings(self) -> tuple[Settings | None, list[Issue]]:
        """What stands beside the plan, or what of it cannot be read."""
        issues: list[Issue] = []
        days = {name: self._day(name, issues) for name in ("effective_from", "effective_until")}
        counts = {name: self._count(name, issues) for name in ("approval_steps", "dispute_days")}
        if days["effective_from"] is None and not issues:
            issues.append(Issue("effective_from", typed.NOT_GIVEN))
        if issues:
            return None, issues
        first = days["effective_from"]
        assert first is not None  # noqa: S101  (an issue else)
        return Settings(
            first, days["effective_until"], counts["approval_steps"], counts["dispute_days"],
            self.told.get("lead_sees_team") == typed.YES, self.told.get("show_estimate", typed.YES) == typed.YES,
            (self.told.get("note") or "").strip()[:300],
        ), []  # fmt: skip

    def _day(self, name: str, issues: list[Issue]) -> date | None:
        text = (self.told.get(name) or "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            issues.append(Issue(name, NOT_A_DAY, {"text": text[:40]}))
            return None

    def _count(self, name: str, issues: list[Issue]) -> int:
        text = (self.told.get(name) or "").strip()
        if not text.isdecimal() or len(text) > 3:
            issues.append(Issue(name, NOT_WHOLE))
            return 1
        return int(text)

    def show(self, issues: Iterable[Issue]) -> None:
        """Put each issue at its field; at the whole form where it has none."""
        for issue in issues:
            name = typed.name_of(issue.where)
            found = (
                name
                if name in self.fields
                else next((each for each in self.fields if each.startswith(f"{name}-")), None)
            )
            self.add_error(found if name else None, issue.in_words(gettext))


class StartForm(Shown):
    """What a new plan is called, and for which periods it pays."""

    name = forms.CharField(label=_("What the plan is called"), required=False, max_length=80)
    period = forms.ChoiceField(label=_("It pays for each"), choices=IncentivePlan.Length.choices, required=False)
    currency = forms.CharField(label=_("Currency"), required=False, max_length=3)


class EndForm(ReasonForm):
    """The last day of a plan, and why it ends."""

    last = forms.DateField(label=_("Its last day"), required=False, widget=forms.DateInput({"type": "date"}))
    field_order = ("last", "reason")

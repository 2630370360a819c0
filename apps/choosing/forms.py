"""The mapping of a template, the North Star, the three tests and the announcement, as forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from apps.choosing.domain.mapping import Chosen
from apps.choosing.domain.sheet import LEAST, MOST, TESTS
from apps.choosing.domain.templates import Template
from apps.choosing.services.announcing import LONGEST
from apps.kernel.issue import Issue, Refusal
from apps.metrics.domain.fields import KnownDataset
from apps.metrics.presentation import grain_word

GRAINS = ("day", "week", "month", "quarter", "half", "year")


class MappingForm(forms.Form):
    """For each data set of a template the company's own, for each of its columns one of that; and what cells mean.

    Fields are named `data.<key>`, `column.<key>.<column>` and `values.<number>`, as issues say where they are.
    """

    def __init__(
        self,
        template: Template,
        known: Mapping[str, KnownDataset],
        chosen: Chosen,
        *args: Any,
        may_choose: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.template, self.known, self.start = template, known, chosen
        language = get_language()
        for key, needed in template.front.data.items():
            self.fields[f"data.{key}"] = forms.CharField(
                initial=chosen.data.get(key, ""), required=False, widget=forms.HiddenInput
            )
            dataset = known.get(chosen.data.get(key, ""))
            for name, column in needed.columns.items() if dataset else ():
                self.fields[f"column.{key}.{name}"] = forms.ChoiceField(
                    label=column.text(language),
                    required=False,
                    choices=[
                        ("", gettext("Not there") if column.optional else gettext("Choose a column")),
                        *((each.key, each.label or each.key) for each in dataset.columns.values()),
                    ],
                    initial=chosen.column(key, name),
                )
        for at, choice in enumerate(template.front.choices):
            if chosen.data.get(choice.data):
                self.fields[f"values.{at}"] = forms.CharField(
                    label=choice.text(language),
                    max_length=400,
                    required=False,
                    initial=", ".join(chosen.values.get(at, ())),
                    help_text=gettext("As they stand in the file, with commas between them."),
                )
        if may_choose:
            self.fields["with_star"] = forms.BooleanField(
                label=gettext("Make it the North Star and lay out its tree"), required=False, initial=True
            )
        self.fields["fingerprint"] = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    @property
    def chosen(self) -> Chosen:
        """What was chosen, once the form is valid."""
        told = self.cleaned_data
        data = {key: told.get(f"data.{key}", "") for key in self.template.front.data}
        columns = {
            (key, name): told.get(f"column.{key}.{name}", "")
            for key, needed in self.template.front.data.items()
            for name in needed.columns
        }
        values = {at: _words(told.get(f"values.{at}", "")) for at in range(len(self.template.front.choices))}
        return Chosen(data, columns, values)

    def groups(self) -> list[dict[str, Any]]:
        """The fields by data set, as the page shows them."""
        language = get_language()
        found = []
        for key, needed in self.template.front.data.items():
            dataset = self.known.get(self.start.data.get(key, ""))
            columns = [self[f"column.{key}.{name}"] for name in needed.columns] if dataset else []
            choices = [
                self[f"values.{at}"]
                for at, choice in enumerate(self.template.front.choices)
                if choice.data == key and f"values.{at}" in self.fields
            ]
            found.append(
                {
                    "key": key,
                    "name": needed.name.text(language),
                    "about": needed.about.text(language),
                    "optional": needed.optional,
                    "dataset": dataset,
                    "fields": [*columns, *choices],
                    "errors": self.errors.get(f"data.{key}", []) if self.is_bound else [],
                }
            )
        return found

    def put(self, issues: Sequence[Issue]) -> list[Issue]:
        """Show issues at their fields; those that have none are handed back."""
        rest = []
        for issue in issues:
            if issue.where in self.fields:
                self.add_error(issue.where, issue.in_words(gettext))
            else:
                rest.append(issue)
        return rest


class NorthStarForm(forms.Form):
    """Which metric is the one number, by which periods, and why."""

    metric = forms.ChoiceField(label=_("Metric"))
    grain = forms.ChoiceField(label=_("Read by"))
    reason = forms.CharField(
        label=_("Why this number"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3}),
        help_text=_("What it says about the value for customers, about revenue, and what the team can do for it."),
    )  # fmt: skip

    def __init__(self, *args: Any, metrics: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", _("Choose a metric")), *metrics]
        self.fields["grain"].choices = [(grain, grain_word(grain)) for grain in GRAINS]

    def put(self, refusal: Refusal) -> None:
        """Show a service's issues at the fields they are about."""
        _put(self, refusal)


class SheetForm(forms.Form):
    """The three tests: a score from 0 to 5 each, and the evidence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scores = [(str(score), str(score)) for score in range(LEAST, MOST + 1)]
        for name, test in TESTS.items():
            self.fields[name] = forms.ChoiceField(
                label=gettext(test.question), choices=scores, widget=forms.RadioSelect(), required=False
            )
            self.fields[f"{name}_evidence"] = forms.CharField(
                label=gettext("Evidence"), required=False, max_length=5000, widget=forms.Textarea({"rows": 2})
            )

    @property
    def scores(self) -> dict[str, int | None]:
        return {name: int(self.cleaned_data[name]) if self.cleaned_data.get(name) else None for name in TESTS}

    @property
    def evidence(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(f"{name}_evidence", "") for name in TESTS}

    def groups(self) -> list[dict[str, Any]]:
        """The fields by test, with its question and what 0 and 5 mean."""
        return [
            {
                "name": gettext(test.name),
                "asks": [gettext(ask) for ask in test.asks],
                "none": gettext(test.none),
                "full": gettext(test.full),
                "score": self[name],
                "evidence": self[f"{name}_evidence"],
            }
            for name, test in TESTS.items()
        ]

    def put(self, refusal: Refusal) -> None:
        """Show a service's issues at the fields they are about."""
        _put(self, refusal)


class AnnouncementForm(forms.Form):
    """The text of the announcement. Figures, tree and target are added by themselves."""

    why = forms.CharField(
        label=_("Why this number"), required=False, max_length=LONGEST, widget=forms.Textarea({"rows": 6})
    )
    teams = forms.CharField(
        label=_("What each team can do"), required=False, max_length=LONGEST, widget=forms.Textarea({"rows": 6}),
        help_text=_("The tree below names who looks after each part; say here what you expect of whom."),
    )  # fmt: skip
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    after = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def put(self, refusal: Refusal) -> None:
        """Show a service's issues at the fields they are about."""
        _put(self, refusal)


def _words(text: str) -> tuple[str, ...]:
    """Values with commas between them, Chinese ones too."""
    return tuple(word.strip() for word in text.replace("，", ",").split(",") if word.strip())


def _put(form: forms.Form, refusal: Refusal) -> None:
    for issue in refusal.issues:
        form.add_error(issue.where if issue.where in form.fields else None, issue.in_words(gettext))
    if not refusal.issues:
        form.add_error(None, refusal.in_words(gettext))

"""Forms of the tree and the North Star."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.metrics.forms.definition import GRAINS


class NodeForm(forms.Form):
    """A metric's place below another one."""

    metric = forms.ChoiceField(label=_("Metric"))
    link = forms.ChoiceField(
        label=_("Link"), choices=[("formula", _("Part of the formula")), ("influence", _("Influences"))],
        help_text=_("Only what the formula above names can be part of it. An influence is a belief without a share."),
    )  # fmt: skip
    parent = forms.ChoiceField(label=_("Below"))

    def __init__(
        self, *args: Any, metrics: Sequence[tuple[str, str]], parents: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", _("Choose a metric")), *metrics]
        self.fields["parent"].choices = parents


class NorthStarForm(forms.Form):
    """Which metric is the one number, and why."""

    metric = forms.ChoiceField(label=_("Metric"))
    grain = forms.ChoiceField(label=_("Read by"), choices=GRAINS)
    reason = forms.CharField(
        label=_("Why this number"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3}),
        help_text=_("What it says about the value for customers, about revenue, and what the team can do for it."),
    )  # fmt: skip

    def __init__(self, *args: Any, metrics: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", _("Choose a metric")), *metrics]

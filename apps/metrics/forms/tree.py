"""Forms of the tree."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


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

"""How somebody wants to be told things: a choice for each kind, kinds of one group under one heading."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.notifications.domain.kinds import APP, MAIL, Kind

WAY_NAMES = ((APP, _("In Lodestar")), (MAIL, _("By mail")))


class WaysForm(forms.Form):
    """A field for each kind, with the ways that are chosen."""

    def __init__(self, *args: object, chosen: Iterable[tuple[Kind, frozenset[str]]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.groups: dict[str, list[str]] = {}
        for kind, by in chosen:
            self.fields[kind.name] = forms.MultipleChoiceField(
                label=gettext(kind.title),
                choices=WAY_NAMES,
                initial=sorted(by),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
            self.groups.setdefault(gettext(kind.group), []).append(kind.name)

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields, under the headings they belong to."""
        return [(group, [self[name] for name in names]) for group, names in self.groups.items()]

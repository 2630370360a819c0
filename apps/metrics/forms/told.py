"""The part of a definition's form that asks by what a customer file says: of which column, and as of when."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MOST = 4
AS_OF = [
    ("period_end", _("as it is at the end of the period")),
    ("event", _("as it was on the day of the row")),
    ("latest", _("as it is now")),
]


class ToldForm(forms.Form):
    """Fields `told0_column`, `told0_as_of`, … The file is found by its column with the customer."""

    datasets: dict[str, Any]

    def _given(self, name: str) -> str:
        """What was typed into a field so far, or stands in it at first."""
        return str((self.data if self.is_bound else self.initial).get(name) or "")

    def add_told(self, rows: Sequence[str]) -> None:
        """Ask for columns of files about the customers in the data sets `rows`; one more than were chosen."""
        found = dict(self._told_choices(rows))
        filled = [at for at in range(MOST) if self._given(f"told{at}_column")]
        for at in range(min(len(filled) + 1, MOST) if found or filled else 0):
            self.fields[f"told{at}_column"] = forms.ChoiceField(
                label=_("By what another file says"), required=False, choices=[("", _("(nothing)")), *found.items()],
                help_text=_("Such as the customer's city. Who is not in the file has a member of their own."),
            )  # fmt: skip
            self.fields[f"told{at}_as_of"] = forms.ChoiceField(
                label=_("As of"), required=False, choices=AS_OF, initial="period_end",
                help_text=_(
                    "If customers move: the end of the period gives each one place in it; the day of the row keeps old "
                    "periods as they were; now shows all of the past by today's map. A file with one row for each "
                    "customer knows only now."
                ),
            )  # fmt: skip

    @property
    def told(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """The fields, two by two."""
        for at in range(MOST):
            if f"told{at}_column" in self.fields:
                yield self[f"told{at}_column"], self[f"told{at}_as_of"]

    def entity_dimensions(self, rows: Sequence[str]) -> list[dict[str, Any]]:
        """What was chosen, as the document says it; how a file is found stays as it was."""
        before = {(told["dataset"], told["column"]): told for told in self.initial.get("entity_dimensions") or []}
        found = []
        for at in self._told_filled():
            dataset, _dot, column = self.cleaned_data[f"told{at}_column"].partition(".")
            how = before.get((dataset, column)) or self._found_by(dataset, rows)
            as_of = self.cleaned_data.get(f"told{at}_as_of") or "period_end"
            found.append({**how, "dataset": dataset, "column": column, "as_of": as_of})
        return found

    def told_field(self, steps: Sequence[str]) -> str | None:
        """The field that an issue at "entity_dimensions.0.…" is about."""
        filled = self._told_filled()
        at = int(steps[1]) if len(steps) > 1 and steps[1].isdigit() else 0
        if at >= len(filled):
            return None
        return f"told{filled[at]}_{'as_of' if steps[-1] == 'as_of' else 'column'}"

    def _told_filled(self) -> list[int]:
        return [at for at in range(MOST) if self.cleaned_data.get(f"told{at}_column")]

    def _told_choices(self, rows: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Columns of other data sets that know one of the customers in the rows."""
        for key, dataset in self.datasets.items():
            found_by = self._found_by(key, rows)
            if not rows or key == rows[0] or not found_by["on"] or not found_by["entity"]:
                continue
            for column in dataset.columns:
                if column["role"] in ("dimension", "attribute") and column["name"] != found_by["on"]:
                    label = column.get("source") or column["name"]
                    yield f"{key}.{column['name']}", f"{dataset.name}: {label}"

    def _found_by(self, file: str, rows: Sequence[str]) -> dict[str, str]:
        """By which column of a file its customers are found, and by which of the rows: best by those of one name."""
        on = _names(self.datasets.get(file), ("entity", "key"))
        named = [_names(self.datasets.get(key), ("entity", "key", "dimension", "attribute")) for key in rows]
        common = [name for name in on if named and all(name in names for names in named)]
        if common:
            return {"on": common[0], "entity": common[0]}
        entities = [_names(self.datasets.get(key), ("entity",)) for key in rows]
        alike = [name for name in (entities[0] if entities else []) if all(name in names for names in entities)]
        return {"on": next(iter(on), ""), "entity": next(iter(alike), "")}


def _names(dataset: Any, roles: Sequence[str]) -> list[str]:
    """The columns of these roles, those of the first role first."""
    columns = dataset.columns if dataset else ()
    return [column["name"] for role in roles for column in columns if column["role"] == role]


def initial_told(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a document says of it, as initial values."""
    told = document.get("entity_dimensions") or []
    initial: dict[str, Any] = {"entity_dimensions": told}
    for at, dimension in enumerate(told):
        initial[f"told{at}_column"] = f"{dimension['dataset']}.{dimension['column']}"
        initial[f"told{at}_as_of"] = dimension["as_of"]
    return initial

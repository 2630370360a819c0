"""Sending rows: a file, a file that came in pieces before the form did, or rows out of a spreadsheet."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.datasets.models import Dataset

ENDINGS = ".csv,.txt,.tsv,.xlsx,.xlsm,.xls,.ods,.parquet,.jsonl,.ndjson,.gz,.zip"


class UploadForm(forms.Form):
    """A file, and which data it belongs to."""

    dataset = forms.ChoiceField(
        label=gettext_lazy("Which data is it?"),
        required=False,
        help_text=gettext_lazy("For data that is here already, its columns are known and need not be named again."),
    )
    file = forms.FileField(label=gettext_lazy("Choose a file, or drop it here"), allow_empty_file=True, required=False)
    pasted = forms.CharField(
        label=gettext_lazy("Rows out of a spreadsheet"),
        help_text=gettext_lazy("Copy them there, with the names of the columns in the first row, and paste them here."),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 6, "class": "form-control mono", "spellcheck": "false", "autocomplete": "off"}
        ),
    )
    arrived = forms.RegexField(r"^[0-9a-f]{64}\Z", required=False, widget=forms.HiddenInput)
    arrived_name = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    arrived_size = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    again = forms.BooleanField(label=gettext_lazy("Upload it again although it is here already"), required=False)

    def __init__(self, *args: object, datasets: Iterable[Dataset], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(dataset.pk), dataset.name) for dataset in datasets]
        unknown = _("Find out by its columns") if known else _("New data")
        self.fields["dataset"].choices = [("", unknown), *known]
        self.fields["file"].widget.attrs["accept"] = ENDINGS
        self.show_again = False

    def clean(self) -> dict:
        data = super().clean()
        data["pasted"] = data.get("pasted") or ""
        has_arrived = data.get("arrived") and data.get("arrived_size")
        if not (data.get("file") or has_arrived or data["pasted"].strip()):
            self.add_error("file", _("Choose a file, or paste rows out of a spreadsheet below."))
        return data

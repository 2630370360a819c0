"""States of uploads and datasets in words, with their tone; the steps of an upload."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from apps.datasets.domain.health import Standing
from apps.datasets.domain.reading import reading_of
from apps.datasets.forms import DELIMITERS, ReadingForm
from apps.datasets.models import Dataset, Upload
from apps.datasets.selectors import State

DATASET_STATES: Mapping[State, tuple[str, Promise]] = {
    State.EMPTY: ("none", gettext_lazy("Nothing loaded yet")),
    State.LOADING: ("info", gettext_lazy("A file is being loaded")),
    State.WAITING: ("warn", gettext_lazy("A file waits for you")),
    State.FAILED: ("bad", gettext_lazy("The last file failed")),
    State.PARTLY: ("warn", gettext_lazy("Rows were rejected")),
    State.FRESH: ("good", gettext_lazy("Loaded")),
}
_TONES = {
    Upload.Status.STORED: "info",
    Upload.Status.INSPECTED: "warn",
    Upload.Status.REFUSED: "bad",
    Upload.Status.LOADING: "info",
    Upload.Status.REVIEW: "warn",
    Upload.Status.LOADED: "good",
    Upload.Status.FAILED: "bad",
    Upload.Status.BINNED: "none",
    Upload.Status.DISCARDED: "none",
}


def upload_state(upload: Upload) -> dict[str, str]:
    """Tone and word of an upload."""
    if upload.status == Upload.Status.LOADED and upload.rows_faulty:
        return {"tone": "warn", "word": _("Loaded, rows rejected")}
    return {"tone": _TONES[upload.status], "word": upload.get_status_display()}


def steps_of(upload: Upload | None, at: str = "") -> list[dict]:
    """The stepper of an upload: file, columns, loading, check, done. `at` is the step that the page itself is."""
    position, bad = _position(upload) if not at else (["file", "columns", "loading", "review", "done"].index(at), False)
    labels = [_("File"), _("Columns"), pgettext("step", "Loading"), pgettext("step", "Check"), pgettext("step", "Done")]
    urls = [reverse("datasets:upload", args=[upload.pk]) if upload else "", "", "", "", ""]
    steps = []
    for index, (label, url) in enumerate(zip(labels, urls, strict=True)):
        state = "done" if index < position else "todo"
        if index == position:
            state = "bad" if bad else ("done" if index == len(labels) - 1 else "current")
        steps.append({"label": label, "state": state, "url": url if index < position and at else ""})
    return steps


def _position(upload: Upload | None) -> tuple[int, bool]:
    if upload is None or upload.status == Upload.Status.STORED:
        return 0, False
    if upload.status == Upload.Status.FAILED:
        return (2 if upload.mapping else 0), True
    return {
        Upload.Status.INSPECTED: (1, False),
        Upload.Status.REFUSED: (0, True),
        Upload.Status.LOADING: (2, False),
        Upload.Status.REVIEW: (3, False),
        Upload.Status.LOADED: (4, False),
        Upload.Status.BINNED: (4, True),
        Upload.Status.DISCARDED: (0, True),
    }[upload.status]


KINDS: Mapping[str, Promise | str] = {
    "csv": gettext_lazy("Text (CSV)"),
    "jsonl": "JSON Lines",
    "parquet": "Parquet",
    "xlsx": gettext_lazy("Excel workbook"),
    "xls": gettext_lazy("Excel 97-2003 workbook"),
    "ods": gettext_lazy("OpenDocument spreadsheet"),
}
_ENOUGH = 5
_PREVIEW = 5


def kind_of(upload: Upload) -> dict[str, object]:
    """What kind of file it is, in words."""
    shape = upload.shape or {}
    return {"kind": KINDS.get(shape.get("kind", ""), ""), "delimiter": dict(DELIMITERS).get(shape.get("delimiter"), "")}


def how_it_was_read(upload: Upload) -> dict[str, object]:
    """What was found in a file, and the form to have it read otherwise."""
    shape = upload.shape
    form = ReadingForm(shape=shape)
    return {
        "recognised": _recognised(shape.get("found", ()), reading_of(shape).shown_only),
        "reading_form": form if form.fields else None,
        "preview": shape["preview"][:_PREVIEW],
        "headers": [column["name"] for column in shape["columns"]],
    }


def _recognised(found: Sequence[Mapping[str, object]], shown_only: bool) -> list[dict[str, object]]:
    """Rows and words that are no data, in sentences; of titles the first few."""
    titles = [entry for entry in found if entry["what"] == "title"]
    others = [entry for entry in found if entry["what"] != "title"]
    return [{"what": _sentence(entry, shown_only), "text": entry["text"]} for entry in titles[:_ENOUGH] + others]


def _sentence(entry: Mapping[str, object], shown_only: bool) -> str:
    count, params = entry["count"], {"count": entry["count"], "row": entry["row"]}
    if entry["what"] == "title":
        return _("Row %(row)s stands above the header and is no data") % params
    if entry["what"] == "blank_row":
        words = ngettext("%(count)s blank row, row %(row)s", "%(count)s blank rows, the first is row %(row)s", count)
    elif entry["what"] == "repeated_header":
        words = ngettext(
            "%(count)s row is the header again, row %(row)s",
            "%(count)s rows are the header again, from row %(row)s",
            count,
        )
    elif entry["what"] == "total_row":
        words = ngettext("%(count)s row is a total, row %(row)s", "%(count)s rows are totals, first row %(row)s", count)
    elif entry["what"] == "hidden_row" and shown_only:
        words = ngettext(
            "%(count)s row is hidden in the sheet and left out, row %(row)s",
            "%(count)s rows are hidden in the sheet and left out, the first is row %(row)s",
            count,
        )
    elif entry["what"] == "hidden_row":
        words = ngettext(
            "%(count)s row is hidden in the sheet and read all the same, row %(row)s",
            "%(count)s rows are hidden in the sheet and read all the same, the first is row %(row)s",
            count,
        )
    else:
        words = ngettext("%(count)s cell holds only this", "%(count)s cells hold only this", count)
    return words % params


def quality_state(standing: Standing, dataset: Dataset, looked_at: bool) -> tuple[str, str]:
    """Tone and word of how a dataset stands."""
    if dataset.current_version_id is None and standing.is_well:
        return "none", _("Nothing loaded yet")
    if standing.late_from is not None:
        return "bad", pgettext("data", "Late")
    if standing.checks:
        return "warn", _("Rows break checks")
    if standing.empty:
        return "warn", _("Emptier than before")
    return ("good", _("In order")) if looked_at else ("info", _("Being looked at"))

"""States of uploads and datasets in words, with their tone; the steps of an upload."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from apps.datasets.models import Upload
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
    Upload.Status.LOADED: "good",
    Upload.Status.FAILED: "bad",
    Upload.Status.DISCARDED: "none",
}


def upload_state(upload: Upload) -> dict[str, str]:
    """Tone and word of an upload."""
    if upload.status == Upload.Status.LOADED and upload.rows_rejected:
        return {"tone": "warn", "word": _("Loaded, rows rejected")}
    return {"tone": _TONES[upload.status], "word": upload.get_status_display()}


def steps_of(upload: Upload | None, at: str = "") -> list[dict]:
    """The stepper of an upload: file, columns, loading, done. `at` is the step that the page itself is."""
    position, bad = _position(upload) if not at else (["file", "columns", "loading", "done"].index(at), False)
    labels = [_("File"), _("Columns"), pgettext("step", "Loading"), pgettext("step", "Done")]
    urls = [reverse("datasets:upload", args=[upload.pk]) if upload else "", "", "", ""]
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
        Upload.Status.LOADED: (3, False),
        Upload.Status.DISCARDED: (0, True),
    }[upload.status]

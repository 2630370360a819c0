"""Uploads become checked, unchanging tables: a file kept as it came, and versions of typed Parquet made from it."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.datasets.domain.rejects import REASONS, faulty_of, set_aside_of
from apps.workspaces.scope import current_workspace


def root() -> Path:
    """The folder of the current workspace's files."""
    return settings.STORAGE_ROOT / current_workspace().id.hex


def path_of(key: str) -> Path:
    """The absolute path of a stored key. A key of another workspace is a defect, not a file."""
    path = settings.STORAGE_ROOT / key
    if root() not in path.parents or ".." in path.parts:
        raise ValueError(f"{key!r} does not belong to this workspace.")
    return path


class ColumnKind(models.TextChoices):
    """The types of columns in words; the engine's `ColumnType` says what they mean."""

    TEXT = "text", pgettext_lazy("column type", "Text")
    INTEGER = "integer", pgettext_lazy("column type", "Whole number")
    DECIMAL = "decimal", pgettext_lazy("column type", "Decimal number")
    DATE = "date", pgettext_lazy("column type", "Date")
    DATETIME = "datetime", pgettext_lazy("column type", "Date and time")
    BOOLEAN = "boolean", pgettext_lazy("column type", "Yes or no")


def in_words(issues: list[dict]) -> list[dict[str, str]]:
    """Issues that lie in a JSON column, as a page shows them."""
    return [_in_words(**issue) for issue in issues]


def _in_words(where: str, message: str, params: dict, **_more: object) -> dict[str, str]:
    words = gettext(message)
    said = {name: _said(name, value) for name, value in params.items()}
    return {"where": where, "message": words % said if said else words}


def _said(name: str, value: object) -> object:
    """A value of an issue: what the engine names by a word of its own is translated, what stood in the file is not."""
    if name in ("type", "before", "now") and value in ColumnKind.values:
        return ColumnKind(value).label
    if name == "code" and value in REASONS:
        return gettext(REASONS[value])
    return gettext(value) if name == "found" and isinstance(value, str) else value


class Dataset(models.Model):
    """A table of the company, fed by uploads: work orders, surveys, costs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(pgettext_lazy("data", "name"), max_length=120)
    owner_id = models.UUIDField(null=True)
    columns = models.JSONField(
        default=list, help_text="engine ColumnMapping, as JSON: source, name, type, role, required"
    )
    row_key = models.JSONField(default=list, help_text="Names of the columns that identify a row; may be empty.")
    current_version = models.ForeignKey(
        "datasets.DatasetVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reading = models.JSONField(
        default=dict,
        db_default={},
        help_text="What holds for the next file: `domain.reading.to_remember` says what.",
    )
    rate_days = models.PositiveSmallIntegerField(
        default=31,
        help_text="Of exchange rates: for how many days after its own a rate holds, if no later one is known.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    archived_at = models.DateTimeField(null=True, editable=False, help_text="Since when it is in the bin.")
    binned_by_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    gone_at = models.DateTimeField(null=True, editable=False, help_text="When its rows were removed for good.")
    keep_days = models.PositiveIntegerField(null=True, help_text="Older rows are deleted for good; null: none are.")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """A file as it came. Its row exists only once the file is whole and safe on disk."""

    class Status(models.TextChoices):
        STORED = "stored", _("Received")  # waits for inspection
        INSPECTED = "inspected", _("Waiting for its columns to be named")
        REFUSED = "refused", _("Refused")
        LOADING = "loading", _("Loading")
        REVIEW = "review", _("Waiting for your go-ahead")  # its rows are ready, and nothing is applied
        LOADED = "loaded", _("Loaded")
        FAILED = "failed", _("Failed")
        BINNED = "binned", _("Deleted")  # its rows are not in the data; until it is purged it can be put back
        DISCARDED = "discarded", _("Discarded")  # its file is gone, its row says that it was here

    class Mode(models.TextChoices):
        APPEND = "append", pgettext_lazy("rows", "Add")
        PERIOD = "period", _("Replace a period")
        REPLACE = "replace", _("Replace everything")
        DELETE = "delete", _("Remove by row key")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey("datasets.Dataset", null=True, on_delete=models.PROTECT, related_name="uploads")
    filename = models.CharField(max_length=255)
    storage_key = models.CharField(max_length=255, help_text="Where the file lies, below STORAGE_URL.")
    sheet = models.CharField(max_length=255, blank=True, help_text="The sheet of a workbook that somebody chose.")
    reading = models.JSONField(
        default=dict, db_default={}, help_text="engine Reading, as JSON: what somebody said of the file."
    )
    size = models.BigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64, db_index=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.STORED)
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.APPEND)
    shape = models.JSONField(null=True, help_text="engine FileShape, as JSON")
    mapping = models.JSONField(null=True, help_text="engine Mapping, as JSON")
    problem = models.JSONField(default=list, help_text="Why it was refused or failed: a list of issues.")
    work = models.ForeignKey("work.Work", null=True, on_delete=models.SET_NULL, related_name="+")
    period_first = models.DateField(null=True, help_text="First day that is replaced; none: that of the file.")
    period_last = models.DateField(null=True, help_text="Last such day (inclusive).")
    review = models.BooleanField(default=False, db_default=False, help_text="Somebody sees it before it is applied.")
    whole = models.BooleanField(default=False, db_default=False, help_text="All of its rows are loaded, or none.")
    recognised = models.BooleanField(default=False, db_default=False, help_text="Its data was told by its headers.")
    outcome = models.JSONField(null=True, help_text="engine Loaded, as JSON, with paths below STORAGE_URL.")
    based_on = models.ForeignKey("datasets.DatasetVersion", null=True, on_delete=models.SET_NULL, related_name="+")
    rows_in = models.BigIntegerField(default=0)
    rows_loaded = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)
    rows_replaced = models.BigIntegerField(default=0)
    reject_counts = models.JSONField(default=dict)
    broken = models.JSONField(
        default=dict, db_default={}, help_text="By id of each check, how many rows were not loaded for it."
    )
    rejects_key = models.CharField(max_length=255, blank=True)
    binned_at = models.DateTimeField(null=True, help_text="When somebody deleted it.")
    binned_by_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    gone_at = models.DateTimeField(null=True, help_text="When its file and all of its rows were removed for good.")
    uploaded_by = models.UUIDField(null=True)
    uploaded_by_name = models.CharField(max_length=120, blank=True)
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)
    loaded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-uploaded_at",)
        indexes = [models.Index(fields=["dataset", "-uploaded_at"], name="upload_by_dataset")]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_waiting_for_worker(self) -> bool:
        return self.status in (self.Status.STORED, self.Status.LOADING)

    @property
    def may_be_mapped(self) -> bool:
        """Its columns can be named: it was looked at and is not loaded."""
        return self.shape is not None and self.status in (
            self.Status.INSPECTED, self.Status.REVIEW, self.Status.FAILED
        )  # fmt: skip

    @property
    def mark(self) -> str:
        """How it stands, for whoever acts on what they have seen: another mark, and somebody was faster."""
        return f"{self.status}:{self.work_id or ''}"

    @property
    def set_aside(self) -> int:
        """Rows that were left out as was chosen: headers again, totals, keys that the data has already."""
        return set_aside_of(self.reject_counts)

    @property
    def rows_faulty(self) -> int:
        """Rows that were not loaded because something in them has to be mended."""
        return faulty_of(self.rows_rejected, self.reject_counts)

    @property
    def problems_in_words(self) -> list[dict[str, str]]:
        """Why it was refused or failed, in the reader's language."""
        return in_words(self.problem)

    @property
    def notes_in_words(self) -> list[dict[str, str]]:
        """What is worth knowing about the file, and does not stand in the way of loading it."""
        return in_words([issue for issue in (self.shape or {}).get("issues", ()) if not issue["blocking"]])

    @property
    def column_notes_in_words(self) -> dict[str, list[str]]:
        """The same for its columns, by header."""
        columns = (self.shape or {}).get("columns", ())
        return {column["name"]: [note["message"] for note in in_words(column["issues"])] for column in columns}


class DatasetVersion(models.Model):
    """An unchanging state of a dataset: a list of Parquet files, never overwritten.

    It came from an upload, or brings back an earlier version (`restores`: always one that came from an upload).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    upload = models.OneToOneField("datasets.Upload", null=True, on_delete=models.PROTECT, related_name="version")
    restores = models.ForeignKey("datasets.DatasetVersion", null=True, on_delete=models.PROTECT, related_name="+")
    takes_out = models.ForeignKey(
        "datasets.Upload", null=True, on_delete=models.SET_NULL, related_name="+",
        help_text="The upload that was deleted, if that made this version.",
    )  # fmt: skip
    made_by = models.UUIDField(null=True)
    made_by_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    columns = models.JSONField()
    files = models.JSONField(help_text="engine FileEntry list, as JSON, with paths below STORAGE_URL")
    rows = models.BigIntegerField()
    added = models.BigIntegerField(null=True, help_text="Rows, against the version before.")
    changed = models.BigIntegerField(null=True)
    removed = models.BigIntegerField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    changed_first = models.DateField(null=True, help_text="First local day whose rows differ from the version before.")
    changed_last = models.DateField(null=True, help_text="Last such day (inclusive).")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number_once")]

    def __str__(self) -> str:
        return f"{self.dataset} v{self.number}"

    @property
    def came_from(self) -> Upload | None:
        """The upload whose state of the data this is."""
        return self.restores.upload if self.restores_id else self.upload


class RowPage(models.Model):
    """A page of rows that a worker read on request (rejected rows, rows behind a value). May be thrown away."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=200, unique=True, help_text="What was asked, offset and limit included.")
    columns = models.JSONField()
    rows = models.JSONField()
    total = models.BigIntegerField()
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.subject


class Check(models.Model):
    """What is to hold for every row of a dataset. It never changes: another wish is another check."""

    class Kind(models.TextChoices):
        FILLED = "filled", _("Is filled in")
        RANGE = "range", _("Lies in a range")
        ONE_OF = "one_of", _("Is one of a list")
        UNIQUE = "unique", _("Is different in every row")
        LENGTH = "length", _("Has so many characters")
        PATTERN = "pattern", _("Looks like a pattern")

    class Severity(models.TextChoices):
        WARN = "warn", _("Point the rows out")
        REFUSE = "refuse", _("Do not load the rows")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=8, choices=Kind)
    columns = models.JSONField(help_text="Names of the columns: one, but for “unique”.")
    low = models.CharField(max_length=64, blank=True)
    high = models.CharField(max_length=64, blank=True)
    values = models.JSONField(default=list)
    pattern = models.CharField(max_length=200, blank=True)
    severity = models.CharField(max_length=6, choices=Severity)
    made_by_name = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("made_at", "pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {', '.join(self.columns)}"


class VersionProfile(models.Model):
    """What the rows of a version come to, as a worker found it."""

    version = models.OneToOneField(
        "datasets.DatasetVersion", primary_key=True, on_delete=models.CASCADE, related_name="profile"
    )
    rows = models.BigIntegerField()
    columns = models.JSONField(help_text="engine ColumnProfile list, as JSON")
    days = models.JSONField(help_text="A list of: day, number of its rows. Days without rows are left out.")
    uploads = models.JSONField(help_text="By id of each upload that has rows: how many, first and last day.")
    jumps = models.JSONField(default=list, help_text="domain.health Jump list: columns that are empty more often.")
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.version)


class CheckResult(models.Model):
    """How many rows of a version break a check, with the first of them."""

    version = models.ForeignKey("datasets.DatasetVersion", on_delete=models.CASCADE, related_name="check_results")
    tested = models.ForeignKey("datasets.Check", on_delete=models.CASCADE, related_name="results")
    failing = models.BigIntegerField(null=True, help_text="null: its column is gone")
    refused = models.BigIntegerField(default=0, help_text="Rows of the version's file that were not loaded for it.")
    examples = models.JSONField(default=list, help_text="A list of: id of the upload, row in it, cells.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "tested"], name="check_once_per_version")]

    def __str__(self) -> str:
        return f"{self.tested}: {self.failing}"


class Rhythm(models.Model):
    """When rows of a dataset are expected: `domain.rhythm.Rhythm`."""

    class Every(models.TextChoices):
        WORKDAY = "workday", _("Every working day")
        DAY = "day", _("Every day")
        WEEK = "week", _("Every week")
        MONTH = "month", _("Every month")

    dataset = models.OneToOneField(
        "datasets.Dataset", primary_key=True, on_delete=models.CASCADE, related_name="rhythm"
    )
    every = models.CharField(max_length=8, choices=Every)
    hour = models.PositiveSmallIntegerField()
    time_zone = models.CharField(max_length=64)
    weekday = models.PositiveSmallIntegerField(default=1)
    day = models.PositiveSmallIntegerField(default=1)
    set_by_name = models.CharField(max_length=120, blank=True)
    set_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.dataset}: {self.get_every_display()}"


class Health(models.Model):
    """How a dataset stands, kept so that every page reads it at once: `domain.health.Standing`."""

    dataset = models.OneToOneField(
        "datasets.Dataset", primary_key=True, on_delete=models.CASCADE, related_name="health"
    )
    version = models.ForeignKey("datasets.DatasetVersion", null=True, on_delete=models.SET_NULL, related_name="+")
    late_from = models.DateField(null=True, help_text="Rows of this day or later were expected and are not there.")
    due_at = models.DateTimeField(null=True, help_text="By when they were.")
    checks = models.PositiveIntegerField(default=0, help_text="Checks that some row breaks.")
    rows = models.BigIntegerField(default=0, help_text="Rows that break them, each counted once for each check.")
    empty = models.JSONField(default=list, help_text="Columns that are empty more often: name, share, share before.")

    def __str__(self) -> str:
        return str(self.dataset)

"""Where data comes from by itself: sources, each reading of one, and the files a reading brought."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.kernel.issue import N_
from apps.sources.domain.choice import Choice, choice_of
from apps.sources.domain.connection import Bucket, Database, connection_of
from apps.sources.domain.connection import Kind as SourceKind
from apps.sources.domain.schedule import Schedule, schedule_of

NO_SOURCE = N_("There is no such source.")


class Source(models.Model):
    """A table of a database, or files of a storage, that are read by the clock into a dataset."""

    class Kind(models.TextChoices):
        POSTGRESQL = "postgresql", "PostgreSQL"
        MYSQL = "mysql", "MySQL / MariaDB"
        S3 = "s3", _("Storage (S3)")

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("source", "Being set up")
        ACTIVE = "active", pgettext_lazy("source", "Running")
        PAUSED = "paused", pgettext_lazy("source", "Paused")

    class Mode(models.TextChoices):
        APPEND = "append", pgettext_lazy("rows", "Add")
        REPLACE = "replace", _("Replace everything")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    connection = models.JSONField(default=dict, help_text="Where it is and as whom it is asked; never the secret.")
    secret = models.TextField(blank=True, help_text="Sealed: services.sealing.")
    choice = models.JSONField(default=dict, help_text="domain.choice.Choice: what is read.")
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.APPEND)
    mark = models.JSONField(null=True, help_text="The newest value known of the column that rises: type, text.")
    schedule = models.JSONField(default=dict, help_text="domain.schedule.Schedule")
    next_at = models.DateTimeField(null=True)
    dataset = models.ForeignKey("datasets.Dataset", null=True, on_delete=models.SET_NULL, related_name="+")
    owner_id = models.UUIDField(help_text="Who is told when it fails; readings are made in their name.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="In a row.")
    look = models.JSONField(null=True, help_text="What was seen when it was last looked at: tables or files, columns.")
    work = models.ForeignKey("work.Work", null=True, on_delete=models.SET_NULL, related_name="+")
    problem = models.JSONField(default=list, help_text="Why it is paused, or why looking at it failed: issues.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("name", "created_at")
        indexes = [models.Index(fields=["next_at"], condition=Q(status="active"), name="source_due")]
        constraints = [models.UniqueConstraint(fields=["name"], name="source_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_of(self) -> SourceKind:
        return SourceKind(self.kind)

    @property
    def where(self) -> Database | Bucket:
        return connection_of(self.kind_of, self.connection)

    @property
    def chosen(self) -> Choice:
        return choice_of(self.choice)

    @property
    def clock(self) -> Schedule:
        return schedule_of(self.schedule)

    @property
    def is_database(self) -> bool:
        return self.kind_of.is_database

    @property
    def problems_in_words(self) -> list[str]:
        return said(self.problem)


class Pull(models.Model):
    """One reading of a source, from its beginning to rows in the data."""

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("reading", "Waiting")
        RUNNING = "running", pgettext_lazy("reading", "Reading")
        LOADING = "loading", pgettext_lazy("reading", "Being loaded")
        PERSON = "person", pgettext_lazy("reading", "Waits for you")
        DONE = "done", pgettext_lazy("reading", "Loaded")
        SAME = "same", pgettext_lazy("reading", "Nothing new")
        FAILED = "failed", pgettext_lazy("reading", "Failed")
        DROPPED = "dropped", pgettext_lazy("reading", "File removed")

    class Why(models.TextChoices):
        CLOCK = "clock", pgettext_lazy("reading", "By the clock")
        PERSON = "person", pgettext_lazy("reading", "Asked for")
        AGAIN = "again", pgettext_lazy("reading", "Tried again")
        MORE = "more", pgettext_lazy("reading", "The rest")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey("sources.Source", on_delete=models.CASCADE, related_name="pulls")
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    why = models.CharField(max_length=8, choices=Why, default=Why.CLOCK)
    asked_by_name = models.CharField(max_length=120, blank=True)
    rows = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0, help_text="bytes")
    mark_before = models.JSONField(null=True)
    more = models.BooleanField(default=False, help_text="There was more than is read at once.")
    problem = models.JSONField(default=list)
    work = models.ForeignKey("work.Work", null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-begun_at",)
        indexes = [models.Index(fields=["source", "-begun_at"], name="pull_newest_first")]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(status__in=["waiting", "running", "loading", "person"]),
                name="one_pull_at_a_time",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.source} {self.begun_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def problems_in_words(self) -> list[str]:
        return said(self.problem)


OPEN = (Pull.Status.WAITING, Pull.Status.RUNNING, Pull.Status.LOADING, Pull.Status.PERSON)
"""States of a reading that is not at its end; a source has one such reading at most."""


class PullFile(models.Model):
    """A file that a reading brought. Of a storage every object is taken once: by its name and what is in it."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey("sources.Source", on_delete=models.CASCADE, related_name="files")
    pull = models.ForeignKey("sources.Pull", on_delete=models.CASCADE, related_name="files")
    upload = models.OneToOneField("datasets.Upload", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=1024)
    etag = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["source", "name", "etag"], condition=~Q(etag=""), name="object_taken_once")
        ]

    def __str__(self) -> str:
        return self.name


def said(issues: list[dict]) -> list[str]:
    """Issues of a JSON column in the reader's language."""
    return [_said(issue["message"], issue["params"]) for issue in issues]


def _said(message: str, params: dict) -> str:
    words = gettext(message)
    return words % params if params else words

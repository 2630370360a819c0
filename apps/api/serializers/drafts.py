"""Drafts, comparisons, previews, certifications, and who uses a metric."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Figure, Strict
from apps.api.serializers.model import GRAINS, STARTS, STATES, Document, IssueShape
from apps.api.serializers.work import WorkShape

NOTE = 1000


class FigureShape(serializers.Serializer):
    """What a definition comes to in a period, without being stored as a value."""

    value = Figure(allow_null=True)
    state = serializers.ChoiceField(choices=STATES)
    reason = serializers.CharField(allow_blank=True)


class PreviewRowShape(FigureShape):
    """One of the newest periods of a preview."""

    grain = serializers.ChoiceField(choices=GRAINS)
    period = serializers.CharField(help_text="2026-06, 2026-Q2, 2026-W23 …")
    start = serializers.DateField()
    end = serializers.DateField(help_text="Exclusive.")


class PreviewShape(serializers.Serializer):
    """What a definition would come to in its newest six periods. `rows` is null until a worker has computed it."""

    id = serializers.CharField()
    url = serializers.CharField(help_text="Ask here until `ready`.")
    ready = serializers.BooleanField()
    work = WorkShape(allow_null=True)
    rows = PreviewRowShape(many=True, allow_null=True)


class DraftShape(serializers.Serializer):
    """The open draft of a metric. It is no version and touches no value."""

    metric = serializers.CharField()
    revision = serializers.IntegerField(help_text="Counts what was saved; the ETag names it, too.")
    based_on = serializers.IntegerField(help_text="Number of the version it was made from.")
    is_behind = serializers.BooleanField(help_text="Another version was published meanwhile: rebase it, or discard it.")
    restores = serializers.IntegerField(allow_null=True, help_text="Number of the version it brings back.")
    note = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField()
    issues = IssueShape(many=True)
    definition = Document()
    begun_by = serializers.CharField(allow_blank=True)
    changed_by = serializers.CharField(allow_blank=True)
    changed_at = serializers.DateTimeField()
    compared = serializers.BooleanField(help_text="The comparison of this revision is there.")
    comparison_work = WorkShape(allow_null=True)
    effective_from = serializers.DateField(allow_null=True, help_text="Of a score: the day it is to hold from.")
    needs_approval = serializers.BooleanField(help_text="A second admin has to approve it: ask, do not publish.")
    asked_by = serializers.CharField(allow_blank=True, help_text="Who asked for approval.")
    rejected_by = serializers.CharField(allow_blank=True, help_text="Who sent it back.")
    rejection = serializers.CharField(allow_blank=True, help_text="Why it was sent back.")


class NewDraft(Strict):
    """A changed definition, or the number of an earlier version that is to be brought back: one of the two."""

    definition = Document(required=False)
    restores = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    note = serializers.CharField(max_length=NOTE, required=False, allow_blank=True, default="")
    effective_from = serializers.RegexField(
        r"^(running|ever|[0-9]{4}-[0-9]{2}-[0-9]{2})$", required=False, default="running", help_text=STARTS
    )


class Seen(Strict):
    """Which revision of the draft is meant; another one by now is a conflict (409)."""

    revision = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class ToAsk(Seen):
    """What changed and why: what the other admins read."""

    note = serializers.CharField(max_length=NOTE)


class ToPublish(Seen):
    """What changed and why. `over` is the number of the current version if the draft was made from an older one."""

    note = serializers.CharField(max_length=NOTE)
    over = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class RebasedShape(serializers.Serializer):
    """The draft on top of the current version."""

    conflicts = serializers.ListField(
        child=serializers.CharField(), help_text="Fields that both changed; those of the draft stand."
    )
    draft = DraftShape()


class ComparedShape(serializers.Serializer):
    """A period under the current version and under the draft; null where one of them has nothing for it."""

    grain = serializers.ChoiceField(choices=GRAINS)
    period = serializers.CharField()
    start = serializers.DateField()
    now = FigureShape(allow_null=True)
    draft = FigureShape(allow_null=True)
    difference = Figure(allow_null=True, help_text="Draft minus now.")


class ComparisonShape(serializers.Serializer):
    """A draft beside a version, both from the same data: totals only."""

    revision = serializers.IntegerField(help_text="Of the draft.")
    version = serializers.IntegerField()
    dataset_versions = serializers.DictField(child=serializers.IntegerField())
    made_at = serializers.DateTimeField()
    rows = ComparedShape(many=True)


class ToCertify(Strict):
    """Which version, and what was checked."""

    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    note = serializers.CharField(max_length=NOTE)


class UseShape(serializers.Serializer):
    """One use of a metric. One that `holds` stands in the way of archiving; any stands in the way of deleting."""

    message = serializers.CharField(source="in_words")
    url = serializers.CharField(allow_blank=True, help_text="Its page.")
    holds = serializers.BooleanField()


class UsesShape(serializers.Serializer):
    """Everything that uses a metric, what holds it first."""

    items = UseShape(many=True)


class ToDelete(Strict):
    """The metric's key once more, so that nothing is deleted by mistake."""

    confirmation = serializers.CharField(max_length=40)

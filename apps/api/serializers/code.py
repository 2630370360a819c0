"""The model as code: what is sent, and what applying it changes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from apps.api.problems import of_issue
from apps.api.serializers.common import Strict
from apps.api.serializers.model import Document, IssueShape
from apps.kernel.issue import N_
from apps.model.domain.difference import Status
from apps.model.domain.reading import MOST_BYTES
from apps.model.services import LONGEST_NOTE, Plan

SECTIONS = ["datasets", "metrics", "north_star", "tree", "targets"]
STATUSES = [status.value for status in Status]
ONE_OF_TWO = N_("Send the model either as “yaml” or as “model”.")


class ModelQuery(Strict):
    """In which form."""

    format = serializers.ChoiceField(choices=["json", "yaml"], required=False, help_text="Instead of Accept.")


class ToPlan(Strict):
    """A model, as the text of a YAML file or as JSON, and how it is applied."""

    yaml = serializers.CharField(
        required=False, max_length=MOST_BYTES, trim_whitespace=False, help_text="The text of the file."
    )
    model = Document(required=False, help_text="The same as JSON, as GET gives it.")
    prune = serializers.BooleanField(default=False, help_text="Also take out of use what the model leaves out.")
    columns = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField(max_length=41)),
        required=False,
        help_text="Columns that are called otherwise here: {“orders”: {“amount”: “total”}}.",
    )
    note = serializers.CharField(
        max_length=LONGEST_NOTE, required=False, allow_blank=True, default="", help_text="Stands with each new version."
    )

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        if ("yaml" in told) == ("model" in told):
            raise serializers.ValidationError({"yaml": [ErrorDetail(_(ONE_OF_TWO), code="one_of_two")]})
        return told


class ToApply(ToPlan):
    """The same, and the plan that it was looked at with."""

    fingerprint = serializers.CharField(max_length=64, help_text="Of the plan. If that would be another one: 409.")


class FieldChangeShape(serializers.Serializer):
    """A field of an entry; null where there was, or is, nothing."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ChangeShape(serializers.Serializer):
    """What becomes of an entry. “kept”: the workspace has it and the model does not; it stays."""

    section = serializers.ChoiceField(choices=SECTIONS)
    key = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    changes = FieldChangeShape(many=True)


class LineShape(IssueShape):
    """Worth knowing, with its line in the file."""

    line = serializers.IntegerField(allow_null=True)


class PlanShape(serializers.Serializer):
    """What applying a model changes, or changed. Applying it takes the fingerprint."""

    fingerprint = serializers.CharField()
    is_empty = serializers.BooleanField(help_text="The workspace is as the model says already.")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By status.")
    changes = ChangeShape(many=True)
    notes = LineShape(many=True)


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan as `PlanShape` says."""
    return {
        "fingerprint": plan.fingerprint,
        "is_empty": plan.is_empty,
        "counts": {status.value: plan.count(status) for status in Status},
        "changes": [
            {
                "section": change.section,
                "key": change.key,
                "status": change.status.value,
                "changes": [
                    {"field": each.where, "before": each.before, "after": each.after} for each in change.fields
                ],
            }
            for change in plan.changes
        ],
        "notes": [{**of_issue(note.issue), "blocking": False, "line": note.line} for note in plan.notes],
    }

"""Work and computations."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from apps.api.serializers.common import Paged
from apps.metrics.selectors import listing as metrics
from apps.metrics.selectors.listing import ComputeRun
from apps.work import selectors
from apps.work.services import Work


class WorkShape(serializers.Serializer):
    """A piece of work: waiting for a worker, running, done, or set aside with the reason."""

    id = serializers.UUIDField()
    url = serializers.CharField(help_text="Ask here how far it is.")
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=["waiting", "running", "done", "parked"])
    message = serializers.CharField(allow_blank=True)
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, work: Work) -> dict[str, Any]:
        told = selectors.progress_of(work)
        return super().to_representation(
            {
                "id": work.pk,
                "url": url_of(work),
                "kind": work.kind,
                "title": told["title"],
                "state": told["state"],
                "message": str(told["message"]),
                "done": told["done"],
                "total": told["total"],
                "created_at": work.created_at,
                "finished_at": work.finished_at,
            }
        )


def url_of(work: Work) -> str:
    """Where one asks how far a piece of work is."""
    return reverse("api:work", args=[work.pk])


class RunsQuery(Paged):
    """Which computations."""

    status = serializers.ChoiceField(choices=ComputeRun.Status.values, required=False)


class RunShape(serializers.Serializer):
    """One computation of values, and how it ended."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ComputeRun.Status.values)
    cause = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True, help_text="Why it failed.")
    values_written = serializers.IntegerField()
    dataset_versions = serializers.ListField(child=serializers.CharField())
    work = serializers.UUIDField(source="work_id", allow_null=True)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, run: ComputeRun) -> dict[str, Any]:
        cause, reason = metrics.run_in_words(run)
        run.cause, run.reason = cause, reason
        return super().to_representation(run)
